"""Ridding the files of what was deleted: a row that is gone from its table still lies about in several places."""

from __future__ import annotations

import contextlib
import sqlite3
import time

from .opening import Journal

RETRY = 5.0
"""Seconds until it is tried again, when another program was in the way or the disk was full."""


class Eraser:
    """Works in the writer's thread, between transactions.

    SQLite overwrites the cells that it frees, but not the copies that it left in the gaps of pages whenever it moved
    cells from one to another, nor the write-ahead log. So the file is written anew, some 7 ms for each megabyte, and
    the log is emptied. What is owed stands in the file: a crash only puts it off to the next opening.
    """

    def __init__(self, db: sqlite3.Connection, journal: Journal) -> None:
        self._db = db
        self._journal = journal
        self._next = 0.0
        self.owed = db.execute("SELECT 1 FROM unerased LIMIT 1").fetchone() is not None

    def promise(self) -> None:
        """Part of the transaction that deletes."""
        self._db.execute("INSERT INTO unerased DEFAULT VALUES")

    def again(self, *, now: bool) -> None:
        """What is still owed, if it is time to try again, or in any case."""
        if self.owed and (now or time.monotonic() >= self._next):
            self.erase()

    def erase(self) -> None:
        """Do it, or try later."""
        self.owed = True
        self._next = time.monotonic() + RETRY
        with contextlib.suppress(sqlite3.Error):
            if self._db.execute("SELECT 1 FROM unerased LIMIT 1").fetchone() is not None:
                self._db.execute("VACUUM")
                self._db.execute("DELETE FROM unerased")
            self.owed = not self._empty_log()

    def _empty_log(self) -> bool:
        if self._journal == "delete":
            return True
        (busy, _, _) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
