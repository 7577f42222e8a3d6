"""POST agui, byte by byte: refusals before the stream, then the run's own events, as often as they are asked for."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from .client import Client, Frame
from .conftest import calls, question, says


@pytest.fixture
def agent_config(agent_config, tmp_path) -> dict[str, Any]:
    return {**agent_config, "model": f"scripted:{tmp_path / 'script.json'}", "heartbeat": 0.1}


@pytest.fixture
def script(tmp_path):
    """Says what the model does, turn by turn."""

    def write(*turns: list[dict[str, Any]]) -> None:
        (tmp_path / "script.json").write_text(json.dumps({"turns": turns}))

    return write


def calling(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"call": {"name": tool, "id": f"call-{uuid4().hex[:8]}", "arguments": arguments}}


def carries_on(run: str, **more: Any) -> dict[str, Any]:
    """A body that brings answers, no message."""
    return {"threadId": "thread-1", "runId": run, "messages": [], **more}


async def told(client: Client, body: dict[str, Any]) -> list[Frame]:
    return await (await client.stream("agui", body=body)).rest()


async def test_the_stream_is_the_run_s_own(client, play):
    play(says("Hello there"))
    stream = await client.stream("agui", body=question(run="run-1"), headers={"Accept": "text/event-stream"})
    frames = await stream.rest()
    assert stream.headers["content-type"] == "text/event-stream"
    assert stream.headers["cache-control"] == "no-store, no-transform"
    assert [frame.kind for frame in frames][::4] == ["RUN_STARTED", "TEXT_MESSAGE_END"]
    assert frames[-1].data["outcome"] == {"type": "success"}
    assert frames == await (await client.stream("runs/run-1/events")).rest()
    assert all("\r" not in block for block in stream.blocks)


async def test_signs_of_life_are_comments(client, play):
    play(says("Hello")[0], "hang")
    stream = await client.stream("agui", body=question(run="run-1"))
    await stream.until("TEXT_MESSAGE_START")
    assert [await stream._block() for _ in range(2)] == [": beat", ": beat"]
    await client.request("DELETE", "runs/run-1")


async def test_what_does_not_fit_is_refused_before_the_stream_begins(client, play):
    play("hang")
    assert (await client.post("agui", question() | {"threadId": 7})).problem[:2] == (400, "field")
    assert (await client.post("agui", carries_on("run-0"))).problem == (
        400,
        "field",
        "messages: there is no new user message to answer.",
    )
    tools = [{"name": "read_notebook", "description": ""}]
    assert (await client.post("agui", question() | {"tools": tools})).json["field"] == "tools.0.name"
    answered = [{"interruptId": "made-up", "status": "resolved", "payload": {"approved": True}}]
    assert (await client.post("agui", carries_on("run-0", resume=answered))).problem[:2] == (404, "unknown-request")
    going_on = await client.stream("agui", body=question(run="run-1"))
    await going_on.until("RUN_STARTED")
    busy = await client.post("agui", question(run="run-2"))
    assert (busy.problem[:2], busy.json["runId"]) == ((409, "run-going-on"), "run-1")
    other = await client.post("agui", question("Something else", run="run-1"))
    assert other.problem[:2] == (409, "other-body")
    await client.request("DELETE", "runs/run-1")


async def test_leaving_stops_nothing_and_the_same_body_again_tells_it_all(client, play):
    agent = play(says("One two three")[:2], "hang")
    body = question(run="run-1")
    first = await client.stream("agui", body=body)
    head = await first.until("TEXT_MESSAGE_CONTENT")
    first.leave()
    again = await client.stream("agui", body=body)
    assert [frame.id for frame in await again.until("TEXT_MESSAGE_CONTENT")] == [frame.id for frame in head]
    later = await client.stream("agui", body=body, headers={"Last-Event-ID": head[1].id})
    assert (await later.until("TEXT_MESSAGE_CONTENT"))[0].seq == head[2].seq
    assert (await client.get("runs/run-1")).json["status"] == "running"
    await client.request("DELETE", "runs/run-1")
    whole = await told(client, body)  # a finished run, once more
    assert [frame.kind for frame in whole][-2:] == ["TEXT_MESSAGE_END", "RUN_FINISHED"]
    assert len(agent.contexts) == 1


async def test_a_tool_of_the_client_is_pending_and_its_result_starts_the_next_run(client, script):
    script([calling("paint", colour="red")], [{"expect": "It is red."}, {"text": "Painted."}])
    tools = [{"name": "paint", "description": "Paint it.", "parameters": {"type": "object", "properties": {}}}]
    frames = await told(client, question(run="run-1") | {"tools": tools})
    [call] = frames[-1].data["outcome"]["pendingToolCallIds"]
    assert (await client.get("runs/run-1")).json["outcome"] == "success"

    brought = [{"id": "result-1", "role": "tool", "toolCallId": call, "content": "It is red."}]
    frames = await told(client, carries_on("run-2") | {"messages": brought})

    assert frames[0].data["parentRunId"] == "run-1"
    assert "".join(frame.data.get("delta", "") for frame in frames) == "Painted."
    thread = (await client.get("threads/thread-1")).json
    assert [message["role"] for message in thread["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert thread["requests"] == []


async def test_the_same_tool_is_waited_for_where_runs_wait(client, script):
    script([calling("paint", colour="red")], [{"expect": "It is red."}, {"text": "Painted."}])
    tools = [{"name": "paint", "description": "Paint it."}]
    await client.post("runs", question(run="run-1") | {"tools": tools})
    stream = await client.stream("runs/run-1/events")
    asked = (await stream.until("input_requested"))[-1].data["value"]
    assert (asked["kind"], asked["exact"]["arguments"]) == ("tool", {"colour": "red"})
    given = {"requestId": asked["requestId"], "result": "It is red."}
    answered = await client.post("runs/run-1/inputs", given)
    assert (answered.status, answered.json) == (202, {"runId": "run-1"})
    assert [frame.kind for frame in await stream.rest()][:2] == ["input_resolved", "TOOL_CALL_RESULT"]
    assert (await client.post("runs/run-1/inputs", given)).problem[:2] == (409, "request-answered")


async def test_an_answer_and_a_message_reach_the_model_in_this_order(client, script):
    script([calling("paint")], [{"expect": "Red.\nAnd now blue."}, {"text": "Blue."}])
    tools = [{"name": "paint", "description": "Paint it."}]
    frames = await told(client, question(run="run-1") | {"tools": tools})
    [call] = frames[-1].data["outcome"]["pendingToolCallIds"]
    both = [
        {"id": "result-1", "role": "tool", "toolCallId": call, "content": "Red."},
        {"id": "message-2", "role": "user", "content": "And now blue."},
    ]
    frames = await told(client, carries_on("run-2") | {"messages": both})
    assert "".join(frame.data.get("delta", "") for frame in frames) == "Blue."


async def test_what_the_client_shows_is_told_to_the_model_and_its_state_is_not_used(client, play):
    agent = play(says("Yes."))
    context = [{"description": "What the page shows", "value": "Penguins"}]
    await told(client, question(run="run-1") | {"context": context, "state": {"secret": 1}})
    assert [(item.description, item.value) for item in agent.contexts[0].context] == [
        ("What the page shows", "Penguins")
    ]
    body = (await client.get("capabilities")).json
    assert body["tools"]["clientProvided"] is True
    assert body["humanInTheLoop"]["interrupts"] is True
    assert body["state"] == {"snapshots": False, "deltas": False, "memory": False, "persistentState": False}


async def test_an_error_of_the_run_is_its_last_event(client, play):
    play(calls("fly"), RuntimeError("secret"))
    frames = await told(client, question(run="run-1"))
    assert [frame.kind for frame in frames][-2:] == ["TOOL_CALL_RESULT", "RUN_ERROR"]
    assert frames[-1].data["code"] == "internal"
    assert "secret" not in json.dumps(frames[-1].data)
