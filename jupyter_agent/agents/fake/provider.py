"""A model provider on this machine: the wires of the real ones over real sockets, and any played model as its brain."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Self

from pydantic_ai.messages import ModelResponse

from ..played import Fault, Piece, PlayedModel
from . import catalogue
from .chat import CHAT
from .http import HEAD, Connection, Nonsense, Request
from .messages import MESSAGES
from .responses import RESPONSES
from .telling import Broken, refuse, tell
from .wire import Asked, Refused, Wire

_WIRES: dict[str, Wire] = {"/v1/chat/completions": CHAT, "/v1/messages": MESSAGES, "/v1/responses": RESPONSES}


class FakeProvider:
    """Listens on 127.0.0.1 while it is entered.

    Speaks OpenAI's Chat Completions and Responses, Anthropic's Messages, and lists its models as OpenAI, Anthropic and
    Ollama do. It is strict: it refuses the histories that they refuse. With a `key`, requests without it are refused.
    """

    def __init__(
        self, brain: PlayedModel, *, key: str | None = None, models: Sequence[str] = ("fake",), port: int = 0
    ) -> None:
        self._brain = brain
        self._key = key
        self._models = tuple(models)
        self._port = port
        self._shown: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()
        self.requests: list[Request] = []
        self.open_connections = 0
        self.closed_early: list[Request] = []
        """Requests whose client hung up before the answer had ended."""

    @property
    def url(self) -> str:
        """The root, which Anthropic's library and Ollama's want."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """What everything that is compatible with OpenAI wants."""
        return f"{self.url}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port, limit=HEAD)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def until(self, condition: Callable[[FakeProvider], bool], *, within: float = 5.0) -> None:
        """Wait for something that shows in what is public here. Raises TimeoutError."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: condition(self))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(Connection(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: Connection) -> None:
        self.open_connections += 1
        try:
            while (request := await connection.request()) is not None:
                self.requests.append(request)
                await self._tell_watchers()
                if not await self._watched(connection, request):
                    break
        except (Nonsense, Broken, ConnectionError):
            pass
        except asyncio.CancelledError:
            connection.abort()
            raise
        finally:
            try:
                await connection.close()
            finally:
                self.open_connections -= 1
            await self._tell_watchers()

    async def _watched(self, connection: Connection, request: Request) -> bool:
        """Answer, unless the client hangs up. Returns whether it is still there."""
        answer = asyncio.ensure_future(self._answer(connection, request))
        gone = asyncio.ensure_future(connection.gone())
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                self.closed_early.append(request)
                return False
            await answer
            return not gone.done()
        finally:
            for task in (answer, gone):
                task.cancel()
            await asyncio.gather(answer, gone, return_exceptions=True)

    async def _answer(self, connection: Connection, request: Request) -> None:
        listed = catalogue.listing(request, self._models)
        wire = _WIRES.get(request.path)
        speaks = wire or catalogue.dialect(request)
        if self._key is not None and request.key != self._key:
            return await refuse(connection, speaks.trouble("key"))
        if listed is not None:
            return await connection.answer(200, listed)
        if wire is None or request.method != "POST":
            unknown = Refused(f"Invalid URL ({request.method} {request.path})")
            return await connection.answer(404, speaks.refusal(unknown).body)
        try:
            asked = wire.read(request.body if isinstance(request.body, dict) else {})
        except Refused as refused:
            return await refuse(connection, wire.refusal(refused))
        except (KeyError, TypeError, AttributeError):
            return await refuse(connection, wire.refusal(Refused("The request does not fit.")))
        if asked.model not in self._models:
            return await refuse(connection, wire.trouble("model"))
        pieces = self._pieces(asked)
        try:
            await tell(connection, wire, asked, pieces)
        finally:
            await pieces.aclose()

    async def _pieces(self, asked: Asked) -> AsyncGenerator[Piece]:
        """What the brain says, without the faults that have shown as often as they should."""
        turn = sum(isinstance(message, ModelResponse) for message in asked.messages)
        pieces: AsyncIterator[Piece] = self._brain.play(asked.messages, asked.tools)
        try:
            async for piece in pieces:
                if isinstance(piece, Fault) and (times := piece.more.get("times")) is not None:
                    mark = f"{turn} {piece.kind} {json.dumps(piece.more)}"
                    self._shown[mark] += 1
                    if self._shown[mark] > times:
                        continue
                yield piece
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    async def _tell_watchers(self) -> None:
        async with self._changed:
            self._changed.notify_all()
