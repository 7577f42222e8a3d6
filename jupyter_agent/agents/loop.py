"""The loop: ask the model, stream what it says, perform what it calls, ask again, until it calls nothing more.

pydantic-ai gives us the models: one way to speak with every provider and one stream of parts from all of them. The
steps between requests are ours, because every call, also one that is misspelt or cut off, has to pass the toolbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

from ag_ui.core import BaseEvent, TokenUsage
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import InstructionPart, ModelMessage, ModelRequest, ModelResponse, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.tools import ToolDefinition

from ..core.agent import RunContext
from ..core.errors import AssistantError, LimitReached, ModelError
from ..core.tool import Call, Result
from .faults import sentence
from .history import as_model_messages, result_part
from .instructions import instructions
from .models import resolve
from .stream import Reading

_log = logging.getLogger("jupyter_agent")

REPEATS = 3
"""So often in a row may a model make the same calls and be told the same results; then it is going in circles."""


class Loop:
    """Implements core.agent.Agent with any pydantic-ai model.

    Message ids are `<run>:<step>`. A model that says nothing for `idle` seconds has failed. What each
    request used goes to `context.report` when the request ends, however it ends.
    """

    def __init__(self, models: Callable[[str], Model] = resolve, *, idle: float = 120.0) -> None:
        self._models = models
        self._idle = idle

    async def run(self, context: RunContext) -> AsyncIterator[BaseEvent]:
        model = self._models(context.model)
        messages, calls = as_model_messages(context.history, resumed=context.resumed)
        budget = _Budget(context)
        used = _call_ids(messages)
        for step in range(budget.steps):
            if step > 0 or not calls:
                reading = Reading(f"{context.run_id}:{step}", used)
                # Closed by hand: who stops listening in the middle must not leave the model talking.
                async with contextlib.aclosing(self._ask(model, messages, context, reading)) as events:
                    async for event in events:
                        yield event
                messages.append(reading.message())
                calls = reading.calls
                if not calls:
                    return
            budget.spend(calls)
            await context.tools.announce(calls)
            results = [await context.tools.perform(call) for call in calls]
            budget.compare(calls, results)
            told = [
                result_part(call, result.content, result.status) for call, result in zip(calls, results, strict=True)
            ]
            messages.append(ModelRequest(parts=told))
        raise LimitReached(
            f"This run has asked the model {budget.steps} times, which is its limit. Send another message to go on."
        )

    async def _ask(
        self, model: Model, messages: list[ModelMessage], context: RunContext, reading: Reading
    ) -> AsyncGenerator[BaseEvent]:
        """One request to the model, as events. Raises ModelError for whatever goes wrong on the way."""
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout(self._idle):
                    opened = model_request_stream(model, messages, model_request_parameters=_parameters(context))
                    stream = await stack.enter_async_context(opened)
                try:
                    parts = aiter(stream)
                    while True:
                        async with asyncio.timeout(self._idle):
                            part = await anext(parts, None)
                        if part is None:
                            break
                        for event in reading.take(part):
                            yield event
                finally:
                    if (used := _usage(stream)) is not None:
                        context.report([used])
                for event in reading.finish(stream.get()):
                    yield event
        except (AssistantError, asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            _log.warning("the model %r failed", context.model, exc_info=error)
            raise ModelError(sentence(error)) from error


class _Budget:
    """How much a run may still do. Raises LimitReached."""

    def __init__(self, context: RunContext) -> None:
        self.steps = context.limits.get("steps", 25)
        self._limit = context.limits.get("toolCalls", 100)
        self._calls = 0
        self._last: object = None
        self._repeated = 0

    def spend(self, calls: Sequence[Call]) -> None:
        """Before these calls are announced."""
        self._calls += len(calls)
        if self._calls > self._limit:
            raise LimitReached(
                f"This run has come to its limit of {self._limit} actions. Send another message if it should go on."
            )

    def compare(self, calls: Sequence[Call], results: Sequence[Result]) -> None:
        """After they were performed."""
        now = [(call.name, str(call.arguments), result.content) for call, result in zip(calls, results, strict=True)]
        self._repeated = self._repeated + 1 if now == self._last else 1
        self._last = now
        if self._repeated >= REPEATS:
            raise LimitReached(
                f"The model did the same thing {REPEATS} times and learned nothing new, so it was stopped."
            )


def _parameters(context: RunContext) -> ModelRequestParameters:
    tools = [
        ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.parameters)
        for tool in context.tools.definitions()
    ]
    return ModelRequestParameters(
        function_tools=tools, instruction_parts=[InstructionPart(content=instructions(context))]
    )


def _usage(stream: StreamedResponse) -> TokenUsage | None:
    used = stream.usage
    if not used.has_values():
        return None
    return TokenUsage(
        provider=stream.provider_name,
        model=stream.model_name,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        total_tokens=used.input_tokens + used.output_tokens,
        cached_input_tokens=used.cache_read_tokens,
        cache_write_input_tokens=used.cache_write_tokens,
    )


def _call_ids(messages: Sequence[ModelMessage]) -> set[str]:
    return {
        part.tool_call_id
        for message in messages
        if isinstance(message, ModelResponse)
        for part in message.parts
        if isinstance(part, ToolCallPart)
    }
