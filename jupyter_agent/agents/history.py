"""A thread as a model is told of it: AG-UI messages become pydantic-ai's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from ag_ui.core import AssistantMessage, ImagePart, Message, ToolMessage, UserMessage
from ag_ui.core import TextPart as AguiText
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from ..core.images import blob_id, media_type
from ..core.secrets import hide, hide_in_json
from ..core.tool import Call

Outcome = Literal["success", "failed", "denied", "interrupted"]

UNKNOWN = "Outcome unknown: it is not recorded whether this was done. Look before you try again."

_NOTHING: Mapping[str, BinaryContent] = {}
_OUTCOMES: dict[str, Outcome] = {"done": "success", "denied": "denied", "failed": "failed", "stopped": "interrupted"}


UNSEEN = "[An image that this model cannot see]"


def as_model_messages(
    history: Sequence[Message], *, resumed: bool = False, seen: Mapping[str, BinaryContent] = _NOTHING
) -> tuple[list[ModelMessage], list[Call]]:
    """The history for a model, and the calls that are still to be performed (only ever on a resumed run).

    Consecutive assistant messages are one response; each call has exactly one result, in the request after it. A call
    without one is closed as "outcome unknown", but for the last response of a resumed run: all calls of that one are
    given back, and no results of theirs are in the history. System and developer messages, reasoning and activities
    are left out. `seen` holds the images that the model is shown, by blob; in place of others stands a sentence.
    """
    return _Reader(history, seen).read(resumed)


async def pictures(
    history: Sequence[Message], blob: Callable[[str], Awaitable[bytes | None]]
) -> dict[str, BinaryContent]:
    """The images of a thread that are still there, by blob."""
    found: dict[str, BinaryContent] = {}
    for message in history:
        for part in message.content if isinstance(message, UserMessage) and isinstance(message.content, list) else ():
            name = blob_id(part) if isinstance(part, ImagePart) else None
            if name is None or name in found or (data := await blob(name)) is None:
                continue
            if (kind := media_type(data)) is not None:
                found[name] = BinaryContent(data=data, media_type=kind)
    return found


def veiled(message: ModelMessage) -> ModelMessage:
    """The message without values that look like secrets: it goes to somebody else's machine. Call it in a thread."""
    return replace(message, parts=[_veiled(part) for part in message.parts])  # type: ignore[arg-type]  # same kinds


def _veiled(part: Any) -> Any:
    match part:
        case UserPromptPart(content=list() as content):
            return replace(part, content=[hide(item) if isinstance(item, str) else item for item in content])
        case UserPromptPart(content=str(text)) | TextPart(content=text):
            return replace(part, content=hide(text))
        case ToolReturnPart(content=str(text)):
            return replace(part, content=hide_in_json(text))
        case ToolCallPart(args=str(text)):
            return replace(part, args=hide_in_json(text))
        case _:
            return part


def result_part(call: Call, content: str, status: str) -> ToolReturnPart:
    """What became of one call, for a model."""
    return ToolReturnPart(
        tool_name=call.name, content=content, tool_call_id=call.call_id, outcome=_OUTCOMES.get(status, "interrupted")
    )


class _Reader:
    def __init__(self, history: Sequence[Message], seen: Mapping[str, BinaryContent]) -> None:
        self._history = history
        self._seen_images = seen
        self._results = {m.tool_call_id: m for m in history if isinstance(m, ToolMessage)}
        self._messages: list[ModelMessage] = []
        self._response: list[TextPart | ToolCallPart] = []
        self._calls: list[Call] = []
        self._seen: set[str] = set()

    def read(self, resumed: bool) -> tuple[list[ModelMessage], list[Call]]:
        for message in self._history:
            match message:
                case UserMessage(content=content):
                    self._close()
                    self._request(UserPromptPart(content=self._prompt(content)))
                case AssistantMessage():
                    self._assistant(message)
                case ToolMessage():
                    # Its place is right after the response that made the call, wherever it stands in the thread. The
                    # last response stays open, in case that it is the one to be resumed.
                    pass
                case _:
                    pass
        pending = self._calls if resumed else []
        if pending:
            self._messages.append(ModelResponse(parts=list(self._response)))
        else:
            self._close()
        return self._messages, pending

    def _prompt(self, content: Any) -> str | list[str | BinaryContent]:
        """What a person sent: its text, with its images where the model is shown any."""
        if isinstance(content, str):
            return content
        parts: list[str | BinaryContent] = []
        for part in content:
            if isinstance(part, AguiText):
                parts.append(part.text)
            elif isinstance(part, ImagePart):
                parts.append(self._seen_images.get(blob_id(part) or "", UNSEEN))
        texts = [part for part in parts if isinstance(part, str)]
        return "\n".join(texts) if len(texts) == len(parts) else parts

    def _assistant(self, message: AssistantMessage) -> None:
        # A response that comes after the results of the calls before it is another one.
        if self._calls and self._answered_before(message):
            self._close()
        if message.content:
            self._response.append(TextPart(content=message.content))
        for call in message.tool_calls or ():
            if call.id in self._seen:
                continue
            self._seen.add(call.id)
            name, arguments = call.function.name, call.function.arguments
            self._calls.append(Call(call_id=call.id, name=name, arguments=arguments))
            self._response.append(ToolCallPart(tool_name=name, args=arguments, tool_call_id=call.id))

    def _answered_before(self, message: AssistantMessage) -> bool:
        """Whether results of the open response stand between it and `message`."""
        open_calls = {call.call_id for call in self._calls}
        for earlier in self._history:
            if earlier is message:
                return False
            if isinstance(earlier, ToolMessage) and earlier.tool_call_id in open_calls:
                return True
        return False

    def _close(self) -> None:
        """End the open response, and answer its calls."""
        if self._response:
            self._messages.append(ModelResponse(parts=list(self._response)))
        for call in self._calls:
            done = self._results.get(call.call_id)
            content = UNKNOWN if done is None else _text(done.content)
            self._request(result_part(call, content, "unknown" if done is None else _status(done)))
        self._response, self._calls = [], []

    def _request(self, part: UserPromptPart | ToolReturnPart) -> None:
        last = self._messages[-1] if self._messages else None
        if isinstance(last, ModelRequest):
            self._messages[-1] = ModelRequest(parts=[*last.parts, part])
        else:
            self._messages.append(ModelRequest(parts=[part]))


def _status(message: ToolMessage) -> str:
    ours = (message.metadata or {}).get("jupyter_agent")
    status = ours.get("status") if isinstance(ours, dict) else None
    return status if isinstance(status, str) else "failed" if message.error else "done"


def _text(content: Any) -> str:
    """The text of a message; pictures and files in it are passed over."""
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content or () if getattr(part, "type", None) == "text")
