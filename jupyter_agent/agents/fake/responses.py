"""OpenAI's Responses."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_ai.messages import UserContent

from ..played import Text, Thought, ToolUse
from .chat import refusal
from .chat import trouble as chat_trouble
from .reading import Reading, Words, listed, picture, result_text
from .wire import Asked, Refused, Stop, Trouble, Why, Wire, compact, fragments, frame, name, seal, tokens

_WORDS = Words(
    unanswered="No tool output found for function call {id}.",
    unasked="No tool call found for function call output with call_id {id}.",
    twice="Duplicate item found with call_id {id}. Remove duplicate items from your input and try again.",
    odd="Invalid 'input': '{id}' does not match pattern. Expected a string that matches the pattern '{pattern}'.",
    ids=re.compile(r".{1,64}"),
)
_CONTEXT = "Your input exceeds the context window of this model. Please adjust your input and try again."


def read(body: Mapping[str, Any]) -> Asked:
    reading = Reading(_WORDS)
    if body.get("instructions"):
        reading.system(str(body["instructions"]))
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else listed(body, "input")
    for at, item in enumerate(items):
        _item(reading, item, items[at + 1] if at + 1 < len(items) else {})
    return Asked(
        model=str(body.get("model", "")),
        messages=reading.done(),
        tools=frozenset(str(tool["name"]) for tool in body.get("tools") or ()),
        stream=body.get("stream") is True,
        count=True,
        size=tokens(compact(items)) + tokens(compact([body.get("instructions"), body.get("tools")])),
    )


def _item(reading: Reading, item: Mapping[str, Any], following: Mapping[str, Any]) -> None:
    match item:
        case {"role": "system" | "developer", "content": content}:
            for text in _contents(content):
                reading.system(str(text))
        case {"role": "user", "content": content}:
            reading.user(_contents(content))
        case {"role": "assistant", "content": content}:
            for text in _contents(content):
                reading.text(str(text))
        case {"type": "reasoning", "id": str(item_id), "summary": list(summary)}:
            if following.get("type") not in ("reasoning", "function_call") and following.get("role") != "assistant":
                raise Refused(f"Item '{item_id}' of type 'reasoning' was provided without its required following item.")
            text = "".join(str(part["text"]) for part in summary)
            if item.get("encrypted_content") not in (None, seal(text)):
                raise Refused(f"The encrypted content for item {item_id} could not be verified.")
            reading.thought(text)
        case {"type": "function_call", "call_id": str(call_id), "name": str(tool), "arguments": str(arguments)}:
            reading.call(call_id, tool, arguments)
        case {"type": "function_call_output", "call_id": str(call_id), "output": output}:
            text, failed = result_text("".join(map(str, _contents(output))))
            reading.result(call_id, text, failed=failed)
        case _:
            raise Refused("Invalid value in 'input'.", param="input")


def _contents(content: Any) -> list[UserContent]:
    if isinstance(content, str):
        return [content]
    found: list[UserContent] = []
    for part in content:
        match part:
            case {"type": "input_text" | "output_text", "text": str(text)}:
                found.append(text)
            case {"type": "input_image", "image_url": str(url)}:
                found.append(picture(url))
            case _:
                raise Refused("Invalid content part.", param="input")
    return found


class Writer:
    """An item at a time; it is closed when another begins or the answer ends. Every event has the next number."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._id, self._created = name("resp_"), int(time.time())
        self._items: list[dict[str, Any]] = []
        self._open = False
        self._number = 0
        self._end: dict[str, Any] = {"status": "in_progress", "incomplete_details": None}

    def start(self) -> Iterator[bytes]:
        yield self._event("response.created", response=self.whole())
        yield self._event("response.in_progress", response=self.whole())

    def write(self, piece: Text | Thought | ToolUse) -> Iterator[bytes]:
        match piece:
            case Text(text=text):
                yield from self._begin_message()
                self._items[-1]["content"][0]["text"] += text
                yield self._part("response.output_text.delta", content_index=0, delta=text, logprobs=[])
            case Thought(text=text):
                yield from self._begin_thought()
                self._items[-1]["summary"][0]["text"] += text
                yield self._part("response.reasoning_summary_text.delta", summary_index=0, delta=text)
            case ToolUse(tool=tool, arguments=arguments, call_id=call_id):
                item = {"id": name("fc_"), "type": "function_call", "status": "in_progress", "arguments": ""}
                yield from self._begin({**item, "call_id": call_id, "name": tool})
                self._items[-1]["arguments"] = arguments
                for text in fragments(arguments):
                    yield self._part("response.function_call_arguments.delta", delta=text)

    def end(self, stop: Stop) -> Iterator[bytes]:
        whole = stop == "stop"
        yield from self._close("completed" if whole else "incomplete")
        if whole:
            self._end["status"] = "completed"
        else:
            reason = {"length": "max_output_tokens"}.get(stop, stop)
            self._end = {"status": "incomplete", "incomplete_details": {"reason": reason}}
        yield self._event(f"response.{self._end['status']}", response=self.whole())

    def failed(self, trouble: Trouble) -> bytes:
        error = trouble.body["error"]
        return self._event("error", code=error["code"] or error["type"], message=error["message"], param=None)

    def ping(self) -> bytes:
        return b": keep-alive\n\n"

    def usual(self, data: str) -> bytes:
        return frame(data, "response.output_text.delta")

    def whole(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "background": False,
            "error": None,
            **self._end,
            "instructions": None,
            "max_output_tokens": None,
            "metadata": {},
            "model": self._asked.model,
            "output": self._items if self._end["status"] != "in_progress" else [],
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "service_tier": "default",
            "store": True,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": self._usage() if self._end["status"] != "in_progress" else None,
        }

    def _begin_message(self) -> Iterator[bytes]:
        if self._open and self._items[-1]["type"] == "message":
            return
        item = {"id": name("msg_"), "type": "message", "status": "in_progress", "content": [], "role": "assistant"}
        yield from self._begin(item)
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
        self._items[-1]["content"] = [part]
        yield self._part("response.content_part.added", content_index=0, part=part)

    def _begin_thought(self) -> Iterator[bytes]:
        if self._open and self._items[-1]["type"] == "reasoning":
            return
        yield from self._begin({"id": name("rs_"), "type": "reasoning", "summary": []})
        part = {"type": "summary_text", "text": ""}
        self._items[-1]["summary"] = [part]
        yield self._part("response.reasoning_summary_part.added", summary_index=0, part=part)

    def _begin(self, item: dict[str, Any]) -> Iterator[bytes]:
        yield from self._close("completed")
        self._items.append(dict(item))
        self._open = True
        yield self._event("response.output_item.added", output_index=len(self._items) - 1, item=item)

    def _close(self, status: str) -> Iterator[bytes]:
        if not self._open:
            return
        self._open = False
        item = self._items[-1]
        match item:
            case {"type": "message", "content": [part]}:
                yield self._part("response.output_text.done", content_index=0, text=part["text"], logprobs=[])
                yield self._part("response.content_part.done", content_index=0, part=part)
                item["status"] = status
            case {"type": "reasoning", "summary": [part]}:
                yield self._part("response.reasoning_summary_text.done", summary_index=0, text=part["text"])
                yield self._part("response.reasoning_summary_part.done", summary_index=0, part=part)
                item["encrypted_content"] = seal(part["text"])
            case _:
                yield self._part("response.function_call_arguments.done", arguments=item["arguments"])
                item["status"] = status
        yield self._event("response.output_item.done", output_index=len(self._items) - 1, item=item)

    def _part(self, kind: str, **rest: Any) -> bytes:
        """An event about the open item."""
        return self._event(kind, item_id=self._items[-1]["id"], output_index=len(self._items) - 1, **rest)

    def _event(self, kind: str, **rest: Any) -> bytes:
        told = frame({"type": kind, "sequence_number": self._number, **rest}, kind)
        self._number += 1
        return told

    def _usage(self) -> dict[str, Any]:
        thought = output = 0
        for item in self._items:
            match item:
                case {"type": "message", "content": [part]}:
                    output += tokens(part["text"])
                case {"type": "reasoning", "summary": [part]}:
                    thought += tokens(part["text"])
                case _:
                    output += tokens(item["name"] + item["arguments"])
        return {
            "input_tokens": self._asked.size,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": thought + output,
            "output_tokens_details": {"reasoning_tokens": thought},
            "total_tokens": self._asked.size + thought + output,
        }


def trouble(why: Why) -> Trouble:
    """As with Chat Completions, but for one sentence."""
    told = chat_trouble(why)
    if why == "context":
        told.body["error"]["message"] = _CONTEXT
    return told


RESPONSES = Wire(read=read, writer=Writer, trouble=trouble, refusal=refusal)
