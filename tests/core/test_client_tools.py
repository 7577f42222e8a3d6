"""Tools that a client offers: the model may call them, the client carries them out, in the order of the model."""

from __future__ import annotations

from typing import Any

import pytest
from ag_ui.core import Context, RunAgentInput, Tool, ToolMessage

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.errors import Conflict, Invalid, TooLarge
from jupyter_agent.core.policy import Mode
from jupyter_agent.core.runner import Limits
from tests.core.house import House, Step, question, types, until_asked, until_ended

PAINT = Tool(name="paint", description="Paint it.", parameters={"properties": {"colour": {"type": "string"}}})
RED = ("paint", '{"colour": "red"}')
BLUE = ("paint", '{"colour": "blue"}')


def offering(*tools: Tool, run: str = "r", **ours: Any) -> RunAgentInput:
    return question(run=run, **ours).model_copy(update={"tools": list(tools or [PAINT])})


async def results(house: House, run_id: str = "r") -> list[tuple[str, str]]:
    """(status, content) of each result in the thread."""
    messages = [m.message for m in await house.store.records.messages("me", "t")]
    told = [message for message in messages if isinstance(message, ToolMessage)]
    return [((m.metadata or {})["jupyter_agent"]["status"], str(m.content)) for m in told]


async def test_a_client_s_tool_is_offered_beside_ours_told_to_the_client_and_waited_for() -> None:
    house = House()
    assistant = house.process([Step("turn", [RED])])
    await assistant.send("me", offering())
    (asked,) = await until_asked(assistant, "r")

    assert asked["kind"] == "tool"
    assert (asked["exact"]["tool"], asked["exact"]["arguments"]) == ("paint", {"colour": "red"})
    assert asked["exact"]["title"] == "Use paint of the application"
    offered = {tool.name: tool for tool in house.agent.contexts[0].tools.definitions()}
    assert list(offered) == ["touch", "look", "send", "paint"]
    assert offered["paint"].parameters == {"type": "object", "properties": {"colour": {"type": "string"}}}
    status = await assistant.run("me", "r")
    assert (status["status"], status["waitingFor"]) == ("waiting", [asked])

    assert await assistant.answer("me", "r", {"requestId": asked["requestId"], "result": "It is red."}) == "r"

    await until_ended(assistant, "r")
    assert await results(house) == [("done", "It is red.")]
    assert (await types(house, "r"))[-3:] == ["jupyter_agent.input_resolved", "TOOL_CALL_RESULT", "RUN_FINISHED"]
    assert (await house.sentence("r")).ended


async def test_a_tool_that_failed_in_the_client_is_told_to_the_model_as_failed() -> None:
    house = House()
    assistant = house.process([Step("turn", [RED])])
    await assistant.send("me", offering())
    (asked,) = await until_asked(assistant, "r")
    await assistant.answer("me", "r", {"requestId": asked["requestId"], "error": "No red left."})
    await until_ended(assistant, "r")
    assert await results(house) == [("failed", "No red left.")]


async def test_an_answer_that_is_no_result_is_refused_and_the_client_may_try_again() -> None:
    house = House()
    assistant = house.process([Step("turn", [RED])])
    await assistant.send("me", offering())
    (asked,) = await until_asked(assistant, "r")
    for wrong in ({}, {"result": {"red": True}}, {"decision": "approve", "hash": asked["hash"]}):
        with pytest.raises(Invalid, match="result: must be text"):
            await assistant.answer("me", "r", {"requestId": asked["requestId"], **wrong})
    await assistant.answer("me", "r", {"requestId": asked["requestId"], "result": ""})
    await until_ended(assistant, "r")
    with pytest.raises(Conflict, match="already answered: answered"):
        await assistant.answer("me", "r", {"requestId": asked["requestId"], "result": "again"})


async def test_without_a_result_in_time_it_is_not_known_whether_it_was_done() -> None:
    clock = ManualClock()
    house = House(clock=clock, limits=Limits(approval_seconds=5))
    assistant = house.process([Step("turn", [RED])])
    await assistant.send("me", offering())
    await until_asked(assistant, "r")
    await clock.advance(6)
    await until_ended(assistant, "r")
    assert [status for status, _ in await results(house)] == ["unknown"]


@pytest.mark.parametrize("arguments", ["[1]", '"red"', "{", "null"])
async def test_arguments_that_are_no_object_are_an_answer_to_the_model_and_nobody_is_told(arguments: str) -> None:
    house = House()
    assistant = house.process([Step("turn", [("paint", arguments)])])
    await assistant.send("me", offering())
    await until_ended(assistant, "r")
    assert "jupyter_agent.input_requested" not in await types(house, "r")
    assert [status for status, _ in await results(house)] == ["failed"]


