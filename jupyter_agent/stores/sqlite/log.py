"""The event log in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ag_ui.core import BaseEvent, CustomEvent

from jupyter_agent.core.events import encode
from jupyter_agent.core.log import Bounds, Entry

from ..waiters import Waiters
from .engine import Reader, Writer
from .tail import Tail

_Row = tuple[str, str, str | None, str]
"""run_id, type, name, data."""
_FARTHEST = 2**63 - 1


class SqliteLog:
    """An EventLog that any number of processes on one machine may share.

    The seq is given inside the transaction that stores the events, so that no two processes give the same, and nobody
    sees n + 1 before n. Those who wait notice what another process appends within about 0.2 s. An `append` whose caller
    is cancelled may still happen.
    """

    def __init__(self, writer: Writer, reader: Reader, waiters: Waiters, tail: Tail) -> None:
        self._writer = writer
        self._reader = reader
        self._waiters = waiters
        self._tail = tail

    async def append(self, owner: str, run_id: str, events: Sequence[BaseEvent]) -> list[Entry]:
        """As the port has it; what is returned survives the process, and power loss once a FULL write follows."""
        if not events:
            return []
        rows: list[_Row] = [
            (run_id, event.type.value, event.name if isinstance(event, CustomEvent) else None, encode(event))
            for event in events
        ]
        return await self._writer.run(
            lambda db: _append(db, owner, rows), committed=lambda entries: self._appended(owner, entries)
        )

    async def read(self, owner: str, after: int, *, run_id: str | None = None, limit: int = 1000) -> list[Entry]:
        """As the port has it; what this process appended a moment ago comes from memory."""
        held = self._tail.since(owner, after, self._waiters.known(owner) or 0)
        entries = [entry for entry in held if run_id in {None, entry.run_id}][: max(limit, 0)]
        # That there is nothing is said only after a look at the file: another process may have appended.
        if entries:
            return entries
        return await self._reader.run(lambda db: _read(db, owner, min(after, _FARTHEST), run_id, max(limit, 0)))

    async def bounds(self, owner: str) -> Bounds:
        """As the port has it; one look at one row."""
        bounds = await self._reader.run(lambda db: _bounds(db, owner))
        self._waiters.wake(owner, bounds.last)
        return bounds

    async def wait(self, owner: str, after: int, timeout: float) -> bool:
        """As the port has it; `timeout` is by the clock."""
        if self._waiters.known(owner) is None:
            await self.bounds(owner)
        return await self._waiters.wait(owner, after, timeout) or (await self.bounds(owner)).last > after

    async def trim(self, owner: str, through: int) -> None:
        """As the port has it; never beyond `last`, never back."""
        await self._writer.run(
            lambda db: _trim(db, owner, min(through, _FARTHEST)), committed=lambda _: self._tail.drop(owner)
        )

    async def forget(self, owner: str, run_ids: Sequence[str]) -> None:
        """As the port has it: nothing of the entries is left in the files."""
        await self._writer.run(
            lambda db: forget_events(db, owner, run_ids),
            full=True,
            erase=True,
            committed=lambda _: self._tail.drop(owner),
        )

    def _appended(self, owner: str, entries: list[Entry]) -> None:
        self._tail.add(owner, entries)
        self._waiters.wake(owner, entries[-1].seq)


def forget_events(db: sqlite3.Connection, owner: str, run_ids: Sequence[str]) -> None:
    """Delete all events of these runs."""
    db.executemany("DELETE FROM events WHERE owner = ? AND run_id = ?", [(owner, run_id) for run_id in run_ids])


def _append(db: sqlite3.Connection, owner: str, rows: list[_Row]) -> list[Entry]:
    db.execute(
        "INSERT INTO counters (owner, last, floor) VALUES (?, ?, 0) "
        "ON CONFLICT (owner) DO UPDATE SET last = last + excluded.last",
        (owner, len(rows)),
    )
    first = _bounds(db, owner).last - len(rows) + 1
    db.executemany(
        "INSERT INTO events (owner, seq, run_id, type, name, data) VALUES (?, ?, ?, ?, ?, ?)",
        [(owner, seq, *row) for seq, row in enumerate(rows, first)],
    )
    return [_entry((seq, *row)) for seq, row in enumerate(rows, first)]


def _read(db: sqlite3.Connection, owner: str, after: int, run_id: str | None, limit: int) -> list[Entry]:
    if run_id is None:
        rows = db.execute(
            "SELECT seq, run_id, type, name, data FROM events WHERE owner = ? AND seq > ? ORDER BY seq LIMIT ?",
            (owner, after, limit),
        )
    else:
        rows = db.execute(
            "SELECT seq, run_id, type, name, data FROM events WHERE owner = ? AND run_id = ? AND seq > ? "
            "ORDER BY seq LIMIT ?",
            (owner, run_id, after, limit),
        )
    return [_entry(row) for row in rows.fetchall()]


def _entry(row: tuple[int, str, str, str | None, str]) -> Entry:
    seq, run_id, kind, name, data = row
    return Entry(seq=seq, run_id=run_id, type=kind, name=name, data=data)


def _bounds(db: sqlite3.Connection, owner: str) -> Bounds:
    row = db.execute("SELECT last, floor FROM counters WHERE owner = ?", (owner,)).fetchone()
    return Bounds(last=row[0], floor=row[1]) if row else Bounds(last=0, floor=0)


def _trim(db: sqlite3.Connection, owner: str, through: int) -> None:
    db.execute("UPDATE counters SET floor = max(floor, min(?, last)) WHERE owner = ?", (through, owner))
    db.execute("DELETE FROM events WHERE owner = ? AND seq <= ?", (owner, _bounds(db, owner).floor))
