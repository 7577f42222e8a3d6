"""Server-Sent Events: the only Python file that knows how a frame is written, and what each stream consists of."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ag_ui.core import BaseEvent, EventType, MessagesSnapshotEvent

from ..core.clock import Clock
from ..core.events import LAST, PREFIX, custom, encode
from ..core.log import Entry, EventLog, follow
from ..core.records import Records, RunRecord
from ..core.snapshot import sealed
from .cursor import write_cursor

HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
RETRY = b"retry: 2000\n\n"
BEAT = b"event: beat\ndata: {}\n\n"
COMMENT = b": beat\n\n"
"""A sign of life for clients that take every frame for an event of the run."""
BATCH = 16
"""Entries read at a time. Of the largest size they come to 4 MB: all that a stalled reader can cost, twice at most."""

_LINE_BREAKS = str.maketrans("\r\n", "  ")
_ANNOUNCED = frozenset({EventType.RUN_STARTED, EventType.RUN_FINISHED, EventType.RUN_ERROR})
_ANNOUNCED_CUSTOM = frozenset({PREFIX + "input_requested", PREFIX + "input_resolved"})
_ACTION = PREFIX + "action"


def frame(data: str, id: str | None = None) -> bytes:
    """One frame. `data` is JSON: a line break in it can only stand between tokens, so a space says the same."""
    head = f"id: {id}\n" if id is not None else ""
    return f"{head}data: {data.translate(_LINE_BREAKS)}\n\n".encode("utf-8", "replace")


class Audience(Protocol):
    """Who listens to a client's stream (hosts.pages.Pages)."""

    def connected(self, owner: str, client_id: str) -> AbstractContextManager[None]:
        """While it is entered, the client has a stream open."""
        ...

    def threads_of(self, owner: str, client_id: str) -> Collection[str]:
        """The threads that its pages name."""
        ...

    def pages_of(self, owner: str, client_id: str) -> Collection[str]:
        """The ids of its pages."""
        ...