async def test_calls_of_one_turn_take_effect_in_the_order_of_the_model() -> None:
    house = House()
    turn = [RED, BLUE, ("touch", '{"name": "a"}'), RED]
    assistant = house.process([Step("turn", turn)])
    await assistant.send("me", offering())
    approval, red, blue = await until_asked(assistant, "r", 3)
    assert [one["kind"] for one in (approval, red, blue)] == ["approval", "tool", "tool"]
    assert blue["exact"]["arguments"] == {"colour": "blue"}
    yes = {"requestId": approval["requestId"], "hash": approval["hash"], "decision": "approve"}
    await assistant.answer("me", "r", yes)
    await assistant.answer("me", "r", {"requestId": blue["requestId"], "result": "blue"})
    assert house.traces.done == []  # the first call is still to be done
    await assistant.answer("me", "r", {"requestId": red["requestId"], "result": "red"})
    *_, last = await until_asked(assistant, "r", 4)
    assert len(house.traces.done) == 1  # nobody was told of the last one before this
    await assistant.answer("me", "r", {"requestId": last["requestId"], "result": "red again"})
    await until_ended(assistant, "r")
    assert [content for _, content in await results(house)] == ["red", "blue", "touched a", "red again"]


async def test_a_mode_that_changes_nothing_does_not_use_them() -> None:
    house = House()
    assistant = house.process([Step("turn", [RED])])
    await assistant.send("me", offering(mode=Mode.PLAN.value))
    await until_ended(assistant, "r")
    assert [tool.name for tool in house.agent.contexts[0].tools.definitions()] == ["look"]
    assert await results(house) == [("denied", "Not allowed: plan mode does not use paint.")]


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ([Tool(name="touch", description="")], "tools.0.name: touch is a tool of this server"),
        ([PAINT, Tool(name="two words", description="")], "tools.1.name: must be 1 to 64 letters"),
        ([Tool(name="", description="")], "tools.0.name: must be 1 to 64 letters"),
        ([PAINT, PAINT], "tools.1.name: paint is offered twice"),
        ([Tool(name="a", description="", parameters="red")], "tools.0.parameters: must be a JSON Schema of an object"),
        ([Tool(name="a", description="", parameters={"type": "array"})], "tools.0.parameters: must be a JSON Schema"),
        ([Tool(name="a", description="x" * 4001)], "tools.0.description: must have 4000 characters at most"),
        ([Tool(name=f"t{n}", description="") for n in range(65)], "tools: a client can offer 64 tools at most"),
    ],
)
async def test_tools_that_cannot_be_offered_are_refused_by_name(tools: list[Tool], words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        await House().process([]).send("me", offering(*tools))
    assert words.startswith(str(refused.value.extras["field"]))


async def test_tools_that_are_too_large_for_an_event_are_refused() -> None:
    large = Tool(name="a", description="", parameters={"properties": {"x": {"description": "x" * 200_000}}})
    with pytest.raises(TooLarge):
        await House().process([]).send("me", offering(large))


async def test_what_the_client_says_reaches_the_agent_within_bounds() -> None:
    house = House()
    assistant = house.process([Step("text", ["Yes."])])
    page = Context(description="The page", value="Penguins")
    await assistant.send("me", question(run="r").model_copy(update={"context": [page]}))
    await until_ended(assistant, "r")
    assert house.agent.contexts[0].context == [page]
    for given, words in (
        ([page] * 33, "context: a client can say 32 things at most"),
        ([Context(description="x" * 4001, value="")], "context.0.description"),
        ([Context(description="", value="x" * 20_001)], "context.0.value: must have 20000 characters"),
    ):
        with pytest.raises(Invalid, match=words):
            await assistant.send("me", question().model_copy(update={"context": given}))


async def test_a_run_that_waits_for_its_client_survives_a_restart() -> None:
    house = House()
    before = house.process([Step("turn", [RED, BLUE])])
    await before.send("me", offering())
    red, blue = await until_asked(before, "r", 2)
    await before.close()
    house.kill(before)
    assert (await before.run("me", "r"))["outcome"] == "success"
    assert [one["requestId"] for one in (await before.thread("me", "t"))["requests"]] == [
        red["requestId"],
        blue["requestId"],
    ]

    after = house.process([])
    await after.open()
    assert await after.answer("me", "r", {"requestId": red["requestId"], "result": "red"}) == "r"
    going_on = await after.answer("me", "r", {"requestId": blue["requestId"], "result": "blue"})
    await until_ended(after, going_on)
    assert await results(house) == [("done", "red"), ("done", "blue")]
    assert (await house.sentence(going_on)).ended
    await after.close()
