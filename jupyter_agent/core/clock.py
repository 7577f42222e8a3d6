"""Time as a port: monotonic for waiting, wall for people. Tests turn it by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import Protocol


class Clock(Protocol):
    """`monotonic` is in seconds and never goes back; `now` is in milliseconds since the epoch."""

    def monotonic(self) -> float: ...

    def now(self) -> int: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """Time that stands still until `advance` is called: the double for tests and simulations."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._elapsed = 0.0
        self._epoch = now
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> int:
        return self._epoch + int(self._elapsed * 1000)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass, waking each sleeper at its own moment and in order."""
        until = self._elapsed + seconds
        await self._let_others_run()
        while self._sleepers and self._sleepers[0][0] <= until:
            self._elapsed, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
            # A woken task may go to sleep again before `until`.
            await self._let_others_run()
        self._elapsed = until

    @staticmethod
    async def _let_others_run() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
