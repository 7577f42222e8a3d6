"""Models of providers over their real wires: retries, limits, prices, reasoning, images, and what is hidden."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from ag_ui.core import (
    AssistantMessage,
    BaseEvent,
    CustomEvent,
    FunctionCall,
    ImagePart,
    Message,
    TextPart,
    TokenUsage,
    ToolCall,
    ToolMessage,
    UrlSource,
    UserMessage,
)

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.models import Models
from jupyter_agent.agents.providers import PROVIDERS
from jupyter_agent.agents.retries import Patience
from jupyter_agent.agents.scripted import ScriptedModel, ScriptedToolbox
from jupyter_agent.core.agent import Budget, ToolDefinition
from jupyter_agent.core.clock import ManualClock, SystemClock
from jupyter_agent.core.errors import LimitReached, ModelError
from jupyter_agent.core.tool import Result
from tests.agents.test_loop import context
from tests.agents.wires import WIRES

LABELS = {provider.id: provider.label for provider in PROVIDERS}
NAMES = {"chat": "gpt-6-luna", "responses": "gpt-6-luna", "anthropic": "claude-sonnet-5-5"}
KINDS = {"chat": "openai-chat", "responses": "openai", "anthropic": "anthropic"}
WELL = {"text": "All is well."}
LOOK = {"call": {"name": "look", "id": "a"}}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@dataclass
class Told:
    """What a run said and used."""

    events: list[BaseEvent] = field(default_factory=list)
    used: list[tuple[TokenUsage, float | None]] = field(default_factory=list)
    error: str | None = None

    @property
    def text(self) -> str:
        return "".join(event.delta for event in self.events if event.type.value == "TEXT_MESSAGE_CONTENT")  # type: ignore[attr-defined]

    @property
    def waits(self) -> list[dict[str, Any]]:
        return [event.value for event in self.events if isinstance(event, CustomEvent)]


@dataclass
class Outside:
    """A fake provider behind one wire, and a run against it."""

    fake: FakeProvider
    wire: str
    patience: Patience = field(default_factory=lambda: Patience(jitter=lambda: 0.0))
    configuration: dict[str, Any] = field(default_factory=dict)

    async def run(self, *history: Message, told: Told | None = None, **more: Any) -> Told:
        told = told or Told()
        url = self.fake.url if self.wire == "anthropic" else self.fake.base_url
        given = {"kind": KINDS[self.wire], "base_url": url, "api_key": "x", **self.configuration}
        models = Models(providers={KINDS[self.wire]: given}, environ={})
        tools = ScriptedToolbox({"look": [Result(content=f"seen {n}") for n in range(50)]})
        tools = more.pop("tools", tools)
        report = lambda usage, cost: told.used.append((usage, cost))  # noqa: E731 - it is one
        name = f"{KINDS[self.wire]}:{NAMES[self.wire]}"
        run = replace(context(tools, history or None), model=name, report=report, **more)
        try:
            async for event in Loop(models.resolve, patience=self.patience).run(run):
                told.events.append(event)
        except (ModelError, LimitReached) as error:
            told.error = str(error)
        return told

    def body(self, at: int = -1) -> str:
        return json.dumps(self.fake.requests[at].body, ensure_ascii=False)


@contextlib.asynccontextmanager
async def outside(
    wire: str, *turns: list[dict[str, Any]], endless: bool = False, **more: Any
) -> AsyncIterator[Outside]:
    brain = ScriptedModel(turns, endless=endless)
    async with FakeProvider(brain, models=tuple(NAMES.values())) as fake:
        yield Outside(fake, wire, **more)


def refused(times: int, after: str | None = None) -> dict[str, Any]:
    headers = {} if after is None else {"Retry-After": after}
    return {"fault": "refused", "why": "rate", "times": times, "headers": headers}


# Retries


class Watched(ManualClock):
    """Says when somebody has gone to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await super().sleep(seconds)


