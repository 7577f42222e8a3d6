"""Any thread is a history that every provider accepts, in the eyes of the strict fake, over the real wires."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from ag_ui.core import AssistantMessage, FunctionCall, Message, ToolCall, ToolMessage, UserMessage
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.models import Model

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.scripted import ScriptedModel, ScriptedToolbox
from jupyter_agent.agents.wires import Outside
from jupyter_agent.core.tool import Result
from tests.agents.test_loop import context
from tests.agents.wires import WIRES, models

YES = {"text": "Yes."}
_ids = st.sampled_from(["a", "b", "c", "chatcmpl-tool-" + "0" * 32, "toolu|\u00e9 1"])
_texts = st.sampled_from(["x", "x \n", "", " \n", "A \U0001f600", "\u0000"])
_calls = st.builds(
    lambda name, tool, arguments: ToolCall(id=name, function=FunctionCall(name=tool, arguments=arguments)),
    _ids,
    st.sampled_from(["look", "run cell", "", "x" * 70]),
    st.sampled_from(["{}", "", '{"x": 1', "[1]", "null", '{"x": "\u00e9"}']),
)
_messages = st.one_of(
    st.builds(lambda text: UserMessage(id="u", content=text), _texts),
    st.builds(
        lambda text, calls: AssistantMessage(id="m", content=text, tool_calls=calls or None),
        st.one_of(st.none(), _texts),
        st.lists(_calls, max_size=3, unique_by=lambda call: call.id),
    ),
    st.builds(lambda name, text: ToolMessage(id="t", tool_call_id=name, content=text), _ids, _texts),
)


@pytest.fixture(scope="module")
def ask() -> Iterator[Any]:
    """Sends a history over a wire, and returns what the model says."""
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        try:
            fake = runner.run(stack.enter_async_context(FakeProvider(ScriptedModel([[YES]], endless=True))))
            named = runner.run(stack.enter_async_context(models(fake)))
            clients = {wire: lasting(named(wire)) for wire in WIRES}

            async def say(wire: str, history: list[Message]) -> str:
                thread = [UserMessage(id="0", content="go"), *history, UserMessage(id="z", content="?")]
                run = context(ScriptedToolbox({"look": [Result(content="ok")]}), thread)
                events = [event async for event in Loop(lambda _: clients[wire]).run(run)]
                return "".join(getattr(event, "delta", "") for event in events)

            yield lambda wire, history: runner.run(say(wire, history))
        finally:
            runner.run(stack.aclose())


def lasting(model: Model) -> Model:
    """The model with a connection that does not end with a run."""

    async def nothing() -> None:
        pass

    assert isinstance(model, Outside)
    return Outside(
        model.wrapped, endpoint=model.endpoint, images=True, priced=False, wishes=None, close=nothing, conceal=str
    )


@pytest.mark.parametrize("wire", WIRES)
@given(history=st.lists(_messages, max_size=8))
def test_any_thread_is_accepted(ask: Any, wire: str, history: list[Message]) -> None:
    assert ask(wire, history) == "Yes."
