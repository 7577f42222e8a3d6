"""One connection to the file, set up the way all of ours are."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from ..search import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which file, and how to reach it."""

    path: Path
    """Absolute."""
    vfs: str | None
    """SQLite's way to the operating system; None for its default."""
    busy_seconds: float
    """How long a connection waits for a lock that another program holds."""

    def connect(self, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
        """A connection in autocommit, usable in any one thread at a time. Raises sqlite3.Error; makes no file."""
        uri = f"{self.path.as_uri()}?mode={mode}" + (f"&vfs={quote(self.vfs)}" if self.vfs else "")
        db = sqlite3.connect(
            uri,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=self.busy_seconds,
            cached_statements=256,
        )
        db.execute("PRAGMA trusted_schema = OFF")
        return db

    def reader(self) -> sqlite3.Connection:
        """A connection that only reads."""
        # Not mode=ro: after a crash the first to come, also a reader, has to mend the file.
        db = self.connect("rw")
        db.execute("PRAGMA query_only = ON")
        db.create_function("found", 2, found, deterministic=True)
        return db


def pragma(db: sqlite3.Connection, name: str) -> Any:
    """The first value that a PRAGMA answers, or None."""
    row = db.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None
