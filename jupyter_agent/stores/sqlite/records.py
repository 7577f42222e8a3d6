"""What is remembered beside the log, in SQLite: the port's methods as jobs of the writer and of a reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ag_ui.core import Message

from jupyter_agent.core.clock import Clock
from jupyter_agent.core.notebook import Change
from jupyter_agent.core.records import (
    ActionRecord,
    ActionState,
    Blob,
    LeaseRecord,
    Outcome,
    RequestRecord,
    RequestState,
    RunRecord,
    RunStatus,
    StoredMessage,
    ThreadRecord,
)

from ..codec import decode_change, encode_change
from . import runs, threads
from .engine import Reader, Writer
from .rows import Rows
from .schema import backups
from .tail import Tail

ACTIONS = Rows("actions", ActionRecord)
LEASES = Rows("leases", LeaseRecord)
BLOBS = Rows("blobs", Blob)


class SqliteRecords:
    """The Records port in SQLite. What each method promises is said there."""

    def __init__(self, *, writer: Writer, reader: Reader, tail: Tail, path: Path, clock: Clock) -> None:
        self._write = writer.run
        self._read = reader.run
        self._tail = tail
        self._path = path
        self._clock = clock

    # Runs

    async def start_run(
        self, run: RunRecord, *, title: str | None, notebook: str | None, decided: Sequence[RequestRecord] = ()
    ) -> tuple[RunRecord, bool]:
        return await self._write(lambda db: runs.start(db, run, title, notebook, decided), full=True)

    async def run(self, owner: str, run_id: str) -> RunRecord | None:
        return await self._read(lambda db: runs.RUNS.first(db, "owner = ? AND run_id = ?", owner, run_id))

    async def runs(self, owner: str, thread_id: str) -> list[RunRecord]:
        return await self._read(lambda db: runs.RUNS.where(db, "owner = ? AND thread_id = ?", owner, thread_id))

    async def unsealed(self, owner: str | None = None) -> list[RunRecord]:
        if owner is None:
            return await self._read(lambda db: runs.RUNS.where(db, "last_seq IS NULL"))
        return await self._read(lambda db: runs.RUNS.where(db, "last_seq IS NULL AND owner = ?", owner))

    async def mark_run(self, run_id: str, *, status: RunStatus | None = None, first_seq: int | None = None) -> None:
        await self._write(lambda db: runs.mark(db, run_id, status, first_seq))

    async def settle_run(
        self,
        run_id: str,
        *,
        outcome: Outcome,
        messages: Sequence[Message],
        finished_at: int,
        error_code: str | None = None,
        error_message: str | None = None,
        usage: str | None = None,
    ) -> bool:
        return await self._write(
            lambda db: runs.settle(
                db,
                run_id,
                outcome=outcome,
                messages=messages,
                finished_at=finished_at,
                error_code=error_code,
                error_message=error_message,
                usage=usage,
            ),
            full=True,
        )

    async def seal_run(self, run_id: str, last_seq: int) -> None:
        await self._write(lambda db: runs.seal(db, run_id, last_seq))

    async def adopt_run(self, run_id: str, *, dead: str, instance: str) -> bool:
        return await self._write(lambda db: runs.adopt(db, run_id, dead, instance), full=True)

    # Threads

    async def thread(self, owner: str, thread_id: str) -> ThreadRecord | None:
        return await self._read(lambda db: threads.THREADS.first(db, "owner = ? AND thread_id = ?", owner, thread_id))

    async def threads(
        self, owner: str, *, query: str | None = None, notebook: str | None = None, limit: int = 50
    ) -> list[tuple[ThreadRecord, str, str | None]]:
        return await self._read(lambda db: threads.listed(db, owner, query, notebook, limit))

    async def messages(self, owner: str, thread_id: str) -> list[StoredMessage]:
        return await self._read(lambda db: threads.messages(db, owner, thread_id))

    async def append_messages(self, owner: str, thread_id: str, run_id: str, messages: Sequence[Message]) -> None:
        now = self._clock.now()
        await self._write(
            lambda db: threads.append(db, owner, thread_id, run_id=run_id, messages=messages, now=now), full=True
        )

    async def rename_thread(self, owner: str, thread_id: str, title: str) -> bool:
        statement = "UPDATE threads SET title = ? WHERE owner = ? AND thread_id = ?"
        return await self._write(lambda db: runs.changed(db, statement, title, owner, thread_id))

    async def delete_thread(self, owner: str, thread_id: str) -> list[str]:
        """Also deletes copies that were made before a migration: they hold what was deleted."""
        return await self._write(
            lambda db: threads.delete(db, owner, thread_id),
            full=True,
            erase=True,
            committed=lambda _: self._deleted(owner),
        )

    def _deleted(self, owner: str) -> None:
        self._tail.drop(owner)
        for copy in backups(self._path):
            copy.unlink(missing_ok=True)

    # Requests

    async def open_requests(self, requests: Sequence[RequestRecord], *, run_id: str, checkpoint: str) -> None:
        await self._write(lambda db: runs.ask(db, requests, run_id, checkpoint), full=True)

    async def request(self, owner: str, request_id: str) -> RequestRecord | None:
        return await self._read(lambda db: runs.REQUESTS.first(db, "owner = ? AND request_id = ?", owner, request_id))

    async def requests(
        self, owner: str, *, run_id: str | None = None, thread_id: str | None = None
    ) -> list[RequestRecord]:
        condition, values = "owner = ?", [owner]
        for column, value in (("run_id", run_id), ("thread_id", thread_id)):
            if value is not None:
                condition += f" AND {column} = ?"
                values.append(value)
        return await self._read(lambda db: runs.REQUESTS.where(db, condition, *values))

    async def resolve_request(self, owner: str, request_id: str, *, state: RequestState, answer: str | None) -> bool:
        return await self._write(lambda db: runs.resolve(db, owner, request_id, state, answer), full=True)

    # Effects

    async def begin_effect(self, owner: str, thread_id: str, call_id: str) -> bool:
        statement = "INSERT OR IGNORE INTO effects (owner, thread_id, call_id) VALUES (?, ?, ?)"
        return await self._write(lambda db: runs.changed(db, statement, owner, thread_id, call_id), full=True)

    async def begun_effects(self, owner: str, thread_id: str) -> frozenset[str]:
        statement = "SELECT call_id FROM effects WHERE owner = ? AND thread_id = ?"
        found = await self._read(lambda db: db.execute(statement, (owner, thread_id)).fetchall())
        return frozenset(call_id for (call_id,) in found)

    # Actions

    async def record_action(self, action: ActionRecord) -> None:
        await self._write(lambda db: ACTIONS.insert(db, action), full=True)

    async def action(self, owner: str, action_id: str) -> ActionRecord | None:
        return await self._read(lambda db: ACTIONS.first(db, "owner = ? AND action_id = ?", owner, action_id))

    async def actions(self, owner: str, run_id: str) -> list[ActionRecord]:
        return await self._read(lambda db: ACTIONS.where(db, "owner = ? AND run_id = ?", owner, run_id))

    async def resolve_action(self, owner: str, action_id: str, *, state: ActionState, result: str | None) -> bool:
        statement = "UPDATE actions SET state = ?, result = ? WHERE owner = ? AND action_id = ? AND state = 'offered'"
        return await self._write(lambda db: runs.changed(db, statement, state, result, owner, action_id), full=True)

    async def record_change(self, owner: str, run_id: str, change: Change) -> None:
        statement = "INSERT INTO changes (owner, run_id, data) VALUES (?, ?, ?)"
        data = encode_change(change)
        await self._write(lambda db: runs.changed(db, statement, owner, run_id, data), full=True)

    async def changes(self, owner: str, run_id: str) -> list[Change]:
        statement = "SELECT data FROM changes WHERE owner = ? AND run_id = ? ORDER BY id"
        rows = await self._read(lambda db: db.execute(statement, (owner, run_id)).fetchall())
        return [decode_change(data) for (data,) in rows]

    # Leases

    async def claim(self, lease: LeaseRecord) -> None:
        statement = (
            "INSERT INTO leases (owner, page_id, document_id, path, taken_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (owner, page_id, document_id) DO UPDATE SET "
            "path = excluded.path, taken_at = excluded.taken_at, expires_at = excluded.expires_at"
        )
        values = (lease.owner, lease.page_id, lease.document_id, lease.path, lease.taken_at, lease.expires_at)
        await self._write(lambda db: runs.changed(db, statement, *values))

    async def release(self, owner: str, page_id: str, document_id: str | None = None) -> None:
        statement = "DELETE FROM leases WHERE owner = ? AND page_id = ? AND (? IS NULL OR document_id = ?)"
        await self._write(lambda db: runs.changed(db, statement, owner, page_id, document_id, document_id))

    async def leases(self, owner: str, path: str | None = None) -> list[LeaseRecord]:
        return await self._read(lambda db: LEASES.where(db, "owner = ? AND (? IS NULL OR path = ?)", owner, path, path))

    # Blobs

    async def put_blob(self, blob: Blob) -> None:
        statement = (
            "INSERT OR REPLACE INTO blobs (blob_id, owner, thread_id, content_type, data) VALUES (?, ?, ?, ?, ?)"
        )
        values = (blob.blob_id, blob.owner, blob.thread_id, blob.content_type, blob.data)
        await self._write(lambda db: runs.changed(db, statement, *values))

    async def blob(self, owner: str, blob_id: str) -> Blob | None:
        return await self._read(lambda db: BLOBS.first(db, "owner = ? AND blob_id = ?", owner, blob_id))
