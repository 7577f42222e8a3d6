"""OpenAI's Chat Completions, which Ollama, vLLM, LM Studio and most gateways speak too."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_ai.messages import UserContent

from ..played import Text, Thought, ToolUse
from .reading import Reading, Words, listed, picture, result_text
from .wire import Asked, Refused, Stop, Trouble, Why, Wire, compact, fragments, frame, name, tokens

_WORDS = Words(
    unanswered="An assistant message with 'tool_calls' must be followed by tool messages responding to each "
    "'tool_call_id'. The following tool_call_ids did not have response messages: {id}",
    unasked="Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
    "'tool_calls'.",
    twice="Duplicate value for 'tool_call_id' of '{id}'.",
    odd="Invalid 'tool_calls': '{id}' does not match pattern. Expected a string that matches the pattern '{pattern}'.",
    ids=re.compile(r".{1,40}"),
)
_CONTEXT = (
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 131072 tokens. "
    "Please reduce the length of the messages."
)


def read(body: Mapping[str, Any]) -> Asked:
    reading = Reading(_WORDS)
    for at, message in enumerate(listed(body, "messages")):
        match message:
            case {"role": "system" | "developer", "content": content}:
                for text in _contents(content):
                    reading.system(str(text))
            case {"role": "user", "content": content}:
                reading.user(_contents(content))
            case {"role": "assistant"}:
                reading.answered()
                _assistant(reading, message, at)
            case {"role": "tool", "tool_call_id": str(call_id), "content": content}:
                text, failed = result_text("".join(map(str, _contents(content))))
                reading.result(call_id, text, failed=failed)
            case _:
                raise Refused(f"Invalid value: 'messages[{at}]'.", param=f"messages[{at}]")
    return Asked(
        model=str(body.get("model", "")),
        messages=reading.done(),
        tools=frozenset(str(tool["function"]["name"]) for tool in body.get("tools") or ()),
        stream=body.get("stream") is True,
        count=(body.get("stream_options") or {}).get("include_usage") is True,
        size=tokens(compact(body["messages"])) + tokens(compact(body.get("tools") or [])),
    )


def _assistant(reading: Reading, message: Mapping[str, Any], at: int) -> None:
    calls = message.get("tool_calls")
    if calls == []:
        raise Refused(f"Invalid 'messages[{at}].tool_calls': empty array.", param=f"messages[{at}].tool_calls")
    if not calls and message.get("content") is None:
        raise Refused(f"Invalid value for 'content': expected a string, got null in messages[{at}].")
    thought = message.get("reasoning_content") or message.get("reasoning")
    if thought:
        reading.thought(str(thought))
    for text in _contents(message.get("content") or []):
        reading.text(str(text))
    for call in calls or ():
        reading.call(str(call["id"]), str(call["function"]["name"]), str(call["function"]["arguments"]))


def _contents(content: Any) -> list[UserContent]:
    if isinstance(content, str):
        return [content]
    found: list[UserContent] = []
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                found.append(text)
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                found.append(picture(url))
            case _:
                raise Refused("Invalid content part.", param="messages")
    return found


class Writer:
    """Every frame is a chat.completion.chunk."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._id, self._created = name("chatcmpl-"), int(time.time())
        self._text, self._thought = "", ""
        self._calls: list[ToolUse] = []
        self._reason: str | None = None

    def start(self) -> Iterator[bytes]:
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})

    def write(self, piece: Text | Thought | ToolUse) -> Iterator[bytes]:
        match piece:
            case Text(text=text):
                self._text += text
                yield self._chunk({"content": text})
            case Thought(text=text):
                self._thought += text
                yield self._chunk({"reasoning_content": text})
            case ToolUse(arguments=arguments):
                at = len(self._calls)
                self._calls.append(piece)
                yield self._chunk({"tool_calls": [{"index": at, **_call(piece, "")}]})
                for text in fragments(arguments):
                    yield self._chunk({"tool_calls": [{"index": at, "function": {"arguments": text}}]})

    def end(self, stop: Stop) -> Iterator[bytes]:
        self._reason = "tool_calls" if stop == "stop" and self._calls else stop
        yield self._chunk({}, self._reason)
        if self._asked.count:
            yield frame({**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage()})
        yield frame("[DONE]")

    def failed(self, trouble: Trouble) -> bytes:
        return frame(trouble.body)

    def ping(self) -> bytes:
        return b": keep-alive\n\n"

    def usual(self, data: str) -> bytes:
        return frame(data)

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": self._text or None, "refusal": None}
        if self._thought:
            message["reasoning_content"] = self._thought
        if self._calls:
            message["tool_calls"] = [_call(call, call.arguments) for call in self._calls]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage()}

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        head = self._head("chat.completion.chunk")
        # With `include_usage` every chunk but the last has an empty one.
        return frame({**head, "choices": [choice], **({"usage": None} if self._asked.count else {})})

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": kind,
            "created": self._created,
            "model": self._asked.model,
            "service_tier": "default",
            "system_fingerprint": "fp_fake",
        }

    def _usage(self) -> dict[str, Any]:
        thought = tokens(self._thought)
        output = thought + tokens(self._text) + sum(tokens(call.tool + call.arguments) for call in self._calls)
        return {
            "prompt_tokens": self._asked.size,
            "completion_tokens": output,
            "total_tokens": self._asked.size + output,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": thought,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


def _call(call: ToolUse, arguments: str) -> dict[str, Any]:
    return {"id": call.call_id, "type": "function", "function": {"name": call.tool, "arguments": arguments}}


_TROUBLES: dict[Why, tuple[int, str, str | None, str]] = {
    "key": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "model": (404, "invalid_request_error", "model_not_found", "The model does not exist or you do not have access."),
    "context": (400, "invalid_request_error", "context_length_exceeded", _CONTEXT),
    "rate": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests. Please try again in 1s."),
    "quota": (
        429,
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan.",
    ),
    "server": (500, "server_error", None, "The server had an error while processing your request. Sorry about that!"),
    "unavailable": (503, "server_error", None, "Service unavailable."),
    "overloaded": (503, "server_error", "server_is_overloaded", "The engine is currently overloaded."),
}


def trouble(why: Why) -> Trouble:
    status, kind, code, message = _TROUBLES[why]
    return error(status, kind, message, code=code)


def error(status: int, kind: str, message: str, *, code: str | None = None, param: str | None = None) -> Trouble:
    return Trouble(status=status, body={"error": {"message": message, "type": kind, "param": param, "code": code}})


def refusal(refused: Refused) -> Trouble:
    return error(400, "invalid_request_error", refused.message, param=refused.param)


CHAT = Wire(read=read, writer=Writer, trouble=trouble, refusal=refusal)
