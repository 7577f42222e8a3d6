"""Notices what other processes append to the log."""

from __future__ import annotations

import contextlib
import sqlite3
import threading

from ..waiters import Waiters

INTERVAL = 0.2
"""Seconds between looks, while somebody waits."""


class Watcher:
    """A thread that looks at the counters of the owners that somebody waits for, and sleeps while nobody does."""

    def __init__(self, db: sqlite3.Connection, waiters: Waiters) -> None:
        self._db = db
        self._waiters = waiters
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jupyter-agent watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; those who wait hear of nothing more."""
        self._closed.set()
        self._waiters.somebody.set()
        self._thread.join()

    def _work(self) -> None:
        with contextlib.closing(self._db):
            while True:
                self._waiters.somebody.wait()
                if self._closed.wait(INTERVAL):
                    return
                # A file that cannot be read just now is the affair of those who read it, not of this thread.
                with contextlib.suppress(sqlite3.Error):
                    self._look()

    def _look(self) -> None:
        for owner in self._waiters.owners():
            for (last,) in self._db.execute("SELECT last FROM counters WHERE owner = ?", (owner,)).fetchall():
                self._waiters.wake(owner, last)
