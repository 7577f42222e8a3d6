"""The threads that hold the connections: one writes and commits in groups, the others read."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jupyter_agent.core.errors import StoreError

from .erasing import RETRY, Eraser
from .opening import Journal
from .words import store_error

T = TypeVar("T")

GROUP = 512
"""The most jobs in one transaction."""


@dataclass(slots=True, kw_only=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]
    full: bool = False
    erase: bool = False
    deleted: bool = False
    committed: Callable[[Any], None] | None = None
    settled: bool = False
    result: Any = None
    error: Exception | None = None


class _Mailbox:
    """Jobs on their way to one thread. Once closed it takes no more, and still gives out what it has."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    def put(self, job: _Job) -> None:
        with self._lock:
            if self._closed:
                raise StoreError("The store is closed.")
            self._queue.put(job)

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)

    def take(self, limit: int, patience: float | None = None) -> tuple[list[_Job], bool]:
        """What is there, at most `limit` jobs, once there is anything; and whether they are the last.

        Never waits for more: whoever has one job to do does it at once. After `patience` seconds without any: none.
        """
        jobs: list[_Job] = []
        try:
            job = self._queue.get(timeout=patience)
            while job is not None:
                jobs.append(job)
                if len(jobs) == limit:
                    return jobs, False
                job = self._queue.get_nowait()
        except queue.Empty:
            return jobs, False
        return jobs, True


class Reader:
    """A thread with a connection that reads. Jobs are done one after the other."""

    def __init__(self, db: sqlite3.Connection, path: Path, name: str) -> None:
        self._db = db
        self._path = path
        self._mailbox = _Mailbox()
        self._thread = threading.Thread(target=self._work, name=f"jupyter-agent {name}", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, from the reader's thread. Raises StoreError."""
        job = _Job(work=work, future=asyncio.get_running_loop().create_future())
        self._mailbox.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Do what was asked for, then end."""
        self._mailbox.close()
        self._thread.join()

    def _work(self) -> None:
        with contextlib.closing(self._db):
            closing = False
            while not closing:
                jobs, closing = self._mailbox.take(1)
                for job in jobs:
                    try:
                        job.result = job.work(self._db)
                    except Exception as error:  # noqa: BLE001 - whoever asked gets it, whatever it is
                        job.error = store_error(error, self._path)
                _deliver(jobs)


class Writer:
    """The one thread of this process that writes. It commits whatever has queued up in one transaction.

    A job sees the database as the jobs before it left it. One that raises takes nothing of the others' with it. A job
    whose caller has stopped waiting is carried out all the same.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, journal: Journal) -> None:
        self._db = db
        self._path = path
        self._journal = journal
        self._synchronous = ""
        self._eraser = Eraser(db, journal)
        self._mailbox = _Mailbox()
        self._thread = threading.Thread(target=self._work, name="jupyter-agent writer", daemon=True)
        self._thread.start()

    async def run(
        self,
        work: Callable[[sqlite3.Connection], T],
        *,
        full: bool = False,
        erase: bool = False,
        committed: Callable[[T], None] | None = None,
    ) -> T:
        """What `work` returned, once it is committed. Raises StoreError, and what `work` raises.

        full: durable against power loss, too. erase: nothing that `work` deleted is left in the files. `committed` is
        called with the result in the writer's thread, before anybody hears of it here. `work` may be called twice, and
        the first time comes to nothing.
        """
        job = _Job(
            work=work,
            future=asyncio.get_running_loop().create_future(),
            full=full,
            erase=erase,
            committed=committed,
        )
        self._mailbox.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Commit what was handed in, then end."""
        self._mailbox.close()
        self._thread.join()

    def _work(self) -> None:
        with contextlib.closing(self._db):
            closing = False
            while not closing:
                jobs, closing = self._mailbox.take(GROUP, RETRY if self._eraser.owed else None)
                for full, group in itertools.groupby(jobs, key=lambda job: job.full):
                    self._do(list(group), full=full)
                self._eraser.again(now=closing)

    def _do(self, jobs: list[_Job], *, full: bool) -> None:
        try:
            # In a rollback journal, half-hearted syncing could cost the whole file, not only the last events.
            self._set_synchronous("FULL" if full or self._journal == "delete" else "NORMAL")
            self._commit(jobs)
        except Exception as error:  # noqa: BLE001 - each that asked gets it, whatever it is
            self._roll_back()
            for job in jobs:
                if not job.settled:
                    job.error = store_error(error, self._path)
        self._afterwards([job for job in jobs if job.error is None])
        _deliver(jobs)

    def _afterwards(self, committed: list[_Job]) -> None:
        if any(job.deleted for job in committed):
            self._eraser.erase()
        for job in committed:
            if job.committed is not None:
                try:
                    job.committed(job.result)
                except Exception as error:  # noqa: BLE001 - whoever asked gets it, and the thread goes on
                    job.error = store_error(error, self._path)

    def _commit(self, jobs: list[_Job]) -> None:
        """All in one transaction; or, if one of them raises, each in its own. Raises when there can be none at all."""
        self._db.execute("BEGIN IMMEDIATE")
        for job in jobs:
            try:
                before = self._db.total_changes
                job.result = job.work(self._db)
                job.deleted = job.erase and self._db.total_changes > before
                if job.deleted:
                    self._eraser.promise()
            except Exception as error:  # noqa: BLE001 - it belongs to this job alone
                self._roll_back()
                if len(jobs) == 1:
                    job.error = store_error(error, self._path)
                    job.settled = True
                    return
                for single in jobs:
                    self._commit([single])
                return
        self._db.execute("COMMIT")
        for job in jobs:
            job.settled = True

    def _roll_back(self) -> None:
        # Some errors have ended the transaction already.
        if self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def _set_synchronous(self, level: str) -> None:
        if level != self._synchronous:
            self._db.execute(f"PRAGMA synchronous = {level}")
            self._synchronous = level


def _deliver(jobs: Iterable[_Job]) -> None:
    """Hand the results to the loops that wait for them: one wake-up per loop, however many jobs."""
    loops: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        loops.setdefault(job.future.get_loop(), []).append(job)
    for loop, of_loop in loops.items():
        # A loop that was closed has nobody waiting in it any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, of_loop)


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
