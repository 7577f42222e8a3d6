"""The life of a service behind an edge: made when it is first wanted, its streams, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..core.errors import StoreError

if TYPE_CHECKING:
    from ..config import Service
    from .api.exchange import StreamAnswer

FAREWELL_SECONDS = 1.0
"""For open streams to send their last frames when the server stops."""


class Life:
    """One service from the first request to the farewell. `make` builds and opens it."""

    def __init__(self, make: Callable[[], Awaitable[Service]]) -> None:
        self.streams: set[asyncio.Task[Any]] = set()
        """The tasks that send a stream."""
        self.stopping = asyncio.Event()
        """Set when streams are to tell the rest and end."""
        self._make = make
        self._starting: asyncio.Future[Service] | None = None
        self._ending: asyncio.Future[None] | None = None

    async def service(self) -> Service:
        """The assistant, made when it is first wanted. Raises what keeps it from being made; the next call tries."""
        if self._starting is None or (self._starting.done() and self._starting.exception() is not None):
            self._starting = asyncio.ensure_future(self._make())
        return await asyncio.shield(self._starting)

    @property
    def running(self) -> int:
        """Runs that go on in this process."""
        starting = self._starting
        made = starting is not None and starting.done() and starting.exception() is None
        return starting.result().assistant.running if made and starting else 0

    async def tell(
        self, service: Service, answer: StreamAnswer, write: Callable[[bytes], Awaitable[None]], patience: float
    ) -> bool:
        """Write frames as they come, until the stream ends. False: the reader took nothing for `patience` seconds.

        Whatever `write` raises is passed on. Cancelling it ends it at once; the run goes on in any case.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - every server runs each request in a task of its own
        self.streams.add(task)
        try:
            async with contextlib.aclosing(service.frames(answer, self.stopping)) as chunks:
                async for chunk in chunks:
                    async with asyncio.timeout(patience):  # wait_for may swallow a cancellation
                        await write(chunk)
        except TimeoutError:
            return False
        except StoreError:
            # A reader that was too slow for the farewell finds the store closed.
            if not self.stopping.is_set():
                raise
        finally:
            self.streams.discard(task)
        return True

    async def close(self) -> None:
        """End every run cleanly, let the streams say so, and close the store. However often it is called."""
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end())
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        if self._starting is None:
            self.stopping.set()
            return
        try:
            service = await self._starting
        except Exception:  # noqa: BLE001 - whoever asked for it has logged it
            self.stopping.set()
            return
        await service.assistant.close()
        self.stopping.set()
        if self.streams:
            _, slow = await asyncio.wait(self.streams, timeout=FAREWELL_SECONDS)
            for task in slow:
                task.cancel()
        await service.close()


def watch_peer(connection: Any, patience: float) -> None:
    """Let the system find out that a peer has vanished without a word, where it can."""
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(patience * 1000))
