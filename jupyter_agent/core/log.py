"""The log: every event is appended here before anybody sees it, and live following is replay from a cursor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ag_ui.core import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event as it was committed."""

    seq: int
    """The owner's counter: strictly increasing, given at commit; gaps within one run are normal."""
    run_id: str
    type: str
    """AG-UI's type, so that a reader can tell the last event without parsing."""
    name: str | None
    """The name of a CUSTOM event, for filters."""
    data: str
    """The event as JSON text without line breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an owner's log still holds: every entry with `floor < seq <= last` that was not deleted with its thread."""

    floor: int
    last: int


class EventLog(Protocol):
    """Append-only, ordered per owner. What `append` returned is durable against the death of the process.

    Entries become visible in the order of their seq: no reader sees n+1 before n. Raises StoreError.
    """

    async def append(self, owner: str, run_id: str, events: Sequence[BaseEvent]) -> list[Entry]:
        """Commit the events in order and return them as entries. All or none."""
        ...

    async def read(self, owner: str, after: int, *, run_id: str | None = None, limit: int = 1000) -> list[Entry]:
        """At most `limit` entries with seq > after, in order; only those of `run_id` if it is given."""
        ...

    async def bounds(self, owner: str) -> Bounds:
        """`last` is 0 and `floor` is 0 for an owner who has nothing yet."""
        ...

    async def wait(self, owner: str, after: int, timeout: float) -> bool:
        """True as soon as the owner has an entry with seq > after; False after `timeout` seconds without one."""
        ...

    async def trim(self, owner: str, through: int) -> None:
        """Forget entries with seq <= through; `floor` becomes `through`. Counters never go back."""
        ...

    async def forget(self, owner: str, run_ids: Sequence[str]) -> None:
        """Delete all entries of these runs for good (their thread was deleted)."""
        ...


async def follow(
    log: EventLog, owner: str, after: int, *, run_id: str | None = None, beat: float = 15.0, limit: int = 1000
) -> AsyncGenerator[list[Entry], None]:
    """Replay from `after`, then go on live, for ever. An empty list after `beat` seconds of silence.

    With a run_id the cursor still moves over other runs' entries, so waiting never spins on them.
    """
    while True:
        entries = await log.read(owner, after, run_id=run_id, limit=limit)
        if not entries:
            # Only now: what was committed up to `last` is read before the cursor moves over it.
            last = (await log.bounds(owner)).last
            entries = await log.read(owner, after, run_id=run_id, limit=limit)
            after = after if entries else max(after, last)
        if entries:
            after = entries[-1].seq
            yield entries
        elif not await log.wait(owner, after, beat):
            yield []
