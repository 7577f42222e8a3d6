"""The loop: ask the model, stream what it says, perform what it calls, ask again, until it calls nothing more.

pydantic-ai gives us the models: one way to speak with every provider and one stream of parts from all of them. The
steps between requests are ours, because every call, also one that is misspelt or cut off, has to pass the toolbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from ag_ui.core import BaseEvent
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelRequestPart, ModelResponse, ToolCallPart
from pydantic_ai.models import Model

from ..core.agent import RunContext
from ..core.errors import AssistantError, ModelError
from ..core.tool import Call
from .budget import Spending
from .faults import details
from .history import as_model_messages, pictures, result_part, veiled
from .models import Models
from .request import Requests
from .retries import Patience
from .stream import Reading
from .wires import Outside

_log = logging.getLogger("jupyter_agent")


class Loop:
    """Implements core.agent.Agent with any pydantic-ai model.

    Message ids are `<run>:<step>`. A model that says nothing for `idle` seconds has failed. What each
    request used goes to `context.report` when the request ends, however it ends.
    """

    def __init__(
        self,
        models: Callable[[str], Model] | None = None,
        *,
        idle: float = 120.0,
        patience: Patience | None = None,
    ) -> None:
        self._models = models or Models().resolve
        self._idle = idle
        self._patience = patience or Patience()

    async def run(self, context: RunContext) -> AsyncIterator[BaseEvent]:
        async with contextlib.AsyncExitStack() as stack:
            model = await self._model(context.model)
            outside = model if isinstance(model, Outside) else None
            if outside is not None:
                stack.push_async_callback(outside.aclose)
            messages, calls, then = await _history(context, outside)
            used = _call_ids(messages)
            spending = Spending(context, first=1 if calls else 0)
            requests = Requests(model, context, spending, idle=self._idle, patience=self._patience)
            while True:
                if not calls:
                    reading = Reading(f"{context.run_id}:{spending.step()}", used, strict=outside is not None)
                    # Closed by hand: who stops listening in the middle must not leave the model talking.
                    async with contextlib.aclosing(requests.ask(messages, reading)) as events:
                        async for event in events:
                            yield event
                    messages.append(reading.message())
                    calls = reading.calls
                    if not calls:
                        return
                told = await _perform(calls, context, spending)
                told = replace(told, parts=[*told.parts, *then])
                messages.append(await asyncio.to_thread(veiled, told) if outside else told)
                calls, then = [], []

    async def _model(self, name: str) -> Model:
        try:
            # In a thread: it may import a library for a second.
            return await asyncio.to_thread(self._models, name)
        except AssistantError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever setting up a provider's library raises
            _log.warning("the model %r could not be set up:\n%s", name, details(error))
            raise ModelError(
                f"The model {name[:80]!r} could not be set up. The server's log has the details."
            ) from None


async def _history(
    context: RunContext, outside: Outside | None
) -> tuple[list[ModelMessage], list[Call], list[ModelRequestPart]]:
    """What the model is told of the thread, the calls that are still to be performed, and what is said after them."""
    shown = [*context.history, *context.then]
    seen = await pictures(shown, context.blob) if outside and outside.images else {}
    messages, calls = as_model_messages(context.history, resumed=context.resumed, seen=seen)
    said, _ = as_model_messages(context.then, seen=seen)
    then = [part for message in said if isinstance(message, ModelRequest) for part in message.parts]
    if outside:
        # In a thread: a conversation may be long.
        messages = await asyncio.to_thread(lambda: [veiled(message) for message in messages])
    return messages, calls, then


async def _perform(calls: Sequence[Call], context: RunContext, spending: Spending) -> ModelRequest:
    """Have the calls of one turn performed, and say what became of each."""
    spending.spend(calls)
    await context.tools.announce(calls)
    results = [await context.tools.perform(call) for call in calls]
    spending.compare(calls, results)
    return ModelRequest(
        parts=[result_part(call, result.content, result.status) for call, result in zip(calls, results, strict=True)]
    )


def _call_ids(messages: Sequence[ModelMessage]) -> set[str]:
    return {
        part.tool_call_id
        for message in messages
        if isinstance(message, ModelResponse)
        for part in message.parts
        if isinstance(part, ToolCallPart)
    }
