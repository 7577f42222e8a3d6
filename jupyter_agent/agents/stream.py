"""One response of a model, read part by part: what to say of it on the run's stream, and what stays of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

from ag_ui.core import (
    BaseEvent,
    ReasoningEndEvent,
    ReasoningMessageContentEvent,
    ReasoningMessageEndEvent,
    ReasoningMessageStartEvent,
    ReasoningStartEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
)
from pydantic_ai.messages import (
    ModelResponse,
    ModelResponsePart,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)

from ..core.errors import ModelError
from ..core.tool import Call
from .faults import BROKE_OFF

_HALF = "\ud800", "\udbff"
_ENDS = {
    "length": "The model reached the limit of what it may write at once, so the answer is incomplete.",
    "content_filter": "The model's provider stopped this answer because of its content rules.",
    "error": "The model's provider stopped this answer because of an error on its side.",
}


class Reading:
    """Follows one response. All calls of it name the message `message_id` as their parent.

    `used` holds the call ids of the thread; a model that gives none, or one that was there before, is given another.
    Parts that we have no word for are passed over. After `finish`: `calls` in the model's order, and `message()`.
    If `strict`, an answer is whole only if the provider gave a reason why it ended: calls of another are not made.
    """

    def __init__(self, message_id: str, used: set[str], *, strict: bool = False) -> None:
        self.message_id = message_id
        self._strict = strict
        self.calls: list[Call] = []
        self._used = used
        self._texts = 0
        self._blank = True
        """No text so far has anything in it."""
        self._text: str | None = None
        """Id of the text message that is open."""
        self._thoughts = 0
        self._thought: str | None = None
        self._names: dict[int, str] = {}
        """Part index -> the id under which its call is known. Calls stay open until the response is complete."""
        self._written: set[str] = set()
        """Calls whose arguments came as text that grows."""
        self._halves: dict[str, str] = {}
        self._response: ModelResponse | None = None

    @property
    def begun(self) -> int:
        """Calls that have begun."""
        return len(self._names)

    def take(self, event: Any) -> Iterator[BaseEvent]:
        """What one event of the model's stream says."""
        match event:
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                yield from self._say(text)
            case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text)):
                yield from self._think(text or "")
            case PartDeltaEvent(index=index, delta=ToolCallPartDelta(args_delta=text)):
                if isinstance(text, str) and index in self._names:
                    self._written.add(self._names[index])
                    yield from self._argue(self._names[index], text)
            case PartStartEvent(part=TextPart(content=text)):
                yield from self._say(text)
            case PartStartEvent(part=ThinkingPart(content=text)):
                yield from self._hush()
                yield from self._think(text)
            case PartStartEvent(index=index, part=ToolCallPart() as part):
                yield from self._hush()
                yield from self._begin(index, part)
            case PartEndEvent(part=ThinkingPart()):
                yield from self._hush()
            case _:
                pass

    def finish(self, response: ModelResponse) -> Iterator[BaseEvent]:
        """The stream is over. Raises ModelError, after all is closed, if the answer is not whole."""
        yield from self._hush()
        names = iter([self._names[index] for index in sorted(self._names)])
        parts: list[ModelResponsePart] = []
        for part in response.parts:
            match part:
                case TextPart(content=content):
                    parts.append(replace(part, content=without_surrogates(content)))
                case ToolCallPart(tool_name=tool, args=args):
                    call_id = next(names)
                    text = without_surrogates(
                        args if isinstance(args, str) else json.dumps(args or {}, ensure_ascii=False)
                    )
                    if call_id not in self._written:
                        yield from self._argue(call_id, text)
                    yield ToolCallEndEvent(tool_call_id=call_id)
                    self.calls.append(Call(call_id=call_id, name=tool, arguments=text))
                    parts.append(replace(part, args=_object(text), tool_call_id=call_id))
                case ThinkingPart(content=content):
                    parts.append(replace(part, content=without_surrogates(content)))
                case _:
                    parts.append(part)
        self._response = replace(response, parts=parts)
        self._must_be_whole(response)

    def message(self) -> ModelResponse:
        """The response as the next request tells it. Only after `finish`."""
        if self._response is None:
            raise ValueError("the response is not complete")
        return self._response

    def _must_be_whole(self, response: ModelResponse) -> None:
        if response.finish_reason in _ENDS:
            raise ModelError(_ENDS[response.finish_reason])
        reasons = response.provider_details or {}
        if response.state != "complete" or (self._strict and not reasons.get("finish_reason")):
            raise ModelError(BROKE_OFF)
        if not self.calls and self._blank:
            raise ModelError("The model answered with nothing. Try again, or put the question differently.")

    def _say(self, text: str) -> Iterator[BaseEvent]:
        text = self._whole("text", text)
        if not text:
            return
        if self._text is None:
            yield from self._hush()
            self._text = self.message_id if self._texts == 0 else f"{self.message_id}.{self._texts}"
            self._texts += 1
            yield TextMessageStartEvent(message_id=self._text, role="assistant")
        self._blank = self._blank and text.isspace()
        yield TextMessageContentEvent(message_id=self._text, delta=text)

    def _think(self, text: str) -> Iterator[BaseEvent]:
        text = self._whole("thought", text)
        if not text:
            return
        if self._thought is None:
            yield from self._hush()
            self._thought = f"{self.message_id}:thought:{self._thoughts}"
            self._thoughts += 1
            yield ReasoningStartEvent(message_id=self._thought)
            yield ReasoningMessageStartEvent(message_id=self._thought, role="reasoning")
        yield ReasoningMessageContentEvent(message_id=self._thought, delta=text)

    def _begin(self, index: int, part: ToolCallPart) -> Iterator[BaseEvent]:
        name = self._names[index] = self._fresh(part.tool_call_id)
        yield ToolCallStartEvent(tool_call_id=name, tool_call_name=part.tool_name, parent_message_id=self.message_id)
        if isinstance(part.args, str):
            self._written.add(name)
            yield from self._argue(name, part.args)

    def _argue(self, name: str, text: str) -> Iterator[BaseEvent]:
        text = self._whole(name, text)
        if text:
            yield ToolCallArgsEvent(tool_call_id=name, delta=text)

    def _hush(self) -> Iterator[BaseEvent]:
        """End the text or the thought that is open."""
        if self._text is not None:
            yield TextMessageEndEvent(message_id=self._text)
            self._text = None
        if self._thought is not None:
            yield ReasoningMessageEndEvent(message_id=self._thought)
            yield ReasoningEndEvent(message_id=self._thought)
            self._thought = None

    def _fresh(self, call_id: str) -> str:
        name = without_surrogates(call_id)
        if not name or name in self._used:
            name = f"call_{uuid4().hex}"
        self._used.add(name)
        return name

    def _whole(self, stream: str, text: str) -> str:
        """Text that can be encoded: a character that was cut in two between deltas waits for its second half."""
        half = self._halves.pop(stream, "")
        if not half and text.isascii():
            return text
        text = half + text
        if text and _HALF[0] <= text[-1] <= _HALF[1]:
            text, self._halves[stream] = text[:-1], text[-1]
        return without_surrogates(text)


def without_surrogates(text: str) -> str:
    """The text with split characters joined and halves replaced, so that it can always be encoded."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _object(text: str) -> str:
    """Arguments as they may stand in a history: providers refuse what is not a JSON object."""
    try:
        return text if isinstance(json.loads(text or "{}"), dict) else "{}"
    except ValueError:
        return "{}"
