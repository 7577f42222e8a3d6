"""Threads in SQLite: their messages, the list of them, and their end."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ag_ui.core import Message

from jupyter_agent.core.records import RunRecord, StoredMessage, ThreadRecord

from ..codec import decode_message, encode_message
from ..refusals import run_going_on
from ..search import preview, words_of
from .log import forget_events
from .rows import Rows

THREADS = Rows("threads", ThreadRecord)

# Order is by a counter: clocks go back.
_TOUCH = "(SELECT coalesce(max(touched), 0) + 1 FROM threads WHERE owner = :owner)"


def make_thread(db: sqlite3.Connection, run: RunRecord, title: str | None, notebook: str | None) -> None:
    """The thread of a new run, if there is none; either way it is now the newest."""
    db.execute(
        f"""INSERT INTO threads (owner, thread_id, title, notebook, created_at, updated_at, touched)
            VALUES (:owner, :thread_id, :title, :notebook, :now, :now, {_TOUCH})
            ON CONFLICT (owner, thread_id) DO UPDATE SET updated_at = :now, touched = {_TOUCH}""",  # noqa: S608 - ours
        {"owner": run.owner, "thread_id": run.thread_id, "title": title, "notebook": notebook, "now": run.started_at},
    )


def append(
    db: sqlite3.Connection, owner: str, thread_id: str, *, run_id: str, messages: Sequence[Message], now: int
) -> None:
    """Messages at the end of a thread, which is then the newest. Of a thread that was deleted nothing comes back."""
    touched = db.execute(
        f"UPDATE threads SET updated_at = :now, touched = {_TOUCH} "  # noqa: S608 - ours
        "WHERE owner = :owner AND thread_id = :thread_id",
        {"now": now, "owner": owner, "thread_id": thread_id},
    ).rowcount
    if touched:
        db.executemany(
            "INSERT INTO messages (owner, thread_id, run_id, role, words, data) VALUES (?, ?, ?, ?, ?, ?)",
            [(owner, thread_id, run_id, m.role, words_of(m), encode_message(m)) for m in messages],
        )


def messages(db: sqlite3.Connection, owner: str, thread_id: str) -> list[StoredMessage]:
    """See Records.messages."""
    rows = db.execute(
        "SELECT run_id, data FROM messages WHERE owner = ? AND thread_id = ? ORDER BY id", (owner, thread_id)
    )
    return [StoredMessage(run_id=run_id, message=decode_message(data)) for run_id, data in rows.fetchall()]


_LIST = f"""
    SELECT {THREADS.columns},
        (SELECT m.words FROM messages m WHERE m.owner = t.owner AND m.thread_id = t.thread_id AND m.role = 'user'
            ORDER BY m.id LIMIT 1),
        (SELECT r.run_id FROM runs r WHERE r.owner = t.owner AND r.thread_id = t.thread_id AND r.status <> 'finished'
            ORDER BY r.rowid LIMIT 1)
    FROM threads t
    WHERE t.owner = :owner AND (:notebook IS NULL OR t.notebook = :notebook) AND (
        :query = '' OR found(t.title, :query) OR EXISTS (
            SELECT 1 FROM messages m
            WHERE m.owner = t.owner AND m.thread_id = t.thread_id AND m.words <> '' AND found(m.words, :query)))
    ORDER BY t.touched DESC LIMIT :limit"""  # noqa: S608 - names from our own dataclass


def listed(
    db: sqlite3.Connection, owner: str, query: str | None, notebook: str | None, limit: int
) -> list[tuple[ThreadRecord, str, str | None]]:
    """See Records.threads."""
    values = {"owner": owner, "query": (query or "").casefold(), "notebook": notebook, "limit": max(limit, 0)}
    return [(THREADS.record(row[:-2]), preview(row[-2]), row[-1]) for row in db.execute(_LIST, values).fetchall()]


def delete(db: sqlite3.Connection, owner: str, thread_id: str) -> list[str]:
    """See Records.delete_thread. The events go in the same transaction: a crash leaves nothing behind."""
    place = (owner, thread_id)
    unsealed = db.execute("SELECT run_id FROM runs WHERE owner = ? AND thread_id = ? AND last_seq IS NULL", place)
    if (going_on := unsealed.fetchone()) is not None:
        raise run_going_on(going_on[0])
    rows = db.execute("SELECT run_id FROM runs WHERE owner = ? AND thread_id = ? ORDER BY rowid", place)
    runs: list[str] = [run_id for (run_id,) in rows.fetchall()]
    for run_id in runs:
        db.execute("DELETE FROM actions WHERE owner = ? AND run_id = ?", (owner, run_id))
        db.execute("DELETE FROM changes WHERE owner = ? AND run_id = ?", (owner, run_id))
        db.execute("DELETE FROM requests WHERE owner = ? AND run_id = ?", (owner, run_id))
    forget_events(db, owner, runs)
    db.execute("DELETE FROM effects WHERE owner = ? AND thread_id = ?", place)
    db.execute("DELETE FROM messages WHERE owner = ? AND thread_id = ?", place)
    db.execute("DELETE FROM runs WHERE owner = ? AND thread_id = ?", place)
    db.execute("DELETE FROM blobs WHERE owner = ? AND thread_id = ?", place)
    db.execute("DELETE FROM threads WHERE owner = ? AND thread_id = ?", place)
    return runs
