"""A store that lasts as long as its process: for tests, and for when the real one cannot be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ag_ui.core import BaseEvent, CustomEvent

from jupyter_agent.core.clock import Clock
from jupyter_agent.core.events import encode
from jupyter_agent.core.log import Bounds, Entry

from .description import StoreDescription
from .memory_records import MemoryRecords
from .waiters import Waiters


class MemoryStore:
    """Both ports in memory. `reason` says why it is used, if it stands in for a store that could not be opened."""

    def __init__(self, clock: Clock, *, reason: str | None = None) -> None:
        self.log = MemoryLog(clock)
        self.records = MemoryRecords(clock)
        kept = "Conversations are kept in memory only and are gone when the server stops."
        self.description = StoreDescription(
            kind="memory",
            path=None,
            journal="memory",
            durable=False,
            message=f"{kept} {reason}" if reason else kept,
        )

    def close(self) -> None:
        """Nothing to do: what was stored goes with the object."""


@dataclass(slots=True, kw_only=True)
class _OwnersLog:
    last: int = 0
    floor: int = 0
    entries: list[Entry] = field(default_factory=list)


class MemoryLog:
    """An EventLog in a list per owner, for one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._waiters = Waiters(clock)
        self._owners: dict[str, _OwnersLog] = {}

    async def append(self, owner: str, run_id: str, events: Sequence[BaseEvent]) -> list[Entry]:
        """Encode all first: all or none."""
        of_owner = self._owners.get(owner, _OwnersLog())
        entries = [
            Entry(
                seq=seq,
                run_id=run_id,
                type=event.type.value,
                name=event.name if isinstance(event, CustomEvent) else None,
                data=encode(event),
            )
            for seq, event in enumerate(events, of_owner.last + 1)
        ]
        if entries:
            of_owner.entries += entries
            of_owner.last = entries[-1].seq
            self._owners[owner] = of_owner
            self._waiters.wake(owner, of_owner.last)
        return entries

    async def read(self, owner: str, after: int, *, run_id: str | None = None, limit: int = 1000) -> list[Entry]:
        """Looks through all that is held."""
        entries = self._owners.get(owner, _OwnersLog()).entries
        return [entry for entry in entries if entry.seq > after and run_id in {None, entry.run_id}][: max(limit, 0)]

    async def bounds(self, owner: str) -> Bounds:
        """As the port has it."""
        of_owner = self._owners.get(owner, _OwnersLog())
        return Bounds(floor=of_owner.floor, last=of_owner.last)

    async def wait(self, owner: str, after: int, timeout: float) -> bool:
        """As the port has it; `timeout` is by the clock."""
        return await self._waiters.wait(owner, after, timeout)

    async def trim(self, owner: str, through: int) -> None:
        """As the port has it; never beyond `last`, never back."""
        if of_owner := self._owners.get(owner):
            of_owner.floor = max(of_owner.floor, min(through, of_owner.last))
            of_owner.entries = [entry for entry in of_owner.entries if entry.seq > of_owner.floor]

    async def forget(self, owner: str, run_ids: Sequence[str]) -> None:
        """As the port has it."""
        if of_owner := self._owners.get(owner):
            of_owner.entries = [entry for entry in of_owner.entries if entry.run_id not in set(run_ids)]
