"""A thread: messages in order. It grows only by whole exchanges, and each exchange is folded from its run's events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ag_ui.core import (
    AssistantMessage,
    BaseEvent,
    FunctionCall,
    Message,
    ReasoningMessage,
    ReasoningMessageContentEvent,
    ReasoningMessageStartEvent,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCall,
    ToolCallArgsEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
    ToolMessage,
)

NOT_DONE = "Not done: the run ended before this call was carried out."
UNKNOWN = "Outcome unknown: the run ended while this was being carried out. Read the notebook before trying again."


class Exchange:
    """What one run adds to its thread: what its request brought, then all that its events say.

    `apply` takes events in the order of the log; the same events give the same messages, live or after a crash. A call
    of an earlier run counts only if it is named in `adopted`.
    """

    def __init__(self, adopted: Iterable[str] = ()) -> None:
        self._order: list[str] = []
        self._built: dict[str, Message] = {}
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[str, tuple[str, list[str]]] = {}
        self._parents: dict[str, list[str]] = {}
        self._known = set(adopted)

    def apply(self, event: BaseEvent) -> None:
        """Fold one event. Events that add nothing to the thread are passed over."""
        match event:
            case RunStartedEvent(input=given) if given is not None:
                for message in given.messages:
                    if not isinstance(message, ToolMessage) or message.tool_call_id in self._known:
                        self._add(message.id, message)
            case TextMessageStartEvent(message_id=name):
                self._add(name, AssistantMessage(id=name))
                self._texts[name] = []
            case TextMessageContentEvent(message_id=name, delta=delta):
                self._texts[name].append(delta)
            case TextMessageEndEvent(message_id=name, metadata=metadata) if metadata:
                self._built[name] = self._built[name].model_copy(update={"metadata": metadata})
            case ReasoningMessageStartEvent(message_id=name):
                self._add(name, ReasoningMessage(id=name, content=""))
                self._texts[name] = []
            case ReasoningMessageContentEvent(message_id=name, delta=delta):
                self._texts[name].append(delta)
            case ToolCallStartEvent(tool_call_id=call, tool_call_name=tool):
                parent = event.parent_message_id or f"{call}-message"
                if parent not in self._built:
                    self._add(parent, AssistantMessage(id=parent))
                self._calls[call] = (tool, [])
                self._parents.setdefault(parent, []).append(call)
                self._known.add(call)
            case ToolCallArgsEvent(tool_call_id=call, delta=delta):
                self._calls[call][1].append(delta)
            case ToolCallResultEvent(tool_call_id=call, message_id=name, content=content) if call in self._known:
                text = content if isinstance(content, str) else json.dumps(content, default=str)
                self._add(name, ToolMessage(id=name, tool_call_id=call, content=text, metadata=event.metadata))
            case _:
                pass

    def messages(self) -> list[Message]:
        """The exchange as it stands: whole AG-UI messages in the order in which they began."""
        return [message for name in self._order if (message := self._finished(name)) is not None]

    def _add(self, name: str, message: Message) -> None:
        if name not in self._built:
            self._order.append(name)
        self._built[name] = message

    def _finished(self, name: str) -> Message | None:
        message = self._built[name]
        if isinstance(message, AssistantMessage) and message.content is not None:
            return message  # a client brought it, whole
        text = "".join(self._texts.get(name, ()))
        if isinstance(message, ReasoningMessage):
            return message.model_copy(update={"content": text}) if text else None
        if not isinstance(message, AssistantMessage):
            return message
        calls = [
            ToolCall(
                id=call,
                function=FunctionCall(name=self._calls[call][0], arguments=_object("".join(self._calls[call][1]))),
            )
            for call in self._parents.get(name, ())
        ]
        if not text and not calls:
            return None
        return message.model_copy(update={"content": text or None, "tool_calls": calls or None})


def _object(arguments: str) -> str:
    """The arguments if they are a JSON object, else an empty one: providers refuse a history with anything else.

    What the model really wrote stays in the log, and the call's result says that it could not be read.
    """
    try:
        return arguments if isinstance(json.loads(arguments), dict) else "{}"
    except ValueError:
        return "{}"


def unanswered(messages: Sequence[Message]) -> list[str]:
    """Ids of calls that have no result, in the order they were made."""
    done = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    return [
        call.id
        for message in messages
        if isinstance(message, AssistantMessage)
        for call in message.tool_calls or ()
        if call.id not in done
    ]


def results_for(calls: Iterable[str], content: str, status: str) -> list[Message]:
    """One tool message for each call, with ids that follow from the calls', so that making them twice is harmless."""
    return [
        ToolMessage(
            id=f"{call}-result", tool_call_id=call, content=content, metadata={"jupyter_agent": {"status": status}}
        )
        for call in calls
    ]


def dump_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """AG-UI messages as JSON values, camelCase."""
    return [message.model_dump(mode="json", by_alias=True) for message in messages]
