"""Models that our own code plays instead of a provider: what the built-in assistant and the doubles stand on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponseStreamEvent
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Some of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """Some of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A call of a tool, whole. `arguments` is JSON text, or whatever a bad model would write there."""

    tool: str
    arguments: str
    call_id: str = field(default_factory=lambda: f"call_{uuid4().hex}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong on the way, of a kind that scripted.py documents. Only a wire can show it."""

    kind: str
    more: dict[str, Any] = field(default_factory=dict)


Piece = Text | Thought | ToolUse | Fault


class PlayedModel(Model):
    """A pydantic-ai model whose answers are pieces that `play` yields. Uses no tokens and says so."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def play(self, messages: list[ModelMessage], tools: frozenset[str]) -> AsyncIterator[Piece]:
        """The pieces of the next response to these messages. `tools` names the tools that may be called."""
        raise NotImplementedError

    @property
    def model_name(self) -> str:
        return self._name

    @property
    def system(self) -> str:
        return "jupyter-agent"

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        async with self.request_stream(messages, model_settings, model_request_parameters) as stream:
            async for _ in stream:
                pass
            return stream.get()

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,  # noqa: ARG002 - the base class's signature
        model_request_parameters: ModelRequestParameters,
        run_context: Any = None,  # noqa: ARG002 - likewise
    ) -> AsyncGenerator[StreamedResponse]:
        pieces = self.play(messages, frozenset(tool.name for tool in model_request_parameters.function_tools))
        try:
            yield _Playing(model_request_parameters=model_request_parameters, _name=self._name, _pieces=pieces)
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()


@dataclass
class _Playing(StreamedResponse):
    _name: str
    _pieces: AsyncIterator[Piece]
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        part, kind = -1, None
        async for piece in self._pieces:
            # Each run of pieces of one kind is a part of its own, as with a provider.
            if type(piece) is not kind or isinstance(piece, ToolUse):
                part, kind = part + 1, type(piece)
            for event in self._events(part, piece):
                yield event

    def _events(self, part: int, piece: Piece) -> Iterator[ModelResponseStreamEvent]:
        match piece:
            case Text(text=text):
                return self._parts_manager.handle_text_delta(vendor_part_id=part, content=text)
            case Thought(text=text):
                return self._parts_manager.handle_thinking_delta(vendor_part_id=part, content=text)
            case ToolUse(tool=tool, arguments=arguments, call_id=call_id):
                return self._parts_manager.handle_tool_call_delta_events(
                    vendor_part_id=part, tool_name=tool, args=arguments, tool_call_id=call_id
                )
            case Fault(kind=kind):
                raise UnexpectedModelBehavior(f"the fault {kind!r} needs a wire: the fake provider has one")

    async def close_stream(self) -> None:
        if isinstance(self._pieces, AsyncGenerator):
            await self._pieces.aclose()

    @property
    def model_name(self) -> str:
        return self._name

    @property
    def provider_name(self) -> str | None:
        return None

    @property
    def provider_url(self) -> str | None:
        return None

    @property
    def timestamp(self) -> datetime:
        return self._started
