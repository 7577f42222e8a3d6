"""One request to a model: made again while the provider is away, watched for silence, and told as events."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from ag_ui.core import BaseEvent, TokenUsage
from pydantic_ai import exceptions as faults
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import InstructionPart, ModelMessage
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from ..core.agent import RunContext
from ..core.errors import AssistantError, ModelError
from ..core.events import custom
from ..core.secrets import hide, hide_inside
from .acceptable import acceptable
from .budget import Spending
from .faults import PROVIDER, details, sentence
from .instructions import instructions
from .retries import Patience, reason
from .stream import Reading
from .wires import Outside

_log = logging.getLogger("jupyter_agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """An answer that has begun."""

    stack: contextlib.AsyncExitStack
    stream: StreamedResponse
    parts: AsyncIterator[Any]
    first: Any
    """Its first part; None if it ended without one."""


class Requests:
    """The requests of one run to one model. A model that says nothing for `idle` seconds has failed."""

    def __init__(
        self, model: Model, context: RunContext, spending: Spending, *, idle: float, patience: Patience
    ) -> None:
        self._model = model
        self._context = context
        self._spending = spending
        self._idle = idle
        self._patience = patience
        self._outside = model if isinstance(model, Outside) else None
        self._endpoint = self._outside.endpoint if self._outside else None
        self._label = self._endpoint.label if self._endpoint else PROVIDER
        self._wishes: ModelSettings | None = self._outside.wishes if self._outside else None
        self._parameters: ModelRequestParameters | None = None

    async def ask(self, messages: list[ModelMessage], reading: Reading) -> AsyncGenerator[BaseEvent]:
        """What the model says to these messages. Raises ModelError for whatever goes wrong on the way, LimitReached.

        Nothing is repeated once an answer has begun.
        """
        attempt = 0
        answer: _Answer | None = None
        while answer is None:
            try:
                answer = await self._begin(messages)
                continue
            except Exception as error:  # noqa: BLE001 - whatever a provider's library may raise
                if self._gives_up_a_wish(error):
                    continue
                attempt += 1
                why, seconds = reason(error, self._label), self._wait(error, attempt)
            of = self._patience.retries
            yield custom("waiting", {"reason": why, "seconds": seconds, "attempt": attempt, "of": of})
            await self._context.clock.sleep(seconds)
        part = answer.first
        try:
            async with answer.stack:
                try:
                    while part is not None:
                        for event in reading.take(part):
                            yield event
                        self._spending.room_for(reading.begun)
                        async with asyncio.timeout(self._allowed()):
                            part = await anext(answer.parts, None)
                finally:
                    self._count(answer.stream)
                for event in reading.finish(answer.stream.get()):
                    yield event
        except Exception as error:  # noqa: BLE001 - likewise
            raise self._failed(error, begun=True) from None

    async def _begin(self, messages: list[ModelMessage]) -> _Answer:
        """Ask, and wait for the first part."""
        async with contextlib.AsyncExitStack() as stack, asyncio.timeout(self._allowed()):
            if self._parameters is None:
                outside = self._outside is not None
                # In a thread: what a client says of its tools may be long.
                self._parameters = await asyncio.to_thread(_parameters, self._context, outside=outside)
            told = [acceptable(message) for message in messages] if self._outside else messages
            opened = model_request_stream(
                self._model, told, model_settings=self._wishes, model_request_parameters=self._parameters
            )
            stream = await stack.enter_async_context(opened)
            parts = aiter(stream)
            first = await anext(parts, None)
            return _Answer(stack=stack.pop_all(), stream=stream, parts=parts, first=first)

    def _allowed(self) -> float:
        """Seconds for the next part to come. Raises LimitReached."""
        return min(self._idle, self._spending.left())

    def _wait(self, error: Exception, attempt: int) -> float:
        """Seconds before the request is made again. Raises what the run ends with if it is not."""
        try:
            seconds = self._patience.wait(error, attempt)
        except ModelError:
            self._note(error)
            raise
        if seconds is None:
            raise self._failed(error, begun=False) from None
        if seconds >= self._spending.left():
            raise self._spending.too_long() from None
        return seconds

    def _gives_up_a_wish(self, error: Exception) -> bool:
        """Whether the request was refused while it asked for reasoning: then it is made again without."""
        refused = isinstance(error, faults.ModelHTTPError) and error.status_code in {400, 422}
        known = isinstance(error, (faults.ModelContextWindowExceededError, faults.ModelQuotaExceededError))
        if not self._wishes or not refused or known:
            return False
        self._wishes = None
        return True

    def _failed(self, error: Exception, *, begun: bool) -> AssistantError:
        if isinstance(error, AssistantError):
            return error
        if isinstance(error, TimeoutError) and self._spending.over:
            return self._spending.too_long()
        self._note(error)
        name = self._outside.model_name if self._outside else None
        return ModelError(sentence(error, begun=begun, endpoint=self._endpoint, model=name))

    def _note(self, error: Exception) -> None:
        conceal = self._outside.conceal if self._outside else str
        kind = type(error).__name__
        _log.warning("the model %r failed (%s):\n%s", self._context.model, kind, conceal(details(error)))

    def _count(self, stream: StreamedResponse) -> None:
        used = stream.usage
        if not used.has_values():
            return
        usage = TokenUsage(
            provider=stream.provider_name,
            model=stream.model_name,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            total_tokens=used.input_tokens + used.output_tokens,
            reasoning_tokens=used.output_reasoning_tokens or None,
            cached_input_tokens=used.cache_read_tokens,
            cache_write_input_tokens=used.cache_write_tokens,
        )
        self._spending.used(usage, self._cost(stream))

    def _cost(self, stream: StreamedResponse) -> float | None:
        """In US dollars, by the list of prices that came with the library; None where it has none."""
        if self._outside is None or not self._outside.priced:
            return None
        try:
            return float(stream.get().cost().total_price)
        except (LookupError, ValueError):
            return None


def _parameters(context: RunContext, *, outside: bool) -> ModelRequestParameters:
    tools = [
        ToolDefinition(
            name=tool.name,
            description=hide(tool.description) if outside else tool.description,
            parameters_json_schema=hide_inside(tool.parameters) if outside else tool.parameters,
        )
        for tool in context.tools.definitions()
    ]
    told = instructions(context)
    return ModelRequestParameters(
        function_tools=tools, instruction_parts=[InstructionPart(content=hide(told) if outside else told)]
    )
