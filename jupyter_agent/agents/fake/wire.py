"""What the wires have in common: what is asked, how an answer is told, and what can be wrong with either."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import uuid4

from pydantic_ai.messages import ModelMessage

from ..played import Text, Thought, ToolUse

FRAGMENT = 16
"""Characters of a call's arguments in one frame."""

Why = Literal["key", "model", "context", "rate", "quota", "server", "unavailable", "overloaded"]
Stop = Literal["stop", "length", "content_filter"]


class Refused(Exception):
    """The request does not fit, in the words of the provider whose wire this is."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, read."""

    model: str
    messages: list[ModelMessage]
    tools: frozenset[str]
    stream: bool
    count: bool
    """Whether the client wants to know, at the end of a stream, what was used."""
    size: int
    """Tokens of it, more or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An error as a provider tells it."""

    status: int
    body: dict[str, Any]


class Writer(Protocol):
    """One answer, told in frames: bytes that are written at once. It remembers what it has told."""

    def start(self) -> Iterator[bytes]: ...

    def write(self, piece: Text | Thought | ToolUse) -> Iterator[bytes]: ...

    def end(self, stop: Stop) -> Iterator[bytes]:
        """Close what is open and say how it ended."""
        ...

    def failed(self, trouble: Trouble) -> bytes:
        """An error in the middle."""
        ...

    def ping(self) -> bytes: ...

    def usual(self, data: str) -> bytes:
        """A frame of the most usual kind around any data."""
        ...

    def whole(self) -> dict[str, Any]:
        """The answer for who does not want a stream. After `end`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One provider's way to speak."""

    read: Callable[[Mapping[str, Any]], Asked]
    """Raises Refused, as strictly as the real one does."""
    writer: Callable[[Asked], Writer]
    trouble: Callable[[Why], Trouble]
    refusal: Callable[[Refused], Trouble]


def frame(data: Any, event: str | None = None) -> bytes:
    """One server-sent event. What cannot be encoded (half a character) is escaped, as JSON allows."""
    text = data if isinstance(data, str) else compact(data)
    return (f"event: {event}\n" if event else "").encode() + f"data: {text}\n\n".encode()


def compact(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":"))
    return text


def fragments(text: str) -> list[str]:
    return [text[at : at + FRAGMENT] for at in range(0, len(text), FRAGMENT)]


def tokens(text: str) -> int:
    """About as many as a real one would count."""
    return (len(text) + 3) // 4


def name(prefix: str) -> str:
    return f"{prefix}{uuid4().hex[:24]}"


def seal(text: str) -> str:
    """What proves that a thought is ours when it comes back."""
    return hashlib.sha256(b"fake" + text.encode("utf-8", "surrogatepass")).hexdigest()