class Streams:
    """Makes the bytes of each stream from the log.

    A stream ends by itself, or, once `stop` is set, as soon as it has told what the log holds. Cancelling the task that
    reads it ends it at once.
    """

    def __init__(
        self, *, log: EventLog, records: Records, audience: Audience, clock: Clock, heartbeat: float = 15.0
    ) -> None:
        self._log = log
        self._records = records
        self._audience = audience
        self._clock = clock
        self._heartbeat = heartbeat
        self._threads: dict[str, str | None] = {}

    async def run(
        self, owner: str, run_id: str, after: int | None, stop: asyncio.Event, *, beat: bytes = BEAT
    ) -> AsyncGenerator[bytes, None]:
        """One run from its start, or after `after`, to its last event; `beat` after each silence."""
        yield RETRY
        record = await self._records.run(owner, run_id)
        if record is None:
            return
        position, lost = await self._place(owner, after or 0, [record])
        if lost is not None:
            yield await self._gap(owner, lost, position, [record.thread_id])
        if record.last_seq is not None and record.last_seq <= position:
            return
        async with contextlib.aclosing(self._entries(owner, position, run_id, stop)) as batches:
            async for batch in batches:
                if batch:
                    position = batch[-1].seq
                    yield b"".join(frame(entry.data, write_cursor(entry.seq)) for entry in batch)
                    if batch[-1].type in LAST:
                        return
                elif await self._over(owner, run_id, position):
                    return
                else:
                    yield beat

    async def client(
        self, owner: str, client_id: str, after: int | None, stop: asyncio.Event
    ) -> AsyncGenerator[bytes, None]:
        """What a client's pages are to hear, after `after` or from now on, until it is stopped."""
        # Connected before the cursor is read: an action that is offered to a connected page is then always live for it.
        with self._audience.connected(owner, client_id):
            now = (await self._log.bounds(owner)).last
            going_on = [run for run in await self._records.unsealed(owner) if not await self._has_ended(run, now)]
            yield RETRY + frame(_hello(now, going_on))
            position, lost = await self._place(owner, now if after is None else after, going_on, whole=True)
            if lost is not None:
                yield await self._gap(owner, lost, position, sorted(self._audience.threads_of(owner, client_id)))
            spoke = self._clock.monotonic()
            async with contextlib.aclosing(self._entries(owner, position, None, stop)) as batches:
                async for batch in batches:
                    chunk = await self._heard(owner, client_id, batch)
                    quiet = self._clock.monotonic() - spoke >= self._heartbeat
                    # A beat also means that all history has been told: it must not overtake it.
                    if not chunk and (not batch or (quiet and batch[-1].seq >= now)):
                        chunk = BEAT
                    if chunk:
                        yield chunk
                        spoke = self._clock.monotonic()

    async def _place(
        self, owner: str, after: int, runs: Sequence[RunRecord], *, whole: bool = False
    ) -> tuple[int, int | None]:
        """Where to go on, and the cursor after which something is missing, if it is.

        `whole`: the stream is of all that an owner has, not of these runs only.
        """
        bounds = await self._log.bounds(owner)
        starts = [run.first_seq - 1 for run in runs if run.first_seq is not None]
        begin = min(starts, default=bounds.last if whole else 0)
        if after > bounds.last:
            # Not a place of this log: go back to where what is not settled yet began.
            return max(begin, bounds.floor), after
        position = after if whole else max(after, begin)
        return (bounds.floor, after) if position < bounds.floor else (position, None)

    async def _gap(self, owner: str, lost: int, position: int, threads: Sequence[str]) -> bytes:
        """Say what is missing, and what stands in its place. The last frame carries the cursor to go on from."""
        events: list[BaseEvent] = [custom("gap", {"from": lost, "to": position})]
        going_on = {run.run_id for run in await self._records.unsealed(owner)}
        for thread_id in threads:
            stored = await self._records.messages(owner, thread_id)
            messages = [one.message for one in stored if one.run_id not in going_on]
            events.append(MessagesSnapshotEvent(messages=messages, metadata={"jupyter_agent": {"threadId": thread_id}}))
        *first, last = map(encode, events)
        return b"".join(map(frame, first)) + frame(last, write_cursor(position))

    def _entries(
        self, owner: str, after: int, run_id: str | None, stop: asyncio.Event
    ) -> AsyncGenerator[list[Entry], None]:
        return follow(
            self._log, owner, after, run_id=run_id, beat=self._heartbeat, limit=BATCH, clock=self._clock, stop=stop
        )

    async def _has_ended(self, run: RunRecord, by: int) -> bool:
        """Whether the last event of a run stands in the log up to `by`, although nobody has noted that yet."""
        last = (await sealed(self._log, run)).last_seq
        return last is not None and last <= by

    async def _over(self, owner: str, run_id: str, position: int) -> bool:
        """Whether nothing more can come: the run was read to its end, or deleted with its thread."""
        record = await self._records.run(owner, run_id)
        return record is None or (record.last_seq is not None and record.last_seq <= position)

    async def _heard(self, owner: str, client_id: str, batch: Sequence[Entry]) -> bytes:
        """What of a batch this client's pages are to hear."""
        threads = self._audience.threads_of(owner, client_id)
        pages = self._audience.pages_of(owner, client_id)
        return b"".join(
            [
                frame(entry.data, write_cursor(entry.seq, entry.run_id))
                for entry in batch
                if _announced(entry, pages) or await self._thread(owner, entry.run_id) in threads
            ]
        )

    async def _thread(self, owner: str, run_id: str) -> str | None:
        if run_id not in self._threads:
            record = await self._records.run(owner, run_id)
            if len(self._threads) > 10_000:
                self._threads.clear()
            self._threads[run_id] = record.thread_id if record else None
        return self._threads[run_id]


def _announced(entry: Entry, pages: Collection[str]) -> bool:
    """Whether every client hears of it, or one of `pages` is to act on it."""
    if entry.type in _ANNOUNCED or entry.name in _ANNOUNCED_CUSTOM:
        return True
    return entry.name == _ACTION and json.loads(entry.data)["value"].get("pageId") in pages


def _hello(cursor: int, going_on: Sequence[RunRecord]) -> str:
    runs = [
        {
            "runId": run.run_id,
            "threadId": run.thread_id,
            "status": "waiting" if run.status == "waiting" else "running",
            "firstSeq": run.first_seq,
            "lastSeq": run.last_seq,
        }
        for run in going_on
    ]
    return encode(custom("hello", {"cursor": cursor, "runs": runs}))
