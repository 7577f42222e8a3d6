"""The kinds of store that the contract suites run over. A new store is one function here and one name in KINDS."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from jupyter_agent.core.clock import Clock
from jupyter_agent.core.log import EventLog
from jupyter_agent.core.records import Records
from jupyter_agent.stores.memory import MemoryStore
from jupyter_agent.stores.sqlite import open_sqlite

Kind = Callable[[Path, Clock], AbstractAsyncContextManager["Store"]]


class Store(Protocol):
    @property
    def log(self) -> EventLog: ...

    @property
    def records(self) -> Records: ...


@contextlib.asynccontextmanager
async def memory(directory: Path, clock: Clock) -> AsyncIterator[Store]:
    with contextlib.closing(MemoryStore(clock)) as store:
        yield store


@contextlib.asynccontextmanager
async def sqlite(directory: Path, clock: Clock) -> AsyncIterator[Store]:
    with contextlib.closing(open_sqlite(directory / "store.sqlite", clock)) as store:
        assert store.description.journal == "wal"
        yield store


@contextlib.asynccontextmanager
async def sqlite_rollback(directory: Path, clock: Clock) -> AsyncIterator[Store]:
    # This way to the operating system has no shared memory, as some network file systems have none.
    with contextlib.closing(open_sqlite(directory / "store.sqlite", clock, vfs="unix-dotfile")) as store:
        assert store.description.journal == "delete"
        yield store


KINDS: dict[str, Kind] = {"memory": memory, "sqlite": sqlite, "sqlite-rollback": sqlite_rollback}
LASTING = ("sqlite", "sqlite-rollback")
"""Those that can be opened again and hold what they held."""
