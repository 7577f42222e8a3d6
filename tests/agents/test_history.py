"""A thread as a model is told of it."""

from ag_ui.core import (
    AssistantMessage,
    DeveloperMessage,
    FunctionCall,
    Message,
    ReasoningMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart

from jupyter_agent.agents.history import UNKNOWN, as_model_messages


def call(name: str) -> ToolCall:
    return ToolCall(id=name, function=FunctionCall(name="look", arguments="{}"))


def told(history: list[Message], *, resumed: bool = False) -> tuple[list[list[tuple[str, ...]]], list[str]]:
    """The model's history in brief."""
    messages, pending = as_model_messages(history, resumed=resumed)
    brief = []
    for message in messages:
        parts: list[tuple[str, ...]] = []
        for part in message.parts:
            match part:
                case UserPromptPart(content=content):
                    parts.append(("user", str(content)))
                case TextPart(content=content):
                    parts.append(("text", content))
                case ToolCallPart(tool_call_id=name):
                    parts.append(("call", name))
                case ToolReturnPart(tool_call_id=name, content=content, outcome=outcome):
                    parts.append(("result", name, str(content), outcome))
                case _:
                    raise AssertionError(part)
        brief.append(parts)
    return brief, [one.call_id for one in pending]


def test_consecutive_assistant_messages_are_one_response_and_results_one_request() -> None:
    history: list[Message] = [
        SystemMessage(id="s", content="obey"),
        DeveloperMessage(id="d", content="obey"),
        UserMessage(id="u", content="go"),
        ReasoningMessage(id="t", content="hm"),
        AssistantMessage(id="m", content="I look.", tool_calls=[call("a"), call("b")]),
        AssistantMessage(id="m.1", content="And wait."),
        ToolMessage(id="a1", tool_call_id="a", content="one", metadata={"jupyter_agent": {"status": "done"}}),
        ToolMessage(id="b1", tool_call_id="b", content="no", metadata={"jupyter_agent": {"status": "denied"}}),
        AssistantMessage(id="n", content="So be it."),
        UserMessage(id="u2", content="thanks"),
    ]
    assert told(history) == (
        [
            [("user", "go")],
            [("text", "I look."), ("call", "a"), ("call", "b"), ("text", "And wait.")],
            [("result", "a", "one", "success"), ("result", "b", "no", "denied")],
            [("text", "So be it.")],
            [("user", "thanks")],
        ],
        [],
    )


def test_a_call_without_a_result_is_closed_as_unknown() -> None:
    history: list[Message] = [
        UserMessage(id="u", content="go"),
        AssistantMessage(id="m", tool_calls=[call("a")]),
        UserMessage(id="u2", content="and?"),
    ]
    assert told(history)[0] == [
        [("user", "go")],
        [("call", "a")],
        [("result", "a", UNKNOWN, "interrupted"), ("user", "and?")],
    ]


def test_a_resumed_run_gets_the_calls_of_its_last_response_back() -> None:
    history: list[Message] = [
        UserMessage(id="u", content="go"),
        AssistantMessage(id="m", tool_calls=[call("a"), call("b")]),
        ToolMessage(id="a1", tool_call_id="a", content="one"),
    ]
    assert told(history, resumed=True) == ([[("user", "go")], [("call", "a"), ("call", "b")]], ["a", "b"])


_ids = st.sampled_from("abcd")
_messages = st.one_of(
    st.builds(lambda n: UserMessage(id=f"u{n}", content="x"), st.integers()),
    st.builds(
        lambda n, calls, text: AssistantMessage(id=f"m{n}", content=text, tool_calls=[call(c) for c in calls] or None),
        st.integers(),
        st.lists(_ids, max_size=3, unique=True),
        st.sampled_from([None, "x"]),
    ),
    st.builds(lambda n, c: ToolMessage(id=f"t{n}", tool_call_id=c, content="r"), st.integers(), _ids),
)


@given(st.lists(_messages, max_size=12), st.booleans())
def test_any_thread_becomes_a_history_that_providers_accept(history: list[Message], resumed: bool) -> None:
    messages, pending = as_model_messages(history, resumed=resumed)
    open_calls: list[str] = []
    for before, message in zip([None, *messages], messages, strict=False):
        assert type(before) is not type(message)
        if isinstance(message, ModelResponse):
            assert open_calls == []
            open_calls = [part.tool_call_id for part in message.parts if isinstance(part, ToolCallPart)]
        else:
            assert isinstance(message, ModelRequest)
            results = [part.tool_call_id for part in message.parts if isinstance(part, ToolReturnPart)]
            assert results == open_calls
            open_calls = []
    assert open_calls == [one.call_id for one in pending]
