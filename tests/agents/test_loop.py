"""The loop against scripted models: exact sequences of events."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from ag_ui.core import (
    AssistantMessage,
    BaseEvent,
    FunctionCall,
    Message,
    TokenUsage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel

from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.scripted import ScriptedModel, ScriptedToolbox
from jupyter_agent.core.agent import Budget, RunContext
from jupyter_agent.core.clock import SystemClock
from jupyter_agent.core.errors import LimitReached, ModelError
from jupyter_agent.core.events import Sentence
from jupyter_agent.core.notebook import Binding
from jupyter_agent.core.policy import Mode
from jupyter_agent.core.tool import Call, Result


def context(tools: ScriptedToolbox, history: Sequence[Message] | None = None, **more: Any) -> RunContext:
    return RunContext(
        owner="ann",
        thread_id="t",
        run_id="r",
        model="scripted",
        mode=Mode.MANUAL,
        history=history if history is not None else [UserMessage(id="u", content="go")],
        binding=Binding(),
        tools=tools,
        clock=SystemClock(),
        **more,
    )


def brief(event: BaseEvent) -> tuple[Any, ...]:
    """An event as its type and its own fields."""
    fields = event.model_dump(exclude_none=True, exclude={"type", "role"}).values()
    return (event.type.value, *fields)


async def play(model: Model, given: RunContext, **options: Any) -> list[tuple[Any, ...]]:
    return [brief(event) async for event in Loop(lambda _: model, **options).run(given)]


def turns(*steps: list[dict[str, Any]]) -> ScriptedModel:
    return ScriptedModel(steps)


def test_an_answer_is_one_message() -> None:
    model = turns([{"text": "Hello there.", "chunk": 6}])
    assert asyncio.run(play(model, context(ScriptedToolbox()))) == [
        ("TEXT_MESSAGE_START", "r:0"),
        ("TEXT_MESSAGE_CONTENT", "r:0", "Hello "),
        ("TEXT_MESSAGE_CONTENT", "r:0", "there."),
        ("TEXT_MESSAGE_END", "r:0"),
    ]


def test_reasoning_text_and_calls_follow_each_other_and_calls_name_their_message() -> None:
    model = turns(
        [
            {"reasoning": "Hm."},
            {"text": "I look."},
            {"call": {"name": "look", "id": "a", "arguments": {"x": 1}}},
            {"call": {"name": "look", "id": "b", "arguments": {"x": 2}}},
        ],
        [{"expect": "second"}, {"text": "Done."}],
    )
    tools = ScriptedToolbox({"look": [Result(content="first"), Result(content="second")]})
    assert asyncio.run(play(model, context(tools))) == [
        ("REASONING_START", "r:0:thought:0"),
        ("REASONING_MESSAGE_START", "r:0:thought:0"),
        ("REASONING_MESSAGE_CONTENT", "r:0:thought:0", "Hm."),
        ("REASONING_MESSAGE_END", "r:0:thought:0"),
        ("REASONING_END", "r:0:thought:0"),
        ("TEXT_MESSAGE_START", "r:0"),
        ("TEXT_MESSAGE_CONTENT", "r:0", "I look."),
        ("TEXT_MESSAGE_END", "r:0"),
        ("TOOL_CALL_START", "a", "look", "r:0"),
        ("TOOL_CALL_ARGS", "a", '{"x": 1}'),
        ("TOOL_CALL_START", "b", "look", "r:0"),
        ("TOOL_CALL_ARGS", "b", '{"x": 2}'),
        ("TOOL_CALL_END", "a"),
        ("TOOL_CALL_END", "b"),
        ("TEXT_MESSAGE_START", "r:1"),
        ("TEXT_MESSAGE_CONTENT", "r:1", "Done."),
        ("TEXT_MESSAGE_END", "r:1"),
    ]
    assert tools.seen == [
        ("announce", ["a", "b"]),
        ("perform", Call(call_id="a", name="look", arguments='{"x": 1}')),
        ("perform", Call(call_id="b", name="look", arguments='{"x": 2}')),
    ]


def test_text_after_a_call_is_another_message() -> None:
    model = turns([{"text": "Before."}, {"call": {"name": "look", "id": "a"}}, {"text": "After."}], [{"text": "End."}])
    events = asyncio.run(play(model, context(ScriptedToolbox({"look": [Result(content="ok")]}))))
    assert [event for event in events if event[0] in ("TEXT_MESSAGE_START", "TOOL_CALL_START")] == [
        ("TEXT_MESSAGE_START", "r:0"),
        ("TOOL_CALL_START", "a", "look", "r:0"),
        ("TEXT_MESSAGE_START", "r:0.1"),
        ("TEXT_MESSAGE_START", "r:1"),
    ]


@pytest.mark.parametrize("arguments", ['{"x": ', "[1, 2]", "", "not json", "null"])
def test_a_malformed_or_unknown_call_reaches_the_toolbox_as_it_is(arguments: str) -> None:
    model = turns(
        [{"call": {"name": "nobody_knows", "id": "a", "arguments": arguments}}],
        [{"expect": "unknown-tool"}, {"text": "I see."}],
    )
    tools = ScriptedToolbox()
    events = asyncio.run(play(model, context(tools)))
    assert tools.seen[1] == ("perform", Call(call_id="a", name="nobody_knows", arguments=arguments))
    assert events[-2] == ("TEXT_MESSAGE_CONTENT", "r:1", "I see.")


def test_a_call_id_that_the_thread_had_before_is_made_another() -> None:
    model = turns(
        [], [{"call": {"name": "look", "id": "a"}}, {"call": {"name": "look", "id": "a"}}], [{"text": "End."}]
    )
    history: list[Message] = [
        UserMessage(id="u", content="go"),
        AssistantMessage(id="m", tool_calls=[ToolCall(id="a", function=FunctionCall(name="look", arguments="{}"))]),
        ToolMessage(id="m1", tool_call_id="a", content="ok"),
        UserMessage(id="u2", content="again"),
    ]
    tools = ScriptedToolbox({"look": [Result(content="ok")]})
    events = asyncio.run(play(model, context(tools, history)))
    ids = [event[1] for event in events if event[0] == "TOOL_CALL_START"]
    assert len({"a", *ids}) == 3
    assert tools.seen[0] == ("announce", ids)


def test_a_resumed_run_performs_its_open_calls_first_and_then_goes_on() -> None:
    calls = [ToolCall(id=name, function=FunctionCall(name="look", arguments=f'{{"n": "{name}"}}')) for name in "ab"]
    history: list[Message] = [
        UserMessage(id="u", content="go"),
        AssistantMessage(id="m", content="I look.", tool_calls=calls),
        ToolMessage(id="m1", tool_call_id="a", content="first"),
    ]
    model = turns([], [{"expect": "second"}, {"text": "Both are done."}])
    tools = ScriptedToolbox({"look": [Result(content="first"), Result(content="second")]})
    assert asyncio.run(play(model, context(tools, history, resumed=True))) == [
        ("TEXT_MESSAGE_START", "r:1"),
        ("TEXT_MESSAGE_CONTENT", "r:1", "Both are done."),
        ("TEXT_MESSAGE_END", "r:1"),
    ]
    assert [kind for kind, _ in tools.seen] == ["announce", "perform", "perform"]
    assert tools.seen[0] == ("announce", ["a", "b"])


@pytest.mark.parametrize(
    ("budget", "words"),
    [(Budget(steps=2), "asked the model 2 times"), (Budget(tool_calls=1), "limit of 1 action")],
)
def test_a_run_ends_at_its_limits(budget: Budget, words: str) -> None:
    model = turns(*[[{"call": {"name": "look", "arguments": {"n": n}}}] for n in range(9)])
    with pytest.raises(LimitReached, match=words):
        asyncio.run(play(model, context(ScriptedToolbox({"look": [Result(content="ok")]}), budget=budget)))


def test_a_model_that_goes_in_circles_is_stopped() -> None:
    model = turns(*[[{"call": {"name": "look"}}] for _ in range(9)])
    tools = ScriptedToolbox({"look": [Result(content="ok")]})
    with pytest.raises(LimitReached, match="3 times"):
        asyncio.run(play(model, context(tools)))
    assert [kind for kind, _ in tools.seen].count("perform") == 3


def test_a_model_that_learns_something_each_time_is_not_stopped() -> None:
    model = turns(*[[{"call": {"name": "look"}}] for _ in range(5)], [{"text": "Enough."}])
    tools = ScriptedToolbox({"look": [Result(content=str(n)) for n in range(5)]})
    assert asyncio.run(play(model, context(tools)))[-2] == ("TEXT_MESSAGE_CONTENT", "r:5", "Enough.")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ModelHTTPError(401, "m", {"key": "sk-secret"}), "provider reported an error"),
        (ConnectionResetError("https://secret.example/?key=sk-secret"), "connection to the model broke off"),
        (ZeroDivisionError("sk-secret"), "not foreseen"),
    ],
)
def test_a_fault_of_the_model_is_one_plain_sentence(fault: Exception, words: str) -> None:
    async def stream(_: list[ModelMessage], __: AgentInfo) -> AsyncIterator[str]:
        yield "Half an ans"
        raise fault

    with pytest.raises(ModelError, match=words) as told:
        asyncio.run(play(FunctionModel(stream_function=stream), context(ScriptedToolbox())))
    assert "secret" not in str(told.value)


def test_an_empty_answer_ends_in_words() -> None:
    with pytest.raises(ModelError, match="answered with nothing"):
        asyncio.run(play(turns([]), context(ScriptedToolbox())))


def test_a_model_that_falls_silent_is_given_up() -> None:
    with pytest.raises(ModelError, match="said nothing for a long time"):
        asyncio.run(play(turns([{"text": "Well"}, {"hang": True}]), context(ScriptedToolbox()), idle=0.01))


class Watched(ScriptedModel):
    closed = False

    async def play(self, messages: list[ModelMessage], tools: frozenset[str]) -> AsyncIterator[Any]:
        try:
            async for piece in super().play(messages, tools):
                yield piece
        finally:
            self.closed = True


def test_cancelling_closes_the_models_stream() -> None:
    async def story() -> None:
        model = Watched([[{"text": "Well"}, {"hang": True}]])
        said = asyncio.Event()

        async def follow() -> None:
            async for event in Loop(lambda _: model).run(context(ScriptedToolbox())):
                if event.type.value == "TEXT_MESSAGE_CONTENT":
                    said.set()

        task = asyncio.ensure_future(follow())
        await said.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert model.closed

    asyncio.run(story())


def test_not_listening_any_more_closes_the_models_stream() -> None:
    async def story() -> None:
        model = Watched([[{"text": "Well"}, {"hang": True}]])
        events: Any = Loop(lambda _: model).run(context(ScriptedToolbox()))
        await anext(events)
        assert not model.closed
        await events.aclose()
        assert model.closed

    asyncio.run(story())


def test_usage_is_reported_for_each_request() -> None:
    async def stream(messages: list[ModelMessage], _: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        if len(messages) == 1:
            yield {0: DeltaToolCall(name="look", json_args="{}", tool_call_id="a")}
        else:
            yield "two words"

    used: list[tuple[TokenUsage, float | None]] = []
    tools = ScriptedToolbox({"look": [Result(content="ok")]})
    given = context(tools, report=lambda usage, cost: used.append((usage, cost)))
    asyncio.run(play(FunctionModel(stream_function=stream, model_name="tiny"), given))
    assert [(usage.model, usage.output_tokens, cost) for usage, cost in used] == [("tiny", 1, None), ("tiny", 2, None)]


def test_a_played_model_uses_no_tokens_and_says_so() -> None:
    used: list[TokenUsage] = []
    given = context(ScriptedToolbox(), report=lambda usage, _: used.append(usage))
    asyncio.run(play(turns([{"text": "Hello."}]), given))
    assert used == []


@given(st.lists(st.text(st.characters(codec=None), max_size=6), min_size=1, max_size=6))
def test_whatever_characters_come_every_event_can_be_written_and_nothing_whole_is_lost(texts: list[str]) -> None:
    whole = "".join(texts)
    if not whole.strip():
        return

    async def stream(_: list[ModelMessage], __: AgentInfo) -> AsyncIterator[str]:
        for text in texts:
            yield text

    async def story() -> None:
        said = []
        try:
            async for event in Loop(lambda _: FunctionModel(stream_function=stream)).run(context(ScriptedToolbox())):
                json.loads(event.model_dump_json())
                said.append(getattr(event, "delta", ""))
        except ModelError:
            pass  # nothing but halves of characters
        joined = whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        assert joined == "".join(said).replace("\ufffd", "") or "\ufffd" in joined

    asyncio.run(story())


_steps = st.one_of(
    st.builds(lambda text, size: {"text": text, "chunk": size}, st.text(max_size=8), st.integers(1, 3)),
    st.builds(lambda text: {"reasoning": text}, st.text(max_size=4)),
    st.builds(
        lambda name, call, args: {"call": {"name": name, "id": call, "arguments": args}},
        st.sampled_from(["look", "unknown", ""]),
        st.sampled_from(["a", "b", ""]),
        st.one_of(st.text(max_size=5), st.just({"x": 1})),
    ),
    st.just({"error": "broken"}),
)


@given(st.lists(st.lists(_steps, max_size=5), min_size=1, max_size=4))
def test_any_script_of_a_model_keeps_the_grammar_and_each_call_is_performed_once(
    script: list[list[dict[str, Any]]],
) -> None:
    async def story() -> None:
        tools = ScriptedToolbox({"look": [Result(content=str(n)) for n in range(30)]})
        sentence = Sentence()
        sentence.started = True
        try:
            async for event in Loop(lambda _: ScriptedModel(script)).run(context(tools)):
                sentence.accept(event)
            assert list(sentence.closings()) == []
        except (ModelError, LimitReached):
            pass
        performed = [call.call_id for kind, call in tools.seen if kind == "perform"]
        assert performed == list(dict.fromkeys(performed))
        assert set(performed) <= set(sentence.unanswered())

    asyncio.run(story())
