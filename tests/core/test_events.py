"""The grammar of a run and the coalescer of deltas."""

from __future__ import annotations

import pytest
from ag_ui.core import (
    BaseEvent,
    ReasoningMessageContentEvent,
    ReasoningMessageEndEvent,
    ReasoningMessageStartEvent,
    RunAgentInput,
    RunErrorEvent,
    RunFinishedEvent,
    RunStartedEvent,
    StepFinishedEvent,
    StepStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agent.core.errors import GrammarError
from jupyter_agent.core.events import Coalescer, Sentence, custom, decode, encode, sound

STARTED = RunStartedEvent(thread_id="t", run_id="r", input=RunAgentInput(thread_id="t", run_id="r", messages=[]))
FINISHED = RunFinishedEvent(thread_id="t", run_id="r")


def sentence(*events: BaseEvent) -> Sentence:
    made = Sentence()
    for event in (STARTED, *events):
        made.accept(event)
    return made


def text(delta: str, name: str = "m") -> TextMessageContentEvent:
    return TextMessageContentEvent(message_id=name, delta=delta)


def test_a_whole_run_is_a_sentence() -> None:
    made = sentence(
        StepStartedEvent(step_name="one"),
        TextMessageStartEvent(message_id="m"),
        text("Hello"),
        TextMessageEndEvent(message_id="m"),
        ToolCallStartEvent(tool_call_id="c", tool_call_name="read"),
        ToolCallArgsEvent(tool_call_id="c", delta="{}"),
        ToolCallEndEvent(tool_call_id="c"),
        ToolCallResultEvent(message_id="x", tool_call_id="c", content="ok"),
        StepFinishedEvent(step_name="one"),
        custom("progress", {}),
        FINISHED,
    )
    assert made.ended


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([STARTED], "RUN_STARTED twice in one run"),
        ([text("x")], "content of text m, which is not open"),
        ([TextMessageEndEvent(message_id="m")], "end of text m, which is not open"),
        ([TextMessageStartEvent(message_id="m"), TextMessageStartEvent(message_id="m")], "a second start of text m"),
        ([TextMessageStartEvent(message_id="m"), FINISHED], "RUN_FINISHED while still open: text m"),
        ([ToolCallResultEvent(message_id="x", tool_call_id="c", content="")], "the call c, which nobody made"),
        (
            [
                ToolCallStartEvent(tool_call_id="c", tool_call_name="read"),
                ToolCallResultEvent(message_id="x", tool_call_id="c", content=""),
            ],
            "whose arguments are not complete",
        ),
        ([FINISHED, text("x")], "TEXT_MESSAGE_CONTENT after the last event of a run"),
        ([FINISHED, RunErrorEvent(message="no")], "RUN_ERROR after the last event of a run"),
    ],
)
def test_what_has_no_place_is_refused(events: list[BaseEvent], words: str) -> None:
    with pytest.raises(GrammarError, match=words):
        sentence(*events)


def test_nothing_comes_before_run_started() -> None:
    with pytest.raises(GrammarError, match="TEXT_MESSAGE_START before RUN_STARTED"):
        Sentence().accept(TextMessageStartEvent(message_id="m"))


def test_a_call_has_one_result() -> None:
    made = sentence(
        ToolCallStartEvent(tool_call_id="c", tool_call_name="read"),
        ToolCallEndEvent(tool_call_id="c"),
        ToolCallResultEvent(message_id="x", tool_call_id="c", content=""),
    )
    with pytest.raises(GrammarError, match="a second result"):
        made.accept(ToolCallResultEvent(message_id="y", tool_call_id="c", content=""))
    assert made.unanswered() == []


def test_a_refused_event_changes_nothing() -> None:
    made = sentence(TextMessageStartEvent(message_id="m"))
    with pytest.raises(GrammarError):
        made.accept(FINISHED)
    made.accept(TextMessageEndEvent(message_id="m"))
    made.accept(FINISHED)
    assert made.ended


