"""The newest entries of each owner in memory: who follows a live run need not go to the disk for them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_agent.core.log import Entry

ENTRIES = 64
"""Of one owner; whoever is further behind reads the file."""
CHARACTERS = 256_000
"""Of one owner's entries together."""
SECONDS = 5.0
"""How long after the last append they may be used: another process may delete what they say."""


@dataclass(slots=True)
class _Held:
    entries: deque[Entry]
    characters: int
    until: float


class Tail:
    """Holds what this process appended, as long as no other process has appended in between. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[str, _Held] = {}

    def add(self, owner: str, entries: Sequence[Entry]) -> None:
        """Entries that were committed just now."""
        with self._lock:
            held = self._owners.get(owner)
            if held is None or held.entries[-1].seq + 1 != entries[0].seq:
                held = self._owners[owner] = _Held(deque(), 0, 0.0)
            held.entries.extend(entries)
            held.characters += sum(len(entry.data) for entry in entries)
            held.until = time.monotonic() + SECONDS
            while len(held.entries) > ENTRIES or (held.characters > CHARACTERS and len(held.entries) > 1):
                held.characters -= len(held.entries.popleft().data)

    def since(self, owner: str, after: int, known: int) -> list[Entry]:
        """Entries with seq > after, the first without a gap, the last at least `known`; none if they are not held."""
        with self._lock:
            held = self._owners.get(owner)
            if held is None:
                return []
            if held.until < time.monotonic():
                del self._owners[owner]
                return []
            if held.entries[0].seq > after + 1 or held.entries[-1].seq < known:
                return []
            return [entry for entry in held.entries if entry.seq > after]

    def drop(self, owner: str) -> None:
        """Hold nothing of this owner: something was deleted."""
        with self._lock:
            self._owners.pop(owner, None)

    def clear(self) -> None:
        """Hold nothing at all."""
        with self._lock:
            self._owners.clear()
