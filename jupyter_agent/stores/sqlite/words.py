"""SQLite's errors in words that a person can act on."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from jupyter_agent.core.errors import Invalid, StoreError

_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full: make room where {path} lies",
    sqlite3.SQLITE_BUSY: "database is locked by another program: close what else uses {path}, or wait and try again",
    sqlite3.SQLITE_LOCKED: "database is locked by another program: close what else uses {path}, or wait and try again",
    sqlite3.SQLITE_CORRUPT: "the store is damaged: move {path} away to begin with an empty one",
    sqlite3.SQLITE_NOTADB: "this file is not a database: move {path} away, or name another directory",
    sqlite3.SQLITE_READONLY: "the store cannot be written: allow writing to {path} and to its directory",
    sqlite3.SQLITE_PERM: "the store cannot be opened: allow reading and writing of {path}",
    sqlite3.SQLITE_CANTOPEN: "the store cannot be opened: see that the directory of {path} is there and may be written",
    sqlite3.SQLITE_IOERR: "the disk reported an error: see whether the file system of {path} is well",
    sqlite3.SQLITE_PROTOCOL: "file locks do not work: name a directory on another file system than {path}",
    sqlite3.SQLITE_TOOBIG: "a value is too large for the store {path}",
}


def store_error(error: Exception, path: Path) -> Exception:
    """The error of ours that stands for one of SQLite's or of the file system's; any other is returned as it is.

    Text that is no valid Unicode (half a surrogate pair) is the request's fault.
    """
    raised: Exception
    match error:
        case sqlite3.Error():
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            words = _WORDS.get(code, "the store {path} could not be used").format(path=path)
            raised = StoreError(f"{words} (SQLite says: {error}).")
        case UnicodeEncodeError():
            raised = Invalid("field", "The text has characters that are not valid Unicode.")
        case UnicodeDecodeError():
            raised = StoreError(f"{_WORDS[sqlite3.SQLITE_CORRUPT].format(path=path)} (it holds text that is none).")
        case OSError():
            where = error.filename or path.parent
            raised = StoreError(
                f"the store {path} cannot be opened: name another directory, or see to {where} "
                f"(the system says: {error.strerror or error})."
            )
        case _:
            return error
    raised.__cause__ = error
    return raised


@contextlib.contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Whatever SQLite or the file system raises inside leaves as StoreError."""
    try:
        yield
    except (sqlite3.Error, UnicodeError, OSError) as error:
        raise store_error(error, path) from error