def test_closings_close_the_newest_first_and_say_that_it_is_incomplete() -> None:
    made = sentence(
        TextMessageStartEvent(message_id="m"),
        ToolCallStartEvent(tool_call_id="c", tool_call_name="read"),
        ReasoningMessageStartEvent(message_id="r"),
    )
    mark = {"jupyter_agent": {"incomplete": True}}
    assert list(made.closings()) == [
        ReasoningMessageEndEvent(message_id="r", metadata=mark),
        ToolCallEndEvent(tool_call_id="c", metadata=mark),
        TextMessageEndEvent(message_id="m", metadata=mark),
    ]
    for event in list(made.closings()):
        made.accept(event)
    assert made.unanswered() == ["c"]
    made.accept(FINISHED)


def test_an_event_survives_the_log() -> None:
    event = custom("action", {"code": "a\nb\r\u2028"})
    assert "\n" not in encode(event)
    assert "\r" not in encode(event)
    assert decode(encode(event)) == event


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert sound(text("a\ud83d")) == text("a\ufffd")
    assert sound(text("a\U0001f427é")) == text("a\U0001f427é")


def test_a_lone_delta_leaves_at_once() -> None:
    assert Coalescer().push(text("a"), 10.0) == [text("a")]


def test_deltas_within_the_interval_gather_until_the_mark() -> None:
    coalescer = Coalescer(interval=0.005)
    assert coalescer.push(text("a"), 10.0) == [text("a")]
    assert coalescer.push(text("b"), 10.001) == []
    assert coalescer.push(text("c"), 10.002) == []
    assert coalescer.due == pytest.approx(10.005)
    assert coalescer.flush(10.005) == [text("bc")]
    assert coalescer.due is None
    assert coalescer.push(text("d"), 10.020) == [text("d")]


def test_another_event_flushes_first() -> None:
    coalescer = Coalescer(interval=0.005)
    coalescer.push(text("a"), 10.0)
    coalescer.push(text("b"), 10.001)
    end = TextMessageEndEvent(message_id="m")
    assert coalescer.push(end, 10.002) == [text("b"), end]


def test_deltas_of_two_messages_never_merge() -> None:
    coalescer = Coalescer(interval=0.005)
    coalescer.push(text("a", "m"), 10.0)
    coalescer.push(text("b", "m"), 10.001)
    assert coalescer.push(text("c", "n"), 10.002) == [text("b", "m")]
    assert coalescer.flush(10.003) == [text("c", "n")]


pieces = st.one_of(
    st.builds(text, st.text(min_size=1, max_size=5), st.sampled_from(["m", "n"])),
    st.builds(lambda d: ReasoningMessageContentEvent(message_id="m", delta=d), st.text(min_size=1, max_size=5)),
    st.builds(lambda n: custom("mark", {"n": n}), st.integers(0, 9)),
)


@given(st.lists(st.tuples(pieces, st.floats(0, 0.01))))
def test_coalescing_loses_nothing_and_keeps_the_order(script: list[tuple[BaseEvent, float]]) -> None:
    coalescer, now, left = Coalescer(), 0.0, []
    for event, pause in script:
        now += pause
        if coalescer.due is not None and coalescer.due <= now:
            left += coalescer.flush(now)
        left += coalescer.push(event, now)
    left += coalescer.flush(now)
    assert spelled(left) == spelled([event for event, _ in script])


def spelled(events: list[BaseEvent]) -> list[tuple[str, str]]:
    """Deltas written out character by character, so that merged and unmerged ones compare equal."""
    out: list[tuple[str, str]] = []
    for event in events:
        delta = getattr(event, "delta", None)
        key = f"{event.type.value} {getattr(event, 'message_id', '')}"
        out += [(key, c) for c in delta] if delta is not None else [(key, encode(event))]
    return out
