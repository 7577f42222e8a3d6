"""Messages as every provider takes them: one that is refused for its form would end its conversation for ever."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

NOTHING = "(nothing)"
"""Stands where there is no text: Anthropic refuses blank ones."""
_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def acceptable(message: ModelMessage) -> ModelMessage:
    """The message, with blank texts, odd names of tools and odd ids of calls replaced.

    The names are those that a model made up; the ids, what another provider gave to its calls before the person changed
    the model. The same id is always replaced by the same.
    """
    match message:
        case ModelRequest(parts=parts):
            return replace(message, parts=[_asked(part) for part in parts])
        case ModelResponse(parts=parts):
            said = [_said(part) for part in parts if not (isinstance(part, TextPart) and not part.content.strip())]
            return replace(message, parts=said or [TextPart(content=NOTHING)])


def _asked(part: ModelRequestPart) -> ModelRequestPart:
    match part:
        case UserPromptPart(content=str(text)) if not text.strip():
            return replace(part, content=NOTHING)
        case UserPromptPart(content=content) if not isinstance(content, str):
            return replace(part, content=_not_blank(content))
        case ToolReturnPart(tool_name=name, tool_call_id=call_id, content=content):
            told: Any = NOTHING if isinstance(content, str) and not content.strip() else content
            return ToolReturnPart(tool_name=_name(name), tool_call_id=_id(call_id), content=told, outcome=part.outcome)
        case _:
            return part


def _said(part: ModelResponsePart) -> ModelResponsePart:
    match part:
        case ToolCallPart(tool_name=name, tool_call_id=call_id):
            given: Any = {"tool_name": _name(name), "tool_call_id": _id(call_id)}
            return replace(part, **given)
        case _:
            return part


def _not_blank(contents: Sequence[Any]) -> list[Any]:
    return [item for item in contents if not (isinstance(item, str) and not item.strip())] or [NOTHING]


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) else re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64] or "unknown"


def _id(call_id: str) -> str:
    if _ID.fullmatch(call_id):
        return call_id
    return f"call_{hashlib.sha256(call_id.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
