"""Opening the file: looking before touching, then finding the journal that works where it lies."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import Literal

from jupyter_agent.core.errors import StoreError

from ..platform_file import network_file_system
from .connection import Place, pragma
from .schema import Schema, refuse_strangers

Journal = Literal["wal", "delete"]

CHECK_SECONDS = 0.3
"""How long opening may take to look through the whole file for damage; a large one is looked through in part."""


def examine(place: Place, schema: Schema) -> None:
    """Raise StoreError, with nothing written, for a file that is not ours, too new, or damaged."""
    if place.path.stat().st_size == 0:
        return
    with contextlib.closing(place.connect("ro")) as db:
        try:
            refuse_strangers(db, schema, place.path)
            _look_for_damage(db, place)
        except sqlite3.OperationalError as error:
            if not _to_be_seen_later(error, place):
                raise


def _to_be_seen_later(error: sqlite3.OperationalError, place: Place) -> bool:
    """Two states of the file that only a connection that writes can look into.

    A transaction was cut short by a crash and has to be undone first; or there is a write-ahead log (byte 18 of the
    header is 2) where the file system has no shared memory for it.
    """
    if error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK:
        return True
    with place.path.open("rb") as file:
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CANTOPEN and file.read(19)[18:] == b"\x02"


def _look_for_damage(db: sqlite3.Connection, place: Place) -> None:
    end = time.monotonic() + CHECK_SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        answer = pragma(db, "quick_check(1)")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return
    finally:
        db.set_progress_handler(None, 0)
    if answer != "ok":
        raise StoreError(
            f"The store {place.path} is damaged ({answer}). Move the file away to begin with an empty one. "
            "The file was not touched."
        )


def choose_journal(db: sqlite3.Connection, place: Place, schema: Schema) -> tuple[Journal, str | None]:
    """Write-ahead log where shared memory and locks work; else the rollback journal, and a sentence that says why."""
    network = network_file_system(place.path)
    if network is None:
        try:
            if _set_journal(db, "wal", place.busy_seconds):
                return "wal", None
            reason = "the file system has no shared memory for SQLite"
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}:
                raise
            reason = f"SQLite says: {error}"
            if _to_be_seen_later(error, place):
                _give_up_log(db, place, schema)
    else:
        reason = f"it lies on a network file system, {network}"
    _set_journal(db, "delete", place.busy_seconds)
    return "delete", f"The store keeps a rollback journal ({reason}): as safe as the usual one, and slower."


def _give_up_log(db: sqlite3.Connection, place: Place, schema: Schema) -> None:
    """Leave a write-ahead log that came from a file system with shared memory: alone, its index needs none."""
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    refuse_strangers(db, schema, place.path)
    _set_journal(db, "delete", place.busy_seconds)
    db.execute("PRAGMA locking_mode = NORMAL")
    pragma(db, "user_version")  # The lock is let go by the next that happens.


def _set_journal(db: sqlite3.Connection, journal: Journal, patience: float) -> bool:
    """Whether the file now has this journal and can be locked for writing with it.

    SQLite does not always wait for a lock when it changes the journal: two processes that open a new file at the same
    moment meet here. So the waiting is done here.
    """
    end = time.monotonic() + patience
    while True:
        try:
            if pragma(db, f"journal_mode = {journal}") != journal:
                return False
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
