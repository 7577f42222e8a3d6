"""Who waits for the next entry of an owner's log, whichever thread commits it."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from jupyter_agent.core.clock import Clock


class Waiters:
    """Knows the newest seq that was seen of each owner, and wakes those who wait for a newer one.

    `wake`, `owners` and `known` may be called from any thread; `wait` from any event loop. What is known may be behind
    what another process has committed, and is never ahead of what is committed.
    """

    def __init__(self, clock: Clock) -> None:
        self.somebody = threading.Event()
        """Set while at least one waits."""
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, int] = {}
        self._waiting: dict[str, dict[asyncio.Future[bool], int]] = {}

    def known(self, owner: str) -> int | None:
        """The newest seq that was heard of; None while nothing was ever heard of this owner."""
        return self._last.get(owner)

    def owners(self) -> list[str]:
        """Those whose log somebody waits for."""
        with self._lock:
            return list(self._waiting)

    def wake(self, owner: str, last: int) -> None:
        """The owner's log goes up to `last`, committed and visible. Older news is ignored."""
        with self._lock:
            if last <= self._last.get(owner, -1):
                return
            self._last[owner] = last
            ready = [future for future, after in self._waiting.get(owner, {}).items() if last > after]
        for future in ready:
            # A loop that was closed has nobody waiting in it any more.
            with contextlib.suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(_finish, future, True)

    async def wait(self, owner: str, after: int, timeout: float) -> bool:
        """True as soon as the owner's log is known to go beyond `after`; False after `timeout` seconds of the clock."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._last.get(owner, 0) > after:
                return True
            self._waiting.setdefault(owner, {})[future] = after
            self.somebody.set()
        sleeper = asyncio.ensure_future(self._clock.sleep(timeout))
        sleeper.add_done_callback(lambda _: _finish(future, False))
        try:
            return await future
        finally:
            sleeper.cancel()
            self._leave(owner, future)

    def _leave(self, owner: str, future: asyncio.Future[bool]) -> None:
        with self._lock:
            of_owner = self._waiting[owner]
            del of_owner[future]
            if not of_owner:
                del self._waiting[owner]
            if not self._waiting:
                self.somebody.clear()


def _finish(future: asyncio.Future[bool], result: bool) -> None:
    if not future.done():
        future.set_result(result)
