"""Which server processes share a store, and which of them are still alive."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

from jupyter_agent.core.clock import Clock

from .platform_file import make_private_directory, try_lock

BEAT = 15.0
"""Seconds between heartbeats where there are no locks."""
STALE = 60_000
"""Milliseconds after the last heartbeat at which an instance counts as dead."""
_SUFFIX = ".instance"


class FileInstance:
    """One server process, known to the others by a file that it keeps locked for as long as it lives.

    Where the file system has no locks, it keeps touching the file instead (`message` says so): another instance is then
    alive until 60 s after its last touch, by the clocks of both machines. Raises OSError when the directory cannot be
    used. A process that is forked, and not started anew, shares the lock: it keeps the instance alive.
    """

    def __init__(self, directory: Path, clock: Clock, *, locks: bool = True) -> None:
        """`locks=False` is for file systems whose locks do not reach other machines (NFS mounted with `nolock`)."""
        self.id = str(uuid4())
        self.message: str | None = None
        self._directory = directory
        self._clock = clock
        self._stop = threading.Event()
        make_private_directory(directory)
        self._path = self._file(self.id)
        self._descriptor: int | None = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        self._thread: threading.Thread | None = None
        if not (locks and self._lock()):
            self._begin_beating()

    def alive(self, other: str) -> bool:
        """Whether the instance with this id still lives; in doubt, yes: a live run must not be ended by another."""
        if other == self.id:
            return self._descriptor is not None
        try:
            with self._opened(other) as descriptor:
                if os.read(descriptor, 16) == b"heartbeat\n":
                    return self._clock.now() - os.fstat(descriptor).st_mtime_ns // 1_000_000 < STALE
                # Shared, so that two who look at the same time do not take each other for the living.
                return not try_lock(descriptor, exclusive=False)
        except (FileNotFoundError, ValueError):
            return False
        except OSError:
            return True

    def others(self) -> list[str]:
        """Ids of all other instances that have left a file, alive or dead."""
        return sorted(path.stem for path in self._directory.glob(f"*{_SUFFIX}") if path.stem != self.id)

    def forget(self, other: str) -> bool:
        """Remove the file of a dead instance, once no run refers to it; False if it lives or is not there."""
        with contextlib.suppress(OSError, ValueError), self._opened(other) as descriptor:
            beating = os.read(descriptor, 16) == b"heartbeat\n"
            if other != self.id and (not self.alive(other) if beating else try_lock(descriptor, exclusive=True)):
                self._file(other).unlink()
                return True
        return False

    def beat(self) -> None:
        """Touch the file, by the clock."""
        now = self._clock.now() * 1_000_000
        os.utime(self._path, ns=(now, now))

    def close(self) -> None:
        """Be dead to the others, and leave no file. Again: nothing."""
        if self._descriptor is None:
            return
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def _lock(self) -> bool:
        assert self._descriptor is not None  # noqa: S101 - it was opened a moment ago
        try:
            locked = try_lock(self._descriptor, exclusive=True)
        except OSError as error:
            self.message = (
                f"File locks do not work in {self._directory} ({error.strerror}); heartbeats are used instead."
            )
            return False
        if locked:
            os.write(self._descriptor, b"lock\n")
        return locked

    def _begin_beating(self) -> None:
        assert self._descriptor is not None  # noqa: S101 - it was opened a moment ago
        if self.message is None:
            self.message = f"File locks are not used in {self._directory}; heartbeats are used instead."
        os.write(self._descriptor, b"heartbeat\n")
        self.beat()
        self._thread = threading.Thread(target=self._keep_beating, name="jupyter-agent instance", daemon=True)
        self._thread.start()

    def _keep_beating(self) -> None:
        while not self._stop.wait(BEAT):
            # A disk that is away for a while: the next touch tries again.
            with contextlib.suppress(OSError):
                self.beat()

    def _file(self, instance: str) -> Path:
        return self._directory / f"{instance}{_SUFFIX}"

    @contextlib.contextmanager
    def _opened(self, instance: str) -> Iterator[int]:
        """Raises ValueError for what is no instance's id, so that no other file is ever opened."""
        descriptor = os.open(self._file(str(UUID(instance))), os.O_RDWR)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


class MemoryInstance:
    """An instance among others that share the set of those alive: the double for tests, and for a store in memory."""

    def __init__(self, id: str | None = None, living: set[str] | None = None) -> None:
        self.id = id or str(uuid4())
        self.living = set() if living is None else living
        self.living.add(self.id)

    def alive(self, other: str) -> bool:
        """Whether the instance with this id is in the set."""
        return other in self.living

    def close(self) -> None:
        """Leave the set."""
        self.living.discard(self.id)
