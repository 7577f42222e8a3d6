"""Just enough HTTP/1.1 for a server whose answers can be cut, stalled and corrupted at will."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

HEAD = 65_536
"""Bytes that the head of a request has at most."""


class Nonsense(Exception):
    """What came is no request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    """Without the query."""
    headers: dict[str, str]
    """Names in lower case."""
    raw: bytes
    body: Any
    """The parsed JSON of `raw`; None if it is none."""

    @property
    def key(self) -> str | None:
        """As Anthropic's clients send it, or as all the others do."""
        return self.headers.get("x-api-key") or self.headers.get("authorization", "").removeprefix("Bearer ") or None


class Connection:
    """One client. Requests come one after the other; each is answered before the next is read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ahead = b""
        """What was read while looking whether the client is still there."""

    async def request(self) -> Request | None:
        """The next request, or None when the client has gone. Raises Nonsense."""
        try:
            head = self._ahead + await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if (self._ahead + error.partial).strip():
                raise Nonsense from error
            return None
        except asyncio.LimitOverrunError as error:
            raise Nonsense from error
        self._ahead = b""
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        try:
            method, target, _ = first.split(" ")
            headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
            raw = await self._reader.readexactly(int(headers.get("content-length", "0")))
        except (ValueError, asyncio.IncompleteReadError) as error:
            raise Nonsense from error
        return Request(method=method, path=target.partition("?")[0], headers=headers, raw=raw, body=_json(raw))

    async def gone(self) -> None:
        """Returns when the client has hung up. To be cancelled before the next request is read."""
        with contextlib.suppress(ConnectionError):
            while byte := await self._reader.read(1):
                self._ahead += byte

    async def answer(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer in JSON."""
        data = json.dumps(body).encode()
        told = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
        self._writer.write(_head(status, told) + data)
        await self._writer.drain()

    async def begin(self, headers: Mapping[str, str]) -> None:
        """An answer that comes in chunks."""
        self._writer.write(_head(200, {**headers, "transfer-encoding": "chunked"}))
        await self._writer.drain()

    async def chunk(self, data: bytes) -> None:
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    async def end(self) -> None:
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def cut(self, data: bytes) -> None:
        """Half of a chunk, and then the connection is over."""
        self._writer.write(f"{len(data):x}\r\n".encode() + data[: len(data) // 2])
        await self._writer.drain()
        self._writer.close()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):  # the client may have been faster
            await self._writer.wait_closed()

    def abort(self) -> None:
        """Drop it at once."""
        self._writer.transport.abort()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
