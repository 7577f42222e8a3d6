"""Anthropic's Messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_ai.messages import UserContent

from ..played import Text, Thought, ToolUse
from .reading import Reading, Words, image, listed, picture
from .wire import Asked, Refused, Stop, Trouble, Why, Wire, compact, fragments, frame, name, seal, tokens

_WORDS = Words(
    unanswered="messages: `tool_use` ids were found without `tool_result` blocks immediately after: {id}. Each "
    "`tool_use` block must have a corresponding `tool_result` block in the next message.",
    unasked="messages: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must "
    "have a corresponding `tool_use` block in the previous message.",
    twice="messages: `tool_use` ids must be unique: {id}",
    odd="messages: tool_use: {id}: String should match pattern '^{pattern}$'",
    ids=re.compile(r"[a-zA-Z0-9_-]+"),
)


def read(body: Mapping[str, Any]) -> Asked:
    if not isinstance(body.get("max_tokens"), int):
        raise Refused("max_tokens: Field required")
    reading = Reading(_WORDS)
    for block in _blocks(body.get("system") or []):
        reading.system(_text(block))
    for at, message in enumerate(listed(body, "messages")):
        role, blocks = message.get("role"), _blocks(message.get("content"))
        if role not in ("user", "assistant"):
            raise Refused(f"messages.{at}.role: Input should be 'user' or 'assistant'")
        if at == 0 and role == "assistant":
            raise Refused('messages: first message must use the "user" role')
        if not blocks:
            raise Refused(f"messages.{at}: all messages must have non-empty content")
        (_user if role == "user" else _assistant)(reading, blocks)
    return Asked(
        model=str(body.get("model", "")),
        messages=reading.done(),
        tools=frozenset(str(tool["name"]) for tool in body.get("tools") or ()),
        stream=body.get("stream") is True,
        count=True,
        size=tokens(compact(body["messages"])) + tokens(compact([body.get("system"), body.get("tools")])),
    )


def _user(reading: Reading, blocks: list[Any]) -> None:
    rest: list[UserContent] = []
    for block in blocks:
        match block:
            case {"type": "tool_result", "tool_use_id": str(call_id)}:
                if rest:
                    reading.answered()
                text = "".join(map(_text, _blocks(block.get("content") or [])))
                reading.result(call_id, text, failed=block.get("is_error") is True)
            case {"type": "image", "source": {"type": "base64", "media_type": str(kind), "data": str(data)}}:
                rest.append(image(kind, data))
            case {"type": "image", "source": {"type": "url", "url": str(url)}}:
                rest.append(picture(url))
            case _:
                rest.append(_text(block))
    reading.answered()
    if rest:
        reading.user(rest)


def _assistant(reading: Reading, blocks: list[Any]) -> None:
    for block in blocks:
        match block:
            case {"type": "thinking", "thinking": str(text), "signature": signature}:
                if signature != seal(text):
                    raise Refused("messages: Invalid `signature` in `thinking` block")
                reading.thought(text)
            case {"type": "tool_use", "id": str(call_id), "name": str(tool), "input": dict(given)}:
                reading.call(call_id, tool, json.dumps(given, ensure_ascii=False))
            case {"type": "tool_use"}:
                raise Refused("messages: tool_use.input: Input should be a valid dictionary")
            case _:
                reading.text(_text(block))


def _blocks(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise Refused("messages: content: Field required")
    return content


def _text(block: Any) -> str:
    match block:
        case {"type": "text", "text": ""}:
            raise Refused("messages: text content blocks must be non-empty")
        case {"type": "text", "text": str(text)} if not text.strip():
            raise Refused("messages: text content blocks must contain non-whitespace text")
        case {"type": "text", "text": str(text)}:
            return text
        case _:
            raise Refused(f"messages: content: Input tag {block.get('type')!r} found using 'type' does not match")


class Writer:
    """A block at a time; it is closed when another begins or the answer ends."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._id = name("msg_")
        self._content: list[dict[str, Any]] = []
        self._open = False
        self._reason: str | None = None

    def start(self) -> Iterator[bytes]:
        yield _event("message_start", message=self._message([], {"output_tokens": 1}))

    def write(self, piece: Text | Thought | ToolUse) -> Iterator[bytes]:
        match piece:
            case Text(text=text):
                yield from self._block("text", {"type": "text", "text": ""})
                self._content[-1]["text"] += text
                yield self._delta({"type": "text_delta", "text": text})
            case Thought(text=text):
                yield from self._block("thinking", {"type": "thinking", "thinking": "", "signature": ""})
                self._content[-1]["thinking"] += text
                yield self._delta({"type": "thinking_delta", "thinking": text})
            case ToolUse(tool=tool, arguments=arguments, call_id=call_id):
                yield from self._block(None, {"type": "tool_use", "id": call_id, "name": tool, "input": {}})
                self._content[-1]["input"] = arguments
                for text in ["", *fragments(arguments)]:
                    yield self._delta({"type": "input_json_delta", "partial_json": text})

    def end(self, stop: Stop) -> Iterator[bytes]:
        yield from self._close()
        used = any(block["type"] == "tool_use" for block in self._content)
        reasons = {"stop": "tool_use" if used else "end_turn", "length": "max_tokens", "content_filter": "refusal"}
        self._reason = reasons[stop]
        delta = {"stop_reason": self._reason, "stop_sequence": None}
        yield _event("message_delta", delta=delta, usage={"output_tokens": self._output()})
        yield _event("message_stop")

    def failed(self, trouble: Trouble) -> bytes:
        return frame(trouble.body, "error")

    def ping(self) -> bytes:
        return _event("ping")

    def usual(self, data: str) -> bytes:
        return frame(data, "content_block_delta")

    def whole(self) -> dict[str, Any]:
        return self._message([_parsed(block) for block in self._content], {"output_tokens": self._output()})

    def _block(self, going_on: str | None, block: dict[str, Any]) -> Iterator[bytes]:
        """Make sure that a block of this kind is open."""
        if self._open and self._content[-1]["type"] == going_on:
            return
        yield from self._close()
        at = len(self._content)
        self._content.append(dict(block))
        self._open = True
        yield _event("content_block_start", index=at, content_block=block)
        if at == 0:
            yield self.ping()

    def _close(self) -> Iterator[bytes]:
        if not self._open:
            return
        last = self._content[-1]
        if last["type"] == "thinking":
            last["signature"] = seal(last["thinking"])
            yield self._delta({"type": "signature_delta", "signature": last["signature"]})
        self._open = False
        yield _event("content_block_stop", index=len(self._content) - 1)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return _event("content_block_delta", index=len(self._content) - 1, delta=delta)

    def _message(self, content: list[dict[str, Any]], used: dict[str, int]) -> dict[str, Any]:
        usage = {
            "input_tokens": self._asked.size,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            **used,
            "service_tier": "standard",
        }
        return {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._asked.model,
            "content": content,
            "stop_reason": self._reason,
            "stop_sequence": None,
            "usage": usage,
        }

    def _output(self) -> int:
        told = ("text", "thinking", "name", "input")
        return sum(tokens(str(block.get(key, ""))) for block in self._content for key in told)


def _event(kind: str, **rest: Any) -> bytes:
    return frame({"type": kind, **rest}, kind)


def _parsed(block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "input": json.loads(block["input"] or "{}")} if block["type"] == "tool_use" else block


_TROUBLES: dict[Why, tuple[int, str, str]] = {
    "key": (401, "authentication_error", "invalid x-api-key"),
    "model": (404, "not_found_error", "model: no such model"),
    "context": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "rate": (429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later."),
    "quota": (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    "server": (500, "api_error", "Internal server error"),
    "unavailable": (503, "api_error", "Service unavailable"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
}


def trouble(why: Why) -> Trouble:
    return error(*_TROUBLES[why])


def error(status: int, kind: str, message: str) -> Trouble:
    told = {"type": kind, "message": message}
    return Trouble(status=status, body={"type": "error", "error": told, "request_id": name("req_")})


def refusal(refused: Refused) -> Trouble:
    return error(400, "invalid_request_error", refused.message)


MESSAGES = Wire(read=read, writer=Writer, trouble=trouble, refusal=refusal)
