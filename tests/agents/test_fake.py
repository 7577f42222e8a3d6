"""The fake provider: what it writes is what the real ones' own libraries expect, and it is as strict as they are."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import anthropic.types
import anthropic.types.message
import httpx
import openai.types.responses
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import TypeAdapter
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.played import Piece, PlayedModel, Text
from jupyter_agent.agents.scripted import ScriptedModel
from tests.agents.wires import WIRES, models

PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "anthropic": "/v1/messages"}
EVENTS: dict[str, TypeAdapter[Any]] = {
    "chat": TypeAdapter(ChatCompletionChunk),
    "responses": TypeAdapter(openai.types.responses.ResponseStreamEvent),
    "anthropic": TypeAdapter(anthropic.types.RawMessageStreamEvent),
}
WHOLES: dict[str, TypeAdapter[Any]] = {
    "chat": TypeAdapter(ChatCompletion),
    "responses": TypeAdapter(openai.types.responses.Response),
    "anthropic": TypeAdapter(anthropic.types.Message),
}
PIXEL = base64.b64encode(b"\x89PNG").decode()
TURN: list[dict[str, Any]] = [
    {"reasoning": "Hm, ", "chunk": 2},
    {"text": "I look.", "chunk": 3},
    {"call": {"name": "look", "id": "a", "arguments": {"where": "at the \u00e9nd, and a little further"}}},
    {"call": {"name": "look", "id": "b"}},
    {"text": "Well."},
]


def body(wire: str, **more: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": "go"}]
    first = {"input": said} if wire == "responses" else {"messages": said}
    return {"model": "fake", "max_tokens": 100, **first, **more}


async def post(fake: FakeProvider, wire: str, asked: dict[str, Any], **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(fake.url + PATHS[wire], json=asked, headers=headers)


def data(text: str) -> list[str]:
    return [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]


@pytest.mark.parametrize("wire", WIRES)
async def test_every_event_is_one_that_the_providers_own_library_knows(wire: str) -> None:
    async with FakeProvider(ScriptedModel([TURN])) as fake:
        asked = body(wire, stream=True, stream_options={"include_usage": True})
        answer = await post(fake, wire, asked)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    told = [one for one in data(answer.text) if one not in ("[DONE]", '{"type":"ping"}')]
    for one in told:
        EVENTS[wire].validate_json(one, extra="ignore")
    assert len(told) >= 15


async def test_the_frames_of_chat_completions_are_these() -> None:
    turn: list[dict[str, Any]] = [
        {"text": "Hi", "chunk": 1},
        {"call": {"name": "look", "id": "a", "arguments": "{}"}},
    ]
    async with FakeProvider(ScriptedModel([turn])) as fake:
        answer = await post(fake, "chat", body("chat", stream=True, stream_options={"include_usage": True}))
    *chunks, last, done = data(answer.text)
    choices = [json.loads(chunk)["choices"][0] for chunk in chunks]
    call = {"id": "a", "type": "function", "function": {"name": "look", "arguments": ""}}
    assert [(choice["delta"], choice["finish_reason"]) for choice in choices] == [
        ({"role": "assistant", "content": "", "refusal": None}, None),
        ({"content": "H"}, None),
        ({"content": "i"}, None),
        ({"tool_calls": [{"index": 0, **call}]}, None),
        ({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, None),
        ({}, "tool_calls"),
    ]
    assert (json.loads(last)["choices"], json.loads(last)["usage"]["completion_tokens"], done) == ([], 3, "[DONE]")


async def test_the_events_of_responses_are_these() -> None:
    async with FakeProvider(ScriptedModel([TURN])) as fake:
        answer = await post(fake, "responses", body("responses", stream=True))
    events = [json.loads(one) for one in data(answer.text)]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert list(dict.fromkeys(event["type"].removeprefix("response.") for event in events)) == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "completed",
    ]


async def test_the_events_of_anthropic_are_these() -> None:
    turn: list[dict[str, Any]] = [{"reasoning": "Hm"}, {"call": {"name": "look", "id": "a", "arguments": "{}"}}]
    async with FakeProvider(ScriptedModel([turn])) as fake:
        answer = await post(fake, "anthropic", body("anthropic", stream=True))
    events = [json.loads(one) for one in data(answer.text)]
    assert [event.get("delta", {}).get("type", event["type"]) for event in events] == [
        "message_start",
        "content_block_start",
        "ping",
        "thinking_delta",
        "signature_delta",
        "content_block_stop",
        "content_block_start",
        "input_json_delta",
        "input_json_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


@pytest.mark.parametrize("wire", WIRES)
async def test_who_does_not_stream_gets_the_whole_answer(wire: str) -> None:
    async with FakeProvider(ScriptedModel([TURN])) as fake:
        answer = await post(fake, wire, body(wire))
    WHOLES[wire].validate_json(answer.text, extra="ignore")
    assert "I look." in answer.text
    assert "a little further" in answer.text


class Listening(PlayedModel):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__("listening")
        self.told: list[ModelMessage] = []
        self.tools: frozenset[str] = frozenset()

    async def play(self, messages: list[ModelMessage], tools: frozenset[str]) -> AsyncIterator[Piece]:
        self.told, self.tools = messages, tools
        yield Text(text="Yes.")


@pytest.mark.parametrize("wire", WIRES)
async def test_a_brain_is_told_what_the_client_told(wire: str) -> None:
    history: list[ModelMessage] = [
        ModelRequest(parts=[UserPromptPart(content="go")]),
        ModelResponse(
            parts=[
                TextPart(content="I look."),
                ToolCallPart(tool_name="look", args='{"at":1}', tool_call_id="a"),
                ToolCallPart(tool_name="read", args="{}", tool_call_id="b"),
            ]
        ),
        ModelRequest(
            parts=[
                ToolReturnPart(tool_name="look", content="one", tool_call_id="a"),
                ToolReturnPart(tool_name="read", content="It is gone. (gone)", tool_call_id="b", outcome="failed"),
                UserPromptPart(content="and?"),
                UserPromptPart(content="well?"),
            ]
        ),
        ModelResponse(parts=[TextPart(content="So.")]),
        ModelRequest(
            parts=[UserPromptPart(content=["see", BinaryContent(data=b"\x89PNG", media_type="image/png")])],
        ),
    ]
    brain = Listening()
    async with FakeProvider(brain, key="k") as fake, models(fake, key="k") as named:
        response = await named(wire).request(history, None, parameters("look", "read"))
    assert (response.text, sorted(brain.tools)) == ("Yes.", ["look", "read"])
    assert brief(brain.told) == brief(history)


def brief(messages: list[ModelMessage]) -> list[list[tuple[Any, ...]]]:
    said: list[list[tuple[Any, ...]]] = []
    for message in messages:
        parts: list[tuple[Any, ...]] = []
        for part in message.parts:
            match part:
                case UserPromptPart(content=str(text)):
                    parts.append(("user", text))
                case UserPromptPart(content=contents):
                    parts.append(
                        ("user", *[each.data if isinstance(each, BinaryContent) else each for each in contents])
                    )
                case TextPart(content=text) | ThinkingPart(content=text):
                    parts.append((part.part_kind, text))
                case ToolCallPart():
                    parts.append(("call", part.tool_call_id, part.tool_name, part.args_as_dict()))
                case ToolReturnPart():
                    parts.append(("result", part.tool_call_id, part.tool_name, part.content, part.outcome))
                case _:
                    pass
        said.append(parts)
    return said


def parameters(*tools: str) -> Any:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.tools import ToolDefinition

    schema = {"type": "object", "properties": {}}
    return ModelRequestParameters(
        function_tools=[ToolDefinition(name=tool, parameters_json_schema=schema) for tool in tools]
    )


def chat(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"model": "fake", "messages": [{"role": "user", "content": "go"}, *messages]}


def called(*names: str) -> dict[str, Any]:
    calls = [{"id": name, "type": "function", "function": {"name": "f", "arguments": "{}"}} for name in names]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def done(name: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": name, "content": "ok"}


def used(*names: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "tool_use", "id": n, "name": "f", "input": {}} for n in names]}


def came(*names: str, **more: Any) -> dict[str, Any]:
    results = [{"type": "tool_result", "tool_use_id": name, "content": "ok"} for name in names]
    return {"role": "user", "content": [*more.get("before", ()), *results]}


def anthropic_body(*messages: dict[str, Any]) -> dict[str, Any]:
    return {**chat(*messages), "max_tokens": 9}


def responses(*items: dict[str, Any]) -> dict[str, Any]:
    return {"model": "fake", "input": [{"role": "user", "content": "go"}, *items]}


CALL = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "a", "output": "ok"}
SO = {"type": "text", "text": "so"}


@pytest.mark.parametrize(
    ("wire", "asked", "words"),
    [
        ("chat", {"model": "fake", "messages": []}, "'messages'"),
        ("chat", chat(called("a")), "did not have response messages: a"),
        ("chat", chat(called("a", "b"), done("a")), "did not have response messages: b"),
        ("chat", chat(called("a"), {"role": "user", "content": "and?"}, done("a")), "must be followed by tool"),
        ("chat", chat(called("a"), {"role": "assistant", "content": "so"}, done("a")), "must be followed by tool"),
        ("chat", chat(done("a")), "must be a response to a preceeding message"),
        ("chat", chat(called("a"), done("a"), called("a"), done("a")), "Duplicate"),
        ("chat", chat({"role": "assistant", "content": None}), "expected a string, got null"),
        ("chat", chat({"role": "assistant", "content": "so", "tool_calls": []}), "empty array"),
        ("chat", chat({"role": "user", "content": [{"type": "what"}]}), "Invalid content part"),
        ("anthropic", chat(), "max_tokens: Field required"),
        ("anthropic", anthropic_body(used("a")), "without `tool_result` blocks immediately after: a"),
        ("anthropic", anthropic_body(used("a", "b"), came("a"), came("b")), "immediately after: b"),
        ("anthropic", anthropic_body(used("a"), came("a", before=[SO])), "immediately after: a"),
        ("anthropic", anthropic_body(came("a")), "unexpected `tool_use_id`"),
        ("anthropic", anthropic_body(used("a", "a"), came("a")), "must be unique"),
        ("chat", chat(called("a" * 41), done("a" * 41)), "does not match pattern"),
        ("anthropic", anthropic_body(used("a b"), came("a b")), "should match pattern"),
        ("anthropic", anthropic_body({"role": "assistant", "content": ""}), "must be non-empty"),
        ("anthropic", anthropic_body({"role": "assistant", "content": " \n"}), "non-whitespace"),
        ("anthropic", anthropic_body({"role": "assistant", "content": []}), "must have non-empty content"),
        ("anthropic", anthropic_body({"role": "tool", "content": "x"}), "should be 'user' or 'assistant'"),
        (
            "anthropic",
            anthropic_body(
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm", "signature": "x"}, SO]}
            ),
            "Invalid `signature`",
        ),
        ("responses", responses(CALL), "No tool output found for function call a"),
        ("responses", responses(OUTPUT), "No tool call found for function call output with call_id a"),
        ("responses", responses(CALL, OUTPUT, CALL, OUTPUT), "Duplicate"),
        ("responses", responses({"type": "reasoning", "id": "rs_1", "summary": []}), "required following item"),
        ("responses", {"model": "fake", "input": []}, "'input'"),
    ],
)
async def test_a_history_that_the_real_one_refuses_is_refused(wire: str, asked: dict[str, Any], words: str) -> None:
    async with FakeProvider(ScriptedModel([])) as fake:
        answer = await post(fake, wire, asked)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("wire", WIRES)
async def test_a_wrong_key_or_model_is_refused_as_the_real_one_does(wire: str) -> None:
    async with FakeProvider(ScriptedModel([[{"text": "Hi."}]]), key="right") as fake:
        answers = [
            await post(fake, wire, body(wire)),
            await post(fake, wire, body(wire), authorization="Bearer wrong"),
            await post(fake, wire, body(wire, model="other"), **{"x-api-key": "right"}),
            await post(fake, wire, body(wire), authorization="Bearer right"),
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 404, 200]
    kinds = [answer.json()["error"]["code" if wire != "anthropic" else "type"] for answer in answers[1:3]]
    assert kinds == (
        ["authentication_error", "not_found_error"] if wire == "anthropic" else ["invalid_api_key", "model_not_found"]
    )


async def test_models_are_listed_as_each_provider_lists_them() -> None:
    async with FakeProvider(ScriptedModel([]), models=["a", "b"]) as fake, httpx.AsyncClient() as client:
        ours = (await client.get(f"{fake.base_url}/models")).json()
        theirs = (await client.get(f"{fake.base_url}/models", headers={"anthropic-version": "2023-06-01"})).json()
        local = (await client.get(f"{fake.url}/api/tags")).json()
        nowhere = await client.post(f"{fake.base_url}/embeddings", json={})
    assert [model["id"] for model in ours["data"]] == ["a", "b"]
    assert [model["type"] for model in theirs["data"]] == ["model", "model"]
    assert [model["name"] for model in local["models"]] == ["a", "b"]
    assert (nowhere.status_code, nowhere.json()["error"]["message"]) == (404, "Invalid URL (POST /v1/embeddings)")


async def test_a_connection_is_used_again_and_all_are_closed_at_the_end() -> None:
    async with FakeProvider(ScriptedModel([[{"text": "Hi."}]])) as fake, httpx.AsyncClient() as client:
        for _ in range(3):
            await client.post(fake.url + PATHS["chat"], json=body("chat", stream=True))
        assert fake.open_connections == 1
        assert [(asked.path, asked.body["model"]) for asked in fake.requests] == [(PATHS["chat"], "fake")] * 3
        assert fake.closed_early == []
    assert fake.open_connections == 0


@pytest.mark.parametrize("before", [[{"text": "Well"}], []])
async def test_a_client_that_hangs_up_is_noticed(before: list[dict[str, Any]]) -> None:
    async with FakeProvider(ScriptedModel([[*before, {"hang": True}]])) as fake:
        asked = asyncio.ensure_future(post(fake, "chat", body("chat", stream=True)))
        await fake.until(lambda fake: len(fake.requests) == 1)
        assert fake.open_connections == 1
        asked.cancel()
        await fake.until(lambda fake: fake.open_connections == 0)
        assert fake.closed_early == fake.requests


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"POST /v1/messages HTTP/1.1\r\ncontent-length: x\r\n\r\n", b"G"]
)
async def test_what_is_no_request_is_not_answered(sent: bytes) -> None:
    async with FakeProvider(ScriptedModel([])) as fake:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(fake.url.rpartition(":")[2]))
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(("step", "words"), [({"error": "x"}, "had an error"), ({"expect": "x"}, "had an error")])
async def test_a_brain_that_fails_is_an_error_of_the_server(step: dict[str, Any], words: str) -> None:
    async with FakeProvider(ScriptedModel([[step]])) as fake:
        answer = await post(fake, "chat", body("chat", stream=True))
    assert (answer.status_code, words in answer.text) == (500, True)


def test_by_hand_it_says_how_to_use_it_and_ends_on_a_signal(tmp_path: Any) -> None:
    script = tmp_path / "story.json"
    script.write_text(json.dumps({"turns": [[{"text": "Hello."}]], "endless": True}), encoding="utf-8")
    group: dict[str, Any] = {}
    ending = signal.SIGTERM
    if sys.platform == "win32":
        group, ending = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}, signal.CTRL_BREAK_EVENT
    command = [sys.executable, "-m", "jupyter_agent.agents.fake", "--script", str(script), "--key", "k"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **group) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split()[0]
        assert f"OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY=k" in line
        answer = httpx.post(url + PATHS["chat"], json=body("chat"), headers={"authorization": "Bearer k"})
        assert answer.json()["choices"][0]["message"]["content"] == "Hello."
        process.send_signal(ending)
        assert process.wait(timeout=20) == 0


def test_a_script_that_is_not_there_is_told_in_words() -> None:
    command = [sys.executable, "-m", "jupyter_agent.agents.fake", "--script", os.devnull]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "The script of the scripted model cannot be read.\n")


async def test_a_port_that_is_taken_is_told_in_words() -> None:
    async with FakeProvider(ScriptedModel([])) as fake:
        port = fake.url.rpartition(":")[2]
        command = [sys.executable, "-m", "jupyter_agent.agents.fake", "--port", port]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.startswith(f"Port {port} cannot be used: ")) == (1, True)
