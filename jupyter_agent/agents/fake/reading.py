"""What a client sends, told to a brain as pydantic-ai's messages; refuses the histories that real providers refuse."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_ai.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

from .wire import Refused

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a provider says what is wrong with the calls of a history. `{id}` stands for the call's."""

    unanswered: str
    unasked: str
    twice: str
    odd: str
    ids: re.Pattern[str]
    """What the id of a call may look like; `odd` is said of others, and of odd names of tools."""


class Reading:
    """Gathers messages; raises Refused where calls and results do not belong together."""

    def __init__(self, words: Words) -> None:
        self.messages: list[ModelMessage] = []
        self._words = words
        self._names: dict[str, str] = {}
        self._open: list[str] = []

    def system(self, text: str) -> None:
        self._ask(SystemPromptPart(content=text))

    def user(self, contents: list[UserContent]) -> None:
        """Text alone is told as text, however many pieces came; with pictures it stays one list."""
        self.answered()
        if all(isinstance(content, str) for content in contents):
            for content in contents:
                self._ask(UserPromptPart(content=content if isinstance(content, str) else ""))
        else:
            self._ask(UserPromptPart(content=contents))

    def text(self, text: str) -> None:
        self._respond(TextPart(content=text))

    def thought(self, text: str) -> None:
        self._respond(ThinkingPart(content=text))

    def call(self, call_id: str, tool: str, arguments: str) -> None:
        if call_id in self._names:
            raise Refused(self._words.twice.format(id=call_id))
        for text, pattern in ((call_id, self._words.ids), (tool, _NAME)):
            if not pattern.fullmatch(text):
                raise Refused(self._words.odd.format(id=text, pattern=pattern.pattern))
        self._respond(ToolCallPart(tool_name=tool, args=arguments, tool_call_id=call_id))
        self._names[call_id] = tool
        self._open.append(call_id)

    def result(self, call_id: str, text: str, *, failed: bool) -> None:
        if call_id not in self._open:
            raise Refused(self._words.unasked.format(id=call_id))
        self._open.remove(call_id)
        self._ask(
            ToolReturnPart(
                tool_name=self._names[call_id],
                content=text,
                tool_call_id=call_id,
                outcome="failed" if failed else "success",
            )
        )

    def done(self) -> list[ModelMessage]:
        self.answered()
        return self.messages

    def answered(self) -> None:
        """Every call so far has its result; else raises Refused."""
        if self._open:
            raise Refused(self._words.unanswered.format(id=", ".join(self._open)))

    def _ask(self, part: SystemPromptPart | UserPromptPart | ToolReturnPart) -> None:
        last = self.messages[-1] if self.messages else None
        if isinstance(last, ModelRequest):
            self.messages[-1] = ModelRequest(parts=[*last.parts, part])
        else:
            self.messages.append(ModelRequest(parts=[part]))

    def _respond(self, part: TextPart | ThinkingPart | ToolCallPart) -> None:
        last = self.messages[-1] if self.messages else None
        if not isinstance(last, ModelResponse):
            self.answered()
            last = ModelResponse(parts=[])
            self.messages.append(last)
        self.messages[-1] = ModelResponse(parts=[*last.parts, part])


def result_text(text: str) -> tuple[str, bool]:
    """What a tool said, and whether it failed: where a wire has no place for that, pydantic-ai sends {"error": …}."""
    try:
        told = json.loads(text)
    except ValueError:
        return text, False
    if isinstance(told, dict) and list(told) == ["error"] and isinstance(told["error"], str):
        return told["error"], True
    return text, False


def picture(url: str) -> UserContent:
    """An image from a data URL, or a reference to one. Raises Refused."""
    if not url.startswith("data:"):
        return ImageUrl(url=url)
    kind, _, data = url.removeprefix("data:").partition(";base64,")
    return image(kind, data)


def image(kind: str, data: str) -> UserContent:
    """An image from base64. Raises Refused."""
    try:
        return BinaryContent(data=base64.b64decode(data, validate=True), media_type=kind)
    except binascii.Error as error:
        raise Refused("You uploaded an unsupported image. Please make sure your image is valid.") from error


def listed(body: Mapping[str, Any], key: str) -> list[Any]:
    """The list of that name. Raises Refused."""
    value = body.get(key)
    if not isinstance(value, list) or not value:
        raise Refused(f"Missing required parameter: '{key}'.", param=key)
    return value
