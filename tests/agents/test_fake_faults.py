"""The faults of the fake provider, looked at from the wire: what comes is exactly as broken as the script says."""

import json
from typing import Any

import httpx
import pytest

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.scripted import ScriptedModel
from tests.agents.test_fake import body, data, post
from tests.agents.wires import WIRES

WELL = {"text": "Well"}
CUT_CALL = {"call": {"name": "insert_cell", "id": "a", "arguments": '{"source": "x = 1"'}}


async def told(wire: str, *turn: dict[str, Any]) -> bytes:
    """What of the turn's answer arrives."""
    arrived = b""
    async with FakeProvider(ScriptedModel([turn])) as fake, httpx.AsyncClient() as client:
        paths = {"chat": "chat/completions", "responses": "responses", "anthropic": "messages"}
        address = f"{fake.base_url}/{paths[wire]}"
        async with client.stream("POST", address, json=body(wire, stream=True)) as answer:
            try:
                async for chunk in answer.aiter_raw():
                    arrived += chunk
            except httpx.RemoteProtocolError:
                arrived += b"|cut"
    return arrived


def last(text: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads([one for one in data(text.decode()) if one != "[DONE]"][-1])
    return found


@pytest.mark.parametrize(
    ("why", "ours", "theirs"),
    [
        ("key", (401, "invalid_api_key"), (401, "authentication_error")),
        ("model", (404, "model_not_found"), (404, "not_found_error")),
        ("context", (400, "context_length_exceeded"), (400, "invalid_request_error")),
        ("rate", (429, "rate_limit_exceeded"), (429, "rate_limit_error")),
        ("quota", (429, "insufficient_quota"), (400, "invalid_request_error")),
        ("server", (500, None), (500, "api_error")),
        ("unavailable", (503, None), (503, "api_error")),
        ("overloaded", (503, "server_is_overloaded"), (529, "overloaded_error")),
    ],
)
async def test_each_error_is_told_in_the_form_of_its_provider(why: str, ours: Any, theirs: Any) -> None:
    async with FakeProvider(ScriptedModel([[{"fault": "refused", "why": why}]])) as fake:
        for wire in WIRES:
            answer = await post(fake, wire, body(wire, stream=True))
            error = answer.json()["error"]
            assert (answer.status_code, error["type" if wire == "anthropic" else "code"]) == (
                theirs if wire == "anthropic" else ours
            )
            assert error["message"]


async def test_status_and_headers_can_be_given_and_a_fault_can_pass() -> None:
    step = {"fault": "refused", "why": "rate", "status": 418, "headers": {"Retry-After": "7"}, "times": 2}
    async with FakeProvider(ScriptedModel([[step, WELL]])) as fake:
        answers = [await post(fake, "chat", body("chat")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [418, 418, 200]
    assert answers[0].headers["retry-after"] == "7"


async def test_a_redirect_names_another_host() -> None:
    async with FakeProvider(ScriptedModel([[{"fault": "redirect", "to": "http://other.example/"}]])) as fake:
        answer = await post(fake, "chat", body("chat"))
    assert (answer.status_code, answer.headers["location"]) == (307, "http://other.example/")


async def test_a_client_may_be_left_without_a_word() -> None:
    async with FakeProvider(ScriptedModel([[{"fault": "hangup"}]])) as fake:
        with pytest.raises(httpx.RemoteProtocolError):
            await post(fake, "chat", body("chat"))
        assert fake.closed_early == []


@pytest.mark.parametrize("wire", WIRES)
async def test_a_cut_comes_in_the_middle_of_a_frame(wire: str) -> None:
    arrived = await told(wire, WELL, {"fault": "cut"})
    assert b"Well" in arrived
    assert not arrived.removesuffix(b"|cut").endswith(b"\n")
    assert arrived.endswith(b"|cut")


@pytest.mark.parametrize("wire", WIRES)
async def test_an_end_without_a_reason_leaves_everything_open(wire: str) -> None:
    arrived = await told(wire, CUT_CALL, {"fault": "stop", "reason": None})
    assert arrived.endswith(b"\n\n")
    for word in (b"[DONE]", b"completed", b"message_stop", b"content_block_stop", b"done", b'finish_reason":"'):
        assert word not in arrived


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_an_early_end_has_the_reason_of_its_provider(reason: str) -> None:
    step = {"fault": "stop", "reason": reason}
    assert last(await told("chat", CUT_CALL, step))["choices"][0]["finish_reason"] == reason
    ended = last(await told("responses", CUT_CALL, step))
    assert ended["type"] == "response.incomplete"
    assert ended["response"]["incomplete_details"] == {"reason": reason.replace("length", "max_output_tokens")}
    assert ended["response"]["output"][0]["status"] == "incomplete"
    delta = json.loads(data((await told("anthropic", CUT_CALL, step)).decode())[-2])["delta"]
    assert delta["stop_reason"] == {"length": "max_tokens", "content_filter": "refusal"}[reason]


async def test_an_error_in_the_middle_is_told_in_the_form_of_its_provider() -> None:
    step = {"fault": "failed", "why": "overloaded"}
    assert last(await told("chat", WELL, step))["error"]["code"] == "server_is_overloaded"
    event = last(await told("responses", WELL, step))
    assert (event["type"], event["code"], event["param"]) == ("error", "server_is_overloaded", None)
    assert (await told("anthropic", WELL, step)).splitlines()[-3] == b"event: error"
    assert last(await told("anthropic", WELL, step))["error"]["type"] == "overloaded_error"


@pytest.mark.parametrize("wire", WIRES)
async def test_odd_frames_stand_between_good_ones(wire: str) -> None:
    arrived = await told(
        wire, WELL, {"fault": "unknown"}, {"fault": "ping"}, {"fault": "raw", "text": ": hm\r\n\r\n"}, {"text": "done"}
    )
    assert b"event: execute\n" in arrived
    assert b"\n\n: hm\r\n\r\n" in arrived
    assert arrived.index(b"Well") < arrived.index(b"event: approval_granted\n") < arrived.index(b'"done"')


@pytest.mark.parametrize("wire", WIRES)
async def test_bytes_that_are_no_text_and_data_that_is_no_json(wire: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        (await told(wire, {"fault": "utf8"})).decode()
    broken = [line for line in data((await told(wire, {"fault": "malformed"})).decode()) if '"x' in line]
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken[0])


@pytest.mark.parametrize("wire", WIRES)
async def test_a_trickle_is_the_same_text_byte_by_byte(wire: str) -> None:
    arrived = await told(wire, {"fault": "trickle"}, {"text": "A caf\u00e9 \U0001f600"})
    assert "A caf\u00e9 \U0001f600" in arrived.decode()


async def test_a_huge_piece_is_one_line() -> None:
    arrived = await told("chat", {"fault": "huge", "size": 3_000_000})
    assert max(map(len, arrived.split(b"\n"))) > 3_000_000


async def test_half_a_character_is_escaped() -> None:
    assert b'"content":"\\ud83d"' in (await told("chat", {"text": "\ud83d\ude00", "chunk": 1})).replace(b'": "', b'":"')


@pytest.mark.parametrize("step", [{"fault": "nonsense"}, {"fault": "refused"}, {"fault": "stop", "reason": "whim"}])
async def test_a_fault_that_nobody_knows_or_that_stands_in_the_wrong_place_is_an_error(step: dict[str, Any]) -> None:
    assert last(await told("chat", WELL, step))["error"]["type"] == "server_error"
