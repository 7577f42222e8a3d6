"""The store as a whole: opened once per process, closed once."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from jupyter_agent.core.clock import Clock

from ..description import StoreDescription
from ..platform_file import make_private_directory, make_private_file
from ..waiters import Waiters
from .connection import Place
from .engine import Reader, Writer
from .log import SqliteLog
from .opening import Journal, choose_journal, examine
from .records import SqliteRecords
from .schema import SCHEMA, Schema, prepare
from .tail import Tail
from .watcher import Watcher
from .words import in_words


class SqliteStore:
    """Both ports over one file. Made by `open_sqlite`."""

    def __init__(
        self,
        *,
        place: Place,
        clock: Clock,
        writing: sqlite3.Connection,
        reading: tuple[sqlite3.Connection, sqlite3.Connection, sqlite3.Connection],
        journal: Journal,
        message: str | None,
    ) -> None:
        waiters = Waiters(clock)
        self._tail = Tail()
        self._writer = Writer(writing, place.path, journal)
        # Two readers: a search through all that was ever said does not hold up those who follow a run.
        self._readers = (Reader(reading[0], place.path, "log"), Reader(reading[1], place.path, "records"))
        self._watcher = Watcher(reading[2], waiters)
        self.log = SqliteLog(self._writer, self._readers[0], waiters, self._tail)
        self.records = SqliteRecords(
            writer=self._writer, reader=self._readers[1], tail=self._tail, path=place.path, clock=clock
        )
        self.description = StoreDescription(
            kind="sqlite", path=str(place.path), journal=journal, durable=True, message=message
        )

    def close(self) -> None:
        """Commit what was handed in and let the file go; waits for it. Whoever comes later gets StoreError."""
        self._watcher.close()
        for reader in self._readers:
            reader.close()
        # After them, so that it empties the write-ahead log on leaving.
        self._writer.close()
        self._tail.clear()


def open_sqlite(
    path: Path, clock: Clock, *, schema: Schema = SCHEMA, vfs: str | None = None, busy_seconds: float = 10.0
) -> SqliteStore:
    """Open the file, or make it and its directory, for their owner alone.

    Raises StoreError for a file that is not ours, is damaged or too new (it is then left as it is), that cannot be
    reached or written, or that another program keeps locked for longer than `busy_seconds`. `vfs` names another way of
    SQLite to the operating system, such as "unix-dotfile" for a file system without locks.
    """
    place = Place(path=path.absolute(), vfs=vfs, busy_seconds=busy_seconds)
    with in_words(place.path), contextlib.ExitStack() as opened:
        make_private_directory(place.path.parent)
        make_private_file(place.path)
        examine(place, schema)
        writing = opened.enter_context(contextlib.closing(place.connect("rw")))
        journal, message = choose_journal(writing, place, schema)
        prepare(writing, schema, place, clock)
        # Deleted text is overwritten; and a sync is one on macOS, too.
        for setting in ("secure_delete = ON", "fullfsync = ON", "checkpoint_fullfsync = ON"):
            writing.execute(f"PRAGMA {setting}")
        reading = [opened.enter_context(contextlib.closing(place.reader())) for _ in range(3)]
        store = SqliteStore(
            place=place,
            clock=clock,
            writing=writing,
            reading=(reading[0], reading[1], reading[2]),
            journal=journal,
            message=message,
        )
        opened.pop_all()
    return store
