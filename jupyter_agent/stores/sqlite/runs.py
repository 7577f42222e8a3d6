"""Runs in SQLite: starting, settling, sealing, taking over. Each function is one job of the writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ag_ui.core import Message

from jupyter_agent.core.answers import settled
from jupyter_agent.core.records import Outcome, RequestRecord, RequestState, RunRecord, RunStatus

from ..refusals import not_going_on, run_going_on, unknown_run
from .rows import Rows
from .threads import append, make_thread

RUNS = Rows("runs", RunRecord)
REQUESTS = Rows("requests", RequestRecord)


def start(
    db: sqlite3.Connection, run: RunRecord, title: str | None, notebook: str | None, decided: Sequence[RequestRecord]
) -> tuple[RunRecord, bool]:
    """See Records.start_run."""
    earlier = RUNS.first(db, "run_id = ?", run.run_id)
    if earlier is not None:
        if earlier.owner != run.owner:
            raise unknown_run()
        return earlier, False
    going_on = RUNS.first(db, "owner = ? AND thread_id = ? AND status <> 'finished'", run.owner, run.thread_id)
    if going_on is not None:
        raise run_going_on(going_on.run_id)
    for request in decided:
        if not resolve(db, run.owner, request.request_id, request.state, request.answer):
            raise settled(REQUESTS.first(db, "request_id = ?", request.request_id) or request)
    make_thread(db, run, title, notebook)
    RUNS.insert(db, run)
    return run, True


def mark(db: sqlite3.Connection, run_id: str, status: RunStatus | None, first_seq: int | None) -> None:
    """See Records.mark_run. What is finished stays finished."""
    if status is not None:
        db.execute("UPDATE runs SET status = ? WHERE run_id = ? AND status <> 'finished'", (status, run_id))
    if first_seq is not None:
        db.execute("UPDATE runs SET first_seq = ? WHERE run_id = ?", (first_seq, run_id))


def settle(
    db: sqlite3.Connection,
    run_id: str,
    *,
    outcome: Outcome,
    messages: Sequence[Message],
    finished_at: int,
    error_code: str | None,
    error_message: str | None,
    usage: str | None,
) -> bool:
    """See Records.settle_run."""
    settled = db.execute(
        "UPDATE runs SET status = 'finished', outcome = ?, finished_at = ?, error_code = ?, error_message = ?, "
        "usage = ? WHERE run_id = ? AND status <> 'finished'",
        (outcome, finished_at, error_code, error_message, usage, run_id),
    ).rowcount
    if not settled:
        return False
    owner, thread_id = db.execute("SELECT owner, thread_id FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    append(db, owner, thread_id, run_id=run_id, messages=messages, now=finished_at)
    return True


def seal(db: sqlite3.Connection, run_id: str, last_seq: int) -> None:
    """See Records.seal_run. The first seal holds."""
    db.execute("UPDATE runs SET last_seq = ? WHERE run_id = ? AND last_seq IS NULL", (last_seq, run_id))


def adopt(db: sqlite3.Connection, run_id: str, dead: str, instance: str) -> bool:
    """See Records.adopt_run."""
    return changed(
        db,
        "UPDATE runs SET instance = ? WHERE run_id = ? AND instance = ? AND last_seq IS NULL",
        instance,
        run_id,
        dead,
    )


def ask(db: sqlite3.Connection, requests: Sequence[RequestRecord], run_id: str, checkpoint: str) -> None:
    """See Records.open_requests."""
    if not changed(
        db,
        "UPDATE runs SET status = 'waiting', checkpoint = ? WHERE run_id = ? AND status <> 'finished'",
        checkpoint,
        run_id,
    ):
        raise not_going_on(run_id)
    for request in requests:
        REQUESTS.insert(db, request)


def resolve(db: sqlite3.Connection, owner: str, request_id: str, state: RequestState, answer: str | None) -> bool:
    """See Records.resolve_request."""
    statement = "UPDATE requests SET state = ?, answer = ? WHERE owner = ? AND request_id = ? AND state = 'open'"
    return changed(db, statement, state, answer, owner, request_id)


def changed(db: sqlite3.Connection, statement: str, *values: object) -> bool:
    """Whether the statement changed a row."""
    return db.execute(statement, values).rowcount > 0
