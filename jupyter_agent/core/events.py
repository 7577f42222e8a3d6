"""What can be said during a run, and when: AG-UI's events, the grammar of a run, the coalescer of deltas.

The vocabulary is AG-UI 1.0, untouched; what it has no word for is CUSTOM with a name under `jupyter_agent.`.

A run is a sentence:

    run      = RUN_STARTED piece* closings last
    piece    = text | reasoning | call | result | step | state | CUSTOM | RAW
    text     = TEXT_MESSAGE_START TEXT_MESSAGE_CONTENT* TEXT_MESSAGE_END
    call     = TOOL_CALL_START TOOL_CALL_ARGS* TOOL_CALL_END            (pieces may interleave; each has its own id)
    result   = TOOL_CALL_RESULT                                         (once per call, after its TOOL_CALL_END;
                                                                         RUN_STARTED.input may bring some instead)
    last     = RUN_FINISHED | RUN_ERROR                                 (exactly one, and nothing after it)

`Sentence` follows a run event by event, refuses what the grammar has no place for, and knows at any moment which events
would close it. It is the one place that decides this, for live runs and for runs that a crash cut short alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from ag_ui.core import (
    BaseEvent,
    CustomEvent,
    Event,
    EventType,
    ReasoningEndEvent,
    ReasoningMessageContentEvent,
    ReasoningMessageEndEvent,
    ReasoningMessageStartEvent,
    ReasoningStartEvent,
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
    ToolMessage,
)
from pydantic import TypeAdapter

from .errors import GrammarError

PREFIX = "jupyter_agent."
LAST = frozenset({EventType.RUN_FINISHED, EventType.RUN_ERROR})
_event_adapter: TypeAdapter[Any] = TypeAdapter(Event)


def custom(name: str, value: dict[str, Any]) -> CustomEvent:
    """An event of our own: CUSTOM `jupyter_agent.<name>`."""
    return CustomEvent(name=PREFIX + name, value=value)


def encode(event: BaseEvent) -> str:
    """One event as JSON text without line breaks, as it stands in the log and on the wire."""
    return event.model_dump_json(by_alias=True)


def decode(text: str) -> BaseEvent:
    """The event that `encode` made this text from."""
    return cast("BaseEvent", _event_adapter.validate_python(json.loads(text)))


class Sentence:
    """Follows one run and guards its grammar.

    `accept` raises GrammarError and changes nothing when an event has no place. `closings` are the events that close
    what is open, newest first; `unanswered` are the calls that still have no result, in the order they were made.
    """

    def __init__(self) -> None:
        self.started = False
        self.ended = False
        self._open: dict[tuple[str, str], BaseEvent] = {}
        self._used: set[tuple[str, str]] = set()
        self._calls: dict[str, str] = {}
        self._answered: set[str] = set()

    def accept(self, event: BaseEvent) -> None:
        """Take one event, or raise GrammarError."""
        if self.ended:
            raise GrammarError(f"{event.type.value} after the last event of a run")
        if isinstance(event, RunStartedEvent):
            if self.started:
                raise GrammarError("RUN_STARTED twice in one run")
            for message in event.input.messages if event.input else ():
                if isinstance(message, ToolMessage):  # a client brings the result of a call that an earlier run made
                    self._answer(message.tool_call_id)
            self.started = True
            return
        if not self.started:
            raise GrammarError(f"{event.type.value} before RUN_STARTED")
        match event:
            case RunFinishedEvent() | RunErrorEvent():
                if self._open:
                    kinds = ", ".join(f"{kind} {name}" for kind, name in self._open)
                    raise GrammarError(f"{event.type.value} while still open: {kinds}")
                self.ended = True
            case TextMessageStartEvent(message_id=name):
                self._begin("text", name, TextMessageEndEvent(message_id=name))
            case TextMessageContentEvent(message_id=name):
                self._inside("text", name)
            case TextMessageEndEvent(message_id=name):
                self._finish("text", name)
            case ToolCallStartEvent(tool_call_id=name, tool_call_name=tool):
                self._begin("call", name, ToolCallEndEvent(tool_call_id=name))
                self._calls[name] = tool
            case ToolCallArgsEvent(tool_call_id=name):
                self._inside("call", name)
            case ToolCallEndEvent(tool_call_id=name):
                self._finish("call", name)
            case ToolCallResultEvent(tool_call_id=name):
                self._answer(name)
            case ReasoningStartEvent(message_id=name):
                self._begin("reasoning", name, ReasoningEndEvent(message_id=name))
            case ReasoningEndEvent(message_id=name):
                self._finish("reasoning", name)
            case ReasoningMessageStartEvent(message_id=name):
                self._begin("thought", name, ReasoningMessageEndEvent(message_id=name))
            case ReasoningMessageContentEvent(message_id=name):
                self._inside("thought", name)
            case ReasoningMessageEndEvent(message_id=name):
                self._finish("thought", name)
            case StepStartedEvent(step_name=name):
                self._used.discard(("step", name))  # the same step may be taken again
                self._begin("step", name, StepFinishedEvent(step_name=name))
            case StepFinishedEvent(step_name=name):
                self._finish("step", name)
            case _:
                if event.type in _CHUNKS:
                    raise GrammarError(f"{event.type.value}: chunks are written out as start, content and end")

    def closings(self) -> Iterator[BaseEvent]:
        """The events that close what is open, the newest first, each marked as incomplete.

        The mark is part of the event, so that whoever folds the log sees that the text or the arguments were cut.
        """
        for event in reversed(list(self._open.values())):
            yield event.model_copy(update={"metadata": {"jupyter_agent": {"incomplete": True}}})

    def unanswered(self) -> list[str]:
        """Ids of the calls without a result, in the order they were made."""
        return [name for name in self._calls if name not in self._answered]

    def known_calls(self, names: Iterable[str]) -> None:
        """Calls that an earlier run made and left open: this run may answer them."""
        for name in names:
            self._calls.setdefault(name, "")
            self._used.add(("call", name))

    def _begin(self, kind: str, name: str, closing: BaseEvent) -> None:
        key = (kind, name)
        if key in self._used:
            raise GrammarError(f"a second start of {kind} {name}")
        self._used.add(key)
        self._open[key] = closing

    def _inside(self, kind: str, name: str) -> None:
        if (kind, name) not in self._open:
            raise GrammarError(f"content of {kind} {name}, which is not open")

    def _finish(self, kind: str, name: str) -> None:
        if self._open.pop((kind, name), None) is None:
            raise GrammarError(f"end of {kind} {name}, which is not open")

    def _answer(self, name: str) -> None:
        if name not in self._calls:
            raise GrammarError(f"a result for the call {name}, which nobody made")
        if ("call", name) in self._open:
            raise GrammarError(f"a result for the call {name}, whose arguments are not complete")
        if name in self._answered:
            raise GrammarError(f"a second result for the call {name}")
        self._answered.add(name)


_CHUNKS = frozenset({EventType.TEXT_MESSAGE_CHUNK, EventType.TOOL_CALL_CHUNK, EventType.REASONING_MESSAGE_CHUNK})


def sound(event: BaseEvent) -> BaseEvent:
    """The event with text that UTF-8 can hold: half of a surrogate pair, as cut streams leave it, becomes U+FFFD."""
    for name in ("delta", "content"):
        text = getattr(event, name, None)
        if isinstance(text, str) and not text.isascii():
            mended = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if mended != text:
                event = event.model_copy(update={name: mended})
    return event


def delta_key(event: BaseEvent) -> tuple[str, str] | None:
    """What a delta belongs to, or None for an event that is not a delta."""
    match event:
        case TextMessageContentEvent(message_id=name) | ReasoningMessageContentEvent(message_id=name):
            return (event.type.value, name)
        case ToolCallArgsEvent(tool_call_id=name):
            return (event.type.value, name)
        case _:
            return None


class Coalescer:
    """Gathers deltas so that a flood of tokens costs few log rows, without making a lone token wait.

    A lone delta leaves at once. Within `interval` seconds of the last departure deltas of one message gather until that
    mark, or until they hold `limit` characters. Any other event makes what is held leave first. Pure: the caller tells
    the time and keeps the alarm (`due`).
    """

    def __init__(self, interval: float = 0.005, limit: int = 16_000) -> None:
        self._interval = interval
        self._limit = limit
        self._left_at = float("-inf")
        self._held: BaseEvent | None = None
        self._texts: list[str] = []
        self._characters = 0

    @property
    def due(self) -> float | None:
        """The monotonic second at which `flush` is owed, or None while nothing is held."""
        return None if self._held is None else self._left_at + self._interval

    def push(self, event: BaseEvent, now: float) -> list[BaseEvent]:
        """What leaves now, in order, because `event` came."""
        key = delta_key(event)
        if key is None:
            return [*self.flush(now), event]
        delta: str = cast("Any", event).delta
        fits = self._characters + len(delta) <= self._limit
        if self._held is not None and delta_key(self._held) == key and fits:
            self._texts.append(delta)
            self._characters += len(delta)
            return self.flush(now) if now >= self._left_at + self._interval else []
        leaving = self.flush(now)
        if not leaving and now >= self._left_at + self._interval:
            self._left_at = now
            return [event]
        self._held = event
        self._texts = [delta]
        self._characters = len(delta)
        return leaving

    def flush(self, now: float) -> list[BaseEvent]:
        """What is held, as one event."""
        if self._held is None:
            return []
        merged = self._held.model_copy(update={"delta": "".join(self._texts)})
        self._held = None
        self._texts = []
        self._left_at = now
        return [merged]
