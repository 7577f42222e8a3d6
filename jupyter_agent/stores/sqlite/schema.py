"""The tables, and how a file of an older version comes to have them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jupyter_agent.core.clock import Clock
from jupyter_agent.core.errors import StoreError

from ..platform_file import make_private_file
from .connection import Place, pragma

APPLICATION = 0x4A416774
""""JAgt" in the file's header: this database is ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A version of the tables: how to make them, and how to get here from each version before."""

    version: int
    create: tuple[str, ...]
    steps: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """From version n to n + 1: the statements, all carried out in one transaction with those of the other steps."""


_CREATE = (
    # The log. Counters outlive the entries, so that a seq is never given twice.
    "CREATE TABLE counters (owner TEXT PRIMARY KEY, last INTEGER NOT NULL, floor INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE events (
        owner TEXT NOT NULL, seq INTEGER NOT NULL, run_id TEXT NOT NULL, type TEXT NOT NULL, name TEXT,
        data TEXT NOT NULL, PRIMARY KEY (owner, seq))""",
    "CREATE INDEX events_of_run ON events (owner, run_id, seq)",
    # The records. `id` is the order in which they came.
    """CREATE TABLE threads (
        owner TEXT NOT NULL, thread_id TEXT NOT NULL, title TEXT, notebook TEXT, created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL, touched INTEGER NOT NULL, PRIMARY KEY (owner, thread_id))""",
    "CREATE INDEX threads_by_touch ON threads (owner, touched)",
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, thread_id TEXT NOT NULL,
        parent_run_id TEXT, instance TEXT NOT NULL, body_hash TEXT NOT NULL, input TEXT NOT NULL, model TEXT NOT NULL,
        mode TEXT NOT NULL,
        status TEXT NOT NULL, outcome TEXT, error_code TEXT, error_message TEXT, usage TEXT, checkpoint TEXT,
        first_seq INTEGER, last_seq INTEGER, started_at INTEGER NOT NULL, finished_at INTEGER)""",
    "CREATE INDEX runs_of_thread ON runs (owner, thread_id)",
    "CREATE INDEX runs_unsealed ON runs (owner) WHERE last_seq IS NULL",
    """CREATE TABLE messages (
        id INTEGER PRIMARY KEY, owner TEXT NOT NULL, thread_id TEXT NOT NULL, run_id TEXT NOT NULL, role TEXT NOT NULL,
        words TEXT NOT NULL, data TEXT NOT NULL)""",
    "CREATE INDEX messages_of_thread ON messages (owner, thread_id, id)",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL, thread_id TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL, tool_call_id TEXT NOT NULL, exact TEXT NOT NULL, hash TEXT NOT NULL, risk TEXT NOT NULL,
        created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, state TEXT NOT NULL, answer TEXT)""",
    "CREATE INDEX requests_of_thread ON requests (owner, thread_id)",
    "CREATE INDEX requests_of_run ON requests (owner, run_id)",
    """CREATE TABLE actions (
        id INTEGER PRIMARY KEY, action_id TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL, owner TEXT NOT NULL,
        page_id TEXT NOT NULL,
        document_id TEXT NOT NULL, operation TEXT NOT NULL, arguments TEXT NOT NULL, expected_hash TEXT,
        created_at INTEGER NOT NULL, state TEXT NOT NULL, result TEXT)""",
    "CREATE INDEX actions_of_run ON actions (owner, run_id)",
    """CREATE TABLE effects (
        owner TEXT NOT NULL, thread_id TEXT NOT NULL, call_id TEXT NOT NULL, PRIMARY KEY (owner, thread_id, call_id))
        WITHOUT ROWID""",
    "CREATE TABLE changes (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, run_id TEXT NOT NULL, data TEXT NOT NULL)",
    "CREATE INDEX changes_of_run ON changes (owner, run_id)",
    """CREATE TABLE leases (
        id INTEGER PRIMARY KEY, owner TEXT NOT NULL, page_id TEXT NOT NULL, document_id TEXT NOT NULL,
        path TEXT NOT NULL, taken_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        UNIQUE (owner, page_id, document_id))""",
    """CREATE TABLE blobs (
        blob_id TEXT NOT NULL, owner TEXT NOT NULL, thread_id TEXT, content_type TEXT NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (owner, blob_id))""",
    "CREATE INDEX blobs_of_thread ON blobs (owner, thread_id)",
    # Not empty while the file may still hold traces of what was deleted.
    "CREATE TABLE unerased (id INTEGER PRIMARY KEY)",
)

SCHEMA = Schema(version=1, create=_CREATE)


def refuse_strangers(db: sqlite3.Connection, schema: Schema, path: Path) -> None:
    """Raise StoreError for the database of another program or of a version that we do not know. Only reads."""
    application, version = pragma(db, "application_id"), pragma(db, "user_version")
    if (application, version) == (0, 0) and not _has_tables(db):
        return
    if application != APPLICATION:
        raise StoreError(
            f"{path} is a database of another program. Name another directory for the store. The file was not touched."
        )
    if version > schema.version:
        raise StoreError(
            f"The store {path} was written by a newer jupyter-agent (store version {version}; this one knows up to "
            f"{schema.version}). Install the newer one again, or name another directory. The file was not touched."
        )
    if any(step not in schema.steps for step in range(version, schema.version)):
        raise StoreError(
            f"The store {path} was written by a jupyter-agent too old for this one (store version {version}). "
            "Name another directory. The file was not touched."
        )


def prepare(db: sqlite3.Connection, schema: Schema, place: Place, clock: Clock) -> None:
    """Make the tables, or bring those of an older version up to date, in one transaction, after a backup.

    Raises StoreError or sqlite3.Error, and then the file is as it was.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been here since it was looked at.
        refuse_strangers(db, schema, place.path)
        version = pragma(db, "user_version")
        if not _has_tables(db):
            _carry_out(db, schema.create)
        elif version < schema.version:
            back_up(place, version, clock)
            for step in range(version, schema.version):
                _carry_out(db, schema.steps[step])
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {schema.version}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def back_up(place: Place, version: int, clock: Clock) -> Path:
    """A copy beside the file, as it is now; its name says the version and the date (UTC)."""
    moment = datetime.fromtimestamp(clock.now() / 1000, UTC)
    copy = place.path.with_name(f"{place.path.name}.version-{version}.{moment:%Y-%m-%dT%H%M%SZ}.backup")
    make_private_file(copy)
    with contextlib.closing(place.connect("ro")) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def backups(path: Path) -> list[Path]:
    """All copies that were made of this file."""
    return sorted(
        p for p in path.parent.iterdir() if p.name.startswith(f"{path.name}.version-") and p.suffix == ".backup"
    )


def _has_tables(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def _carry_out(db: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    # Not executescript: it commits first.
    for statement in statements:
        db.execute(statement)
