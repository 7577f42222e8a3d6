"""A client of the contract over plain sockets: it sees every byte, and may stop reading, or vanish, at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

PATIENCE = 20
"""Seconds after which a test gives up waiting for something that has to come."""


@dataclass(frozen=True)
class Answer:
    """A whole response."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def problem(self) -> tuple[int, str, str]:
        """(status, type, detail) of a problem body; fails if it is none, or if it shows internals."""
        body = self.json
        assert self.headers["content-type"] == "application/problem+json"
        assert body["status"] == self.status
        assert body["title"]
        assert "Traceback" not in self.content.decode()
        return self.status, body["type"], body["detail"]


@dataclass(frozen=True)
class Frame:
    """One dispatched event of a stream."""

    id: str | None
    event: str | None
    data: Any

    @property
    def seq(self) -> int:
        assert self.id is not None
        return int(self.id.partition(":")[0])

    @property
    def kind(self) -> str:
        """The AG-UI type; a CUSTOM event by its name without our prefix."""
        name = str(self.data.get("name", ""))
        return name.removeprefix("jupyter_agent.") if self.data.get("type") == "CUSTOM" else str(self.data.get("type"))


class Stream:
    """An open event stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: Mapping[str, str]) -> None:
        self.headers = headers
        self.writer = writer
        self.reader = reader
        self.blocks: list[str] = []
        """Every block as it came, without the empty line that ends it."""
        self._rest = b""

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Every frame; ends when the server has ended the stream cleanly."""
        while (block := await self._block()) is not None:
            self.blocks.append(block)
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            if "data" in fields:
                yield Frame(id=fields.get("id"), event=fields.get("event"), data=json.loads(fields["data"]))

    async def until(self, kind: str) -> list[Frame]:
        """Frames up to and with the first of this kind."""
        found: list[Frame] = []
        async for frame in self:
            found.append(frame)
            if kind in {frame.kind, frame.event}:
                return found
        raise AssertionError(f"the stream ended before {kind}: {[frame.kind for frame in found]}")

    async def rest(self) -> list[Frame]:
        """Frames up to the clean end."""
        return [frame async for frame in self]

    async def into(self, read: list[Frame]) -> None:
        """Frames up to the end, kept even if that is not a clean one."""
        async for frame in self:
            read.append(frame)  # noqa: PERF401 - what was read before it broke counts

    def leave(self) -> None:
        """Vanish without a word."""
        self.writer.transport.abort()

    async def _block(self) -> str | None:
        while b"\n\n" not in self._rest:
            chunk = await self.chunk()
            if not chunk:
                assert self._rest == b"", "the stream ended inside a frame"
                self.writer.close()
                return None
            self._rest += chunk
        block, _, self._rest = self._rest.partition(b"\n\n")
        return block.decode()

    async def chunk(self) -> bytes:
        """The next chunk of the body; empty at its clean end. Raises IncompleteReadError when it is cut."""
        async with asyncio.timeout(PATIENCE):
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            return (await self.reader.readexactly(size + 2))[:-2]


@dataclass
class Client:
    """Knows where a server's contract begins, and who it is."""

    port: int
    base: str
    """The path under which the contract's paths begin, with a slash at the end."""
    headers: Mapping[str, str] = field(default_factory=dict)
    streams: list[Stream] = field(default_factory=list)
    """Every stream that was opened."""

    def close(self) -> None:
        """Vanish from every stream that is still open."""
        for stream in self.streams:
            stream.leave()

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Answer:
        """One request; `body` is sent as JSON, `content` as it is. A header None is left out."""
        extra = dict(headers or {})
        if body is not None:
            content = json.dumps(body).encode()
            extra = {"Content-Type": "application/json", **extra}
        async with asyncio.timeout(PATIENCE), self._sent(method, path, content, extra, params) as (stream, status):
            whole = await stream.reader.read(-1)
            stream.leave()
        if stream.headers.get("transfer-encoding") == "chunked":
            whole = _unchunked(whole)
        return Answer(status=status, headers=stream.headers, content=whole)

    async def get(self, path: str, **params: Any) -> Answer:
        return await self.request("GET", path, params=params)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.request("POST", path, body)

    async def stream(
        self, path: str, *, body: Any = None, headers: Mapping[str, str | None] | None = None, **params: Any
    ) -> Stream:
        """Open an event stream; a `body` is posted. Fails if it is refused."""
        method, content = ("GET", None) if body is None else ("POST", json.dumps(body).encode())
        extra = dict(headers or {}) if body is None else {"Content-Type": "application/json", **(headers or {})}
        async with asyncio.timeout(PATIENCE), self._sent(method, path, content, extra, params) as (stream, status):
            assert status == 200, status
            self.streams.append(stream)
            return stream

    @contextlib.asynccontextmanager
    async def _sent(
        self,
        method: str,
        path: str,
        content: bytes | None,
        headers: Mapping[str, str | None],
        params: Mapping[str, Any] | None,
    ) -> AsyncIterator[tuple[Stream, int]]:
        """Send a request and read the head of its answer. Whatever goes wrong, the connection is not forgotten."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        query = f"?{urlencode(params)}" if params else ""
        all_headers: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.port}",
            "Connection": "close",
            **self.headers,
            **headers,
        }
        if content is not None:
            all_headers.setdefault("Content-Length", str(len(content)))
        lines = [f"{method} {self.base}{path}{query} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in all_headers.items() if value is not None]
        try:
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + (content or b""))
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            found = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
            yield Stream(reader, writer, found), int(head[0].split()[1])
        except BaseException:
            writer.transport.abort()
            raise


def _unchunked(whole: bytes) -> bytes:
    content = b""
    while whole:
        size, _, whole = whole.partition(b"\r\n")
        content += whole[: int(size, 16)]
        whole = whole[int(size, 16) + 2 :]
    return content