async def turned(clock: Watched, fake: FakeProvider, requests: int, seconds: float) -> None:
    """Wait until so many requests were made and the last of them was refused, and let so many seconds pass."""
    await clock.asleep.wait()
    clock.asleep.clear()
    await clock.advance(seconds - 0.01)
    assert len(fake.requests) == requests
    await clock.advance(0.02)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_busy_provider_is_asked_again_after_waits_that_grow(wire: str) -> None:
    clock = Watched()
    async with outside(wire, [refused(4), WELL]) as there:
        run = asyncio.ensure_future(there.run(clock=clock))
        for n, seconds in enumerate((0.5, 1, 2, 4), 1):
            await turned(clock, there.fake, n, seconds)
        told = await run
    assert (told.text, told.error) == ("All is well.", None)
    assert [(wait["seconds"], wait["attempt"], wait["of"]) for wait in told.waits] == [
        (0.5, 1, 4),
        (1, 2, 4),
        (2, 3, 4),
        (4, 4, 4),
    ]
    assert {wait["reason"] for wait in told.waits} == {f"{LABELS[KINDS[wire]]} is getting too many requests."}


def in_a_while() -> str:
    """A date forty seconds from the moment at which the test asks, as the header has it."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        (None, 0.5, 0.5),
        ("0", 0.5, 0.5),
        ("1", 1, 1),
        ("60", 60, 60),
        ("garbage", 0.5, 0.5),
        ("-5", 0.5, 0.5),
        (in_a_while, 20, 40),
    ],
)
async def test_what_the_provider_asks_for_is_the_least_that_is_waited(
    after: str | Callable[[], str] | None, least: float, most: float
) -> None:
    clock = Watched()
    async with outside("chat", [refused(1, after() if callable(after) else after), WELL]) as there:
        run = asyncio.ensure_future(there.run(clock=clock))
        await turned(clock, there.fake, 1, least)
        await clock.advance(most - least)
        told = await run
    assert (told.text, len(there.fake.requests)) == ("All is well.", 2)
    assert least <= told.waits[0]["seconds"] <= most


@pytest.mark.parametrize(("after", "words"), [("3600", "60 minutes"), ("61", "61 seconds"), ("200000", "3 days")])
async def test_a_provider_that_wants_too_long_a_wait_is_not_waited_for(after: str, words: str) -> None:
    async with outside("chat", [refused(9, after)]) as there:
        told = await there.run()
    assert (told.waits, len(there.fake.requests)) == ([], 1)
    assert told.error is not None
    assert f"asks for {words} of patience" in told.error


async def test_a_wait_can_be_cancelled() -> None:
    async with outside("chat", [refused(1, "50"), WELL]) as there:
        run = asyncio.ensure_future(there.run())
        await there.fake.until(lambda now: len(now.requests) == 1)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        await there.fake.until(lambda now: now.open_connections == 0)


def test_the_jitter_only_adds() -> None:
    from pydantic_ai.exceptions import ModelHTTPError

    error = ModelHTTPError(503, "m")
    assert [Patience(jitter=lambda: 1.0).wait(error, n) for n in (1, 2, 5)] == [0.75, 1.5, None]


async def test_nothing_is_repeated_once_the_answer_has_begun() -> None:
    async with outside("chat", [{"text": "Half"}, {"fault": "failed", "why": "overloaded"}]) as there:
        told = await there.run()
    assert (told.text, told.waits, len(there.fake.requests)) == ("Half", [], 1)


# Limits


async def test_tokens_end_a_run_before_the_next_request() -> None:
    async with outside("chat", [LOOK], endless=True) as there:
        told = await there.run(budget=Budget(tokens=400))
    assert sum(usage.total_tokens or 0 for usage, _ in told.used) >= 400
    assert len(there.fake.requests) == len(told.used) == 2
    assert told.error is not None
    assert "tokens; its limit is 400" in told.error


async def test_a_cost_ends_a_run_before_the_next_request() -> None:
    async with outside("responses", [LOOK], endless=True) as there:
        told = await there.run(budget=Budget(cost=0.0))
    assert len(there.fake.requests) == 1
    assert told.error is not None
    assert "has cost about $0.00; its limit is $0.00" in told.error


async def test_the_time_of_a_run_ends_a_request_that_goes_on() -> None:
    async with outside("chat", [{"text": "Well"}, {"hang": True}]) as there:
        told = await there.run(budget=Budget(seconds=0.3))
        await there.fake.until(lambda now: now.open_connections == 0)
    assert told.text == "Well"
    assert told.error is not None
    assert "limit of 0.3 seconds" in told.error


async def test_the_time_of_a_run_ends_a_wait_for_the_provider() -> None:
    async with outside("chat", [refused(9, "50")]) as there:
        told = await there.run(budget=Budget(seconds=10))
    assert (told.waits, told.error) == (
        [],
        "This run has come to its limit of 10 seconds. Send another message if it should go on.",
    )


async def test_time_that_a_person_was_waited_for_does_not_count() -> None:
    clock = ManualClock()

    class Waiting(ScriptedToolbox):
        async def perform(self, call: Any) -> Result:
            await clock.advance(100)
            self.waited += 95
            return await super().perform(call)

    async with outside("chat", [LOOK], [LOOK], [LOOK], [WELL]) as there:
        tools = Waiting({"look": [Result(content=str(n)) for n in range(9)]})
        told = await there.run(clock=clock, budget=Budget(seconds=12), tools=tools)
    assert told.error is not None
    assert "limit of 12 seconds" in told.error
    assert len(there.fake.requests) == 3


# Prices and usage


@pytest.mark.parametrize(("wire", "known"), [("responses", True), ("anthropic", True), ("chat", True)])
async def test_usage_and_price_of_each_request_are_reported_without_a_network(
    wire: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        assert address[0] == "127.0.0.1"
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("somebody was looked for"))
    async with outside(wire, [{"reasoning": "Hm, hm."}, LOOK], [WELL]) as there:
        told = await there.run(clock=SystemClock())
    assert len(told.used) == 2
    for usage, cost in told.used:
        assert usage.model == NAMES[wire]
        assert (usage.input_tokens or 0) + (usage.output_tokens or 0) == usage.total_tokens
        assert (cost is not None and 0 < cost < 1) is known
    if wire != "anthropic":  # its wire does not tell
        assert told.used[0][0].reasoning_tokens


async def test_a_model_without_a_known_price_costs_nothing_that_is_claimed() -> None:
    async with outside("chat", [WELL]) as there:
        there.configuration = {"kind": "vllm"}
        told = await there.run()
    assert [cost for _, cost in told.used] == [None]


# Reasoning


@pytest.mark.parametrize("wire", WIRES)
async def test_reasoning_is_told_and_given_back_with_what_its_provider_signed(wire: str) -> None:
    async with outside(wire, [{"reasoning": "Let me think."}, LOOK], [WELL]) as there:
        told = await there.run()
    said = [event.delta for event in told.events if event.type.value == "REASONING_MESSAGE_CONTENT"]  # type: ignore[attr-defined]
    assert "".join(said) == "Let me think."
    second = there.fake.requests[1].body
    match wire:
        case "anthropic":
            thought, call = second["messages"][1]["content"]
            assert (thought["type"], thought["thinking"], call["type"]) == ("thinking", "Let me think.", "tool_use")
            assert thought["signature"]
            assert second["thinking"]["type"] == "adaptive"
        case "responses":
            kinds = [item.get("type") for item in second["input"]]
            assert kinds == [None, "reasoning", "function_call", "function_call_output"]
            assert second["input"][1]["encrypted_content"]
            assert (second["store"], second["reasoning"]["summary"]) == (False, "auto")
        case _:
            assert second["messages"][2]["reasoning_content"] == "Let me think."


async def test_a_provider_that_refuses_to_show_reasoning_is_asked_without_it() -> None:
    async with outside("responses", [{"fault": "refused", "why": "model", "status": 400, "times": 1}, WELL]) as there:
        told = await there.run()
    assert (told.text, told.waits) == ("All is well.", [])
    assert ["summary" in request.body.get("reasoning", {}) for request in there.fake.requests] == [True, False]


# Images


def picture(name: str) -> UserMessage:
    source = UrlSource(value=f"blobs/{name}", mime_type="image/png")
    return UserMessage(id="u", content=[TextPart(text="What is this?"), ImagePart(source=source)])


async def kept(name: str) -> bytes | None:
    return PNG if name == "there" else None


@pytest.mark.parametrize("wire", WIRES)
async def test_a_model_that_sees_is_shown_the_image(wire: str) -> None:
    async with outside(wire, [WELL]) as there:
        told = await there.run(picture("there"), blob=kept)
    assert told.error is None
    assert "iVBORw0KGgo" in there.body()
    assert "blobs/" not in there.body()


@pytest.mark.parametrize(("images", "name"), [(False, "there"), (True, "gone")])
async def test_in_place_of_an_image_that_cannot_be_shown_stands_a_sentence(images: bool, name: str) -> None:
    async with outside("chat", [WELL]) as there:
        there.configuration = {"images": images}
        await there.run(picture(name), blob=kept)
    assert "[An image that this model cannot see]" in there.body()
    assert "What is this?" in there.body()


# What is hidden

SECRET = "sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z"


@pytest.mark.parametrize("wire", WIRES)
async def test_what_looks_like_a_secret_is_not_sent(wire: str) -> None:
    tools = ScriptedToolbox({"look": [Result(content=f'{{"source": "KEY = \\"{SECRET}\\""}}')]})
    async with outside(wire, [LOOK], [WELL]) as there:
        told = await there.run(UserMessage(id="u", content=f"My key is {SECRET}."), tools=tools)
    assert told.error is None
    bodies = there.body(0) + there.body(1)
    assert SECRET not in bodies
    assert bodies.count("⟨hidden: key⟩") == 3


class Clients(ScriptedToolbox):
    """A tool that a client describes."""

    def definitions(self) -> list[ToolDefinition]:
        schema = {"type": "object", "properties": {"a": {"type": "string", "default": SECRET}}}
        return [ToolDefinition(name="look", description=f"Looks with {SECRET}.", parameters=schema)]


@pytest.mark.parametrize("wire", WIRES)
async def test_what_a_client_says_of_its_tools_is_hidden_too(wire: str) -> None:
    async with outside(wire, [WELL]) as there:
        told = await there.run(tools=Clients({}))
    assert told.error is None
    assert SECRET not in there.body()
    assert there.body().count("⟨hidden: key⟩") == 2


@pytest.mark.parametrize("wire", WIRES)
async def test_code_that_speaks_of_keys_does_not_end_the_conversation(wire: str) -> None:
    arguments = json.dumps({"source": 'ok = pem.startswith("-----BEGIN PRIVATE KEY-----")', "key": SECRET})
    call = ToolCall(id="a", function=FunctionCall(name="look", arguments=arguments))
    history: list[Message] = [
        UserMessage(id="u", content="go"),
        AssistantMessage(id="m", tool_calls=[call]),
        ToolMessage(id="r", tool_call_id="a", content=arguments),
        UserMessage(id="u2", content="and?"),
    ]
    async with outside(wire, [WELL], [WELL]) as there:
        told = await there.run(*history)
    assert told.error is None
    assert SECRET not in there.body()
    assert there.body().count("pem.startswith") == 2


async def test_more_calls_than_are_left_end_an_answer_while_it_is_told() -> None:
    calls = [{"call": {"name": "look", "id": f"c{n}"}} for n in range(200)]
    async with outside("chat", [LOOK], [*calls, {"hang": True}]) as there:
        told = await there.run(budget=Budget(tool_calls=5))
        await there.fake.until(lambda now: now.open_connections == 0)
    assert told.error == "This run has come to its limit of 5 actions. Send another message if it should go on."
    assert sum(event.type.value == "TOOL_CALL_START" for event in told.events) == 1 + 5


async def test_a_model_of_our_own_reads_what_is_there() -> None:
    model = ScriptedModel([[{"expect": SECRET}, WELL]])
    events = Loop(lambda _: model).run(context(ScriptedToolbox(), [UserMessage(id="u", content=SECRET)]))
    assert [event async for event in events][1].delta == "All is well."  # type: ignore[attr-defined]
