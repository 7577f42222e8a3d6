"""What may stand between a client and a provider: a proxy, and an end of TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Relay:
    """Listens on 127.0.0.1 and passes bytes on to `port_behind`."""

    port_behind: int
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """The first lines of the requests to a proxy; "" for each connection otherwise."""


@contextlib.asynccontextmanager
async def relay(port_behind: int, *, tls: ssl.SSLContext | None = None, proxy: bool = False) -> AsyncIterator[Relay]:
    """With `tls` it speaks TLS to its clients; as a `proxy` it waits for CONNECT, and takes every name for its own."""
    made = Relay(port_behind)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        task.add_done_callback(connections.discard)
        first = ""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(_close, writer)
            if proxy:
                first = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0]
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            made.asked.append(first)
            back, forth = await asyncio.open_connection("127.0.0.1", made.port_behind)
            stack.push_async_callback(_close, forth)
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        writer.close()
        await writer.wait_closed()
