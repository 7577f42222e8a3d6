"""Events and records to put into a store, made short to write."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from ag_ui.core import (
    AssistantMessage,
    BaseEvent,
    FunctionCall,
    Message,
    TextMessageContentEvent,
    ToolCall,
    ToolMessage,
    UserMessage,
)

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.events import encode
from jupyter_agent.core.log import Entry
from jupyter_agent.core.notebook import Change
from jupyter_agent.core.records import ActionRecord, Blob, LeaseRecord, RequestRecord, RunRecord


def text(delta: object) -> BaseEvent:
    return TextMessageContentEvent(message_id="m", delta=str(delta))


def entry(seq: int, run_id: str, event: BaseEvent, name: str | None = None) -> Entry:
    return Entry(seq=seq, run_id=run_id, type=event.type.value, name=name, data=encode(event))


def run(run_id: str, thread_id: str = "thread", owner: str = "ada", **other: Any) -> RunRecord:
    record = RunRecord(
        run_id=run_id,
        owner=owner,
        thread_id=thread_id,
        parent_run_id=None,
        instance="instance",
        body_hash="hash",
        input='{"messages":[]}',
        model="builtin",
        mode="manual",
        started_at=1_000,
    )
    return replace(record, **other)


def request(request_id: str, run_id: str, thread_id: str = "thread", owner: str = "ada") -> RequestRecord:
    return RequestRecord(
        request_id=request_id,
        run_id=run_id,
        thread_id=thread_id,
        owner=owner,
        kind="approval",
        tool_call_id=f"call of {request_id}",
        exact='{"code":"1/0"}',
        hash="sha256:00",
        risk="run",
        created_at=1_000,
        expires_at=601_000,
    )


def action(action_id: str, run_id: str, owner: str = "ada") -> ActionRecord:
    return ActionRecord(
        action_id=action_id,
        run_id=run_id,
        owner=owner,
        page_id="page",
        document_id="document",
        operation="insert",
        arguments='{"source":"1"}',
        expected_hash=None,
        created_at=1_000,
    )


def change(cell_id: str) -> Change:
    return Change(
        kind="replace",
        path="é.ipynb",
        cell_id=cell_id,
        position=3,
        type="code",
        before={"type": "code", "source": "a", "metadata": {"tags": []}, "outputs": [{"name": "stdout"}]},
        after={"type": "code", "source": "b", "metadata": {}, "outputs": []},
        source_hash="sha256:11",
    )


def lease(page_id: str, document_id: str, path: str = "a.ipynb", owner: str = "ada", until: int = 2_000) -> LeaseRecord:
    return LeaseRecord(
        owner=owner, page_id=page_id, document_id=document_id, path=path, taken_at=1_000, expires_at=until
    )


def blob(blob_id: str, data: bytes = b"\x00\xff", thread_id: str | None = "thread", owner: str = "ada") -> Blob:
    return Blob(blob_id=blob_id, owner=owner, thread_id=thread_id, content_type="image/png", data=data)


def asked(words: str, id: str = "u") -> Message:
    return UserMessage(id=id, content=words)


def answered(words: str, id: str = "a") -> Message:
    return AssistantMessage(id=id, content=words)


def exchange() -> list[Message]:
    """A question, a call, its result and an answer."""
    call = ToolCall(id="c1", function=FunctionCall(name="run_cell", arguments='{"code":"1"}'))
    return [
        UserMessage(id="m1", content="How many rows?"),
        AssistantMessage(id="m2", tool_calls=[call]),
        ToolMessage(id="m3", tool_call_id="c1", content="344"),
        AssistantMessage(id="m4", content="344 rows 🐧", metadata={"jupyter_agent": {"partial": False}}),
    ]


async def until_asleep(clock: ManualClock) -> None:
    """Let the loop turn until somebody sleeps by this clock."""
    while not clock._sleepers:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0)
