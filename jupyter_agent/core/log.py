"""The log: every event is appended here before anybody sees it, and live following is replay from a cursor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ag_ui.core import BaseEvent

from .clock import Clock, SystemClock


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
    log: EventLog,
    owner: str,
    after: int,
    *,
    run_id: str | None = None,
    beat: float = 15.0,
    limit: int = 1000,
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
) -> AsyncGenerator[list[Entry], None]:
    """Replay from `after`, then go on live: the one way in which anything is read from the log.

    An empty list after `beat` seconds in which nothing was given. With `stop` it gives what the log holds when that is
    set, and ends; without, it never ends by itself.
    """
    clock = clock or SystemClock()
    gave = clock.monotonic()
    while True:
        stopping = stop is not None and stop.is_set()
        entries = await log.read(owner, after, run_id=run_id, limit=limit)
        if not entries:
            # Asked only now, and read again: what other runs said up to `last` need not wake us, and nothing of ours
            # can hide below it.
            last = (await log.bounds(owner)).last
            entries = await log.read(owner, after, run_id=run_id, limit=limit)
            after = after if entries else max(after, last)
        if entries:
            after = entries[-1].seq
        elif stopping:
            return
        else:
            left = beat - (clock.monotonic() - gave)
            if left > 0 and await _news(log, owner, after, left, stop):
                continue
        gave = clock.monotonic()
        yield entries


async def _news(log: EventLog, owner: str, after: int, seconds: float, stop: asyncio.Event | None) -> bool:
    """True once there is an entry after `after`, or one is to stop; False after `seconds`."""
    if stop is None:
        return await log.wait(owner, after, seconds)
    news = asyncio.ensure_future(log.wait(owner, after, seconds))
    halt = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({news, halt}, return_when=asyncio.FIRST_COMPLETED)
        return halt.done() or news.result()
    finally:
        news.cancel()
        halt.cancel()
        await asyncio.gather(news, halt, return_exceptions=True)
