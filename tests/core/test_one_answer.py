"""A question has one answer: of two that come at the same moment one is accepted, through whichever doors they come."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agent.core.assistant import Assistant
from jupyter_agent.core.errors import Conflict, Invalid, NotFound
from tests.core.house import House, Step, question, until_ended
from tests.core.test_without_waiting import BLUE, RED, A, B, after, brings, entry, first, results, user

doors = st.sampled_from(["agui", "runs", "inputs"])
paces = st.lists(st.integers(0, 6), min_size=40, max_size=40)


async def say(assistant: Assistant, ended: dict[str, Any], door: str, run: str, approved: bool) -> None:
    """Answer the first question through this door; a resume answers the others alike."""
    if door != "inputs":
        resume = [entry(one, approved=approved) for one in ended["interrupts"]]
        await assistant.send("me", after(run, resume=resume), waits=door == "runs")
        return
    shown = ended["interrupts"][0]["metadata"]["jupyter_agent"]
    decision = "approve" if approved else "deny"
    body = {"requestId": shown["requestId"], "hash": shown["hash"], "decision": decision}
    going_on = await assistant.answer("me", "r", body)
    assert going_on in {"r", *(run.run_id for run in await assistant.records.runs("me", "t"))}


async def until_quiet(assistant: Assistant) -> None:
    for run_id in list(assistant._runner.live):
        await until_ended(assistant, run_id)


@given(doors, doors, st.sampled_from([[A], [A, B]]), paces)
def test_of_a_yes_and_a_no_one_is_accepted_and_that_one_counts(
    yes: str, no: str, turn: list[tuple[str, str]], pace: list[int]
) -> None:
    async def story() -> None:
        house = House()
        assistant, ended = await first(house, *turn)
        house.pace[:] = pace
        said = await asyncio.gather(
            say(assistant, ended, yes, "s", approved=True),
            say(assistant, ended, no, "u", approved=False),
            return_exceptions=True,
        )
        (refused,) = [one for one in said if one is not None]
        assert isinstance(refused, Conflict), repr(refused)
        state = "approved" if said[0] is None else "denied"
        assert (refused.kind, refused.extras) == ("request-answered", {"state": state})
        await until_quiet(assistant)
        request = (await assistant.records.requests("me", thread_id="t"))[0]
        assert request.state == state
        if "inputs" not in {yes, no} or len(turn) == 1:
            assert len(house.traces.done) == (len(turn) if state == "approved" else 0)
        await assistant.close()

    asyncio.run(story())


@given(paces)
def test_of_two_results_of_a_client_s_tool_one_is_accepted(pace: list[int]) -> None:
    async def story() -> None:
        house = House()
        assistant, ended = await first(house, RED)
        (request,) = await assistant.records.requests("me", thread_id="t")
        house.pace[:] = pace
        said = await asyncio.gather(
            assistant.send("me", after("s", brings(ended["pendingToolCallIds"][0], "by agui")), waits=False),
            assistant.answer("me", "r", {"requestId": request.request_id, "result": "by inputs"}),
            return_exceptions=True,
        )
        (refused,) = [one for one in said if isinstance(one, BaseException)]
        assert isinstance(refused, (Conflict, Invalid)), repr(refused)
        await until_quiet(assistant)
        assert await results(house) == ["by inputs" if refused is said[0] else "by agui"]

    asyncio.run(story())


async def test_a_result_that_was_taken_through_the_other_door_is_not_replaced() -> None:
    house = House()
    assistant, ended = await first(house, RED, BLUE)
    red, blue = ended["pendingToolCallIds"]
    request, _ = await assistant.records.requests("me", thread_id="t")
    assert await assistant.answer("me", "r", {"requestId": request.request_id, "result": "taken"}) == "r"
    await assistant.send("me", after("s", brings(red, "late"), brings(blue, "blue")), waits=False)
    await until_ended(assistant, "s")
    assert sorted(await results(house)) == ["blue", "taken"]
    await assistant.close()


async def test_a_no_is_refused_although_a_crash_kept_the_yes_from_going_on() -> None:
    house = House()
    assistant, ended = await first(house, A)
    (request,) = await assistant.records.requests("me", thread_id="t")
    await house.store.records.resolve_request("me", request.request_id, state="approved", answer="{}")
    with pytest.raises(Conflict, match="already answered: approved"):
        await say(assistant, ended, "inputs", "s", approved=False)
    assert house.traces.done == []
    await say(assistant, ended, "inputs", "s", approved=True)
    await until_quiet(assistant)
    assert len(house.traces.done) == 1


@given(paces)
def test_the_same_resume_twice_is_one(pace: list[int]) -> None:
    async def story() -> None:
        house = House()
        assistant, ended = await first(house, A)
        house.pace[:] = pace
        body = after("s", resume=[entry(ended["interrupts"][0], approved=True)])
        said = await asyncio.gather(*[assistant.send("me", body, waits=False) for _ in range(2)])
        assert [run.run_id for run in said] == ["s", "s"]
        await until_quiet(assistant)
        assert len(house.traces.done) == 1

    asyncio.run(story())


async def test_a_refused_resume_leaves_every_question_as_it_was() -> None:
    house = House()
    assistant, ended = await first(house, A, B)
    _, b = await assistant.records.requests("me", thread_id="t")
    await assistant.answer("me", "r", {"requestId": b.request_id, "hash": b.hash, "decision": "deny"})
    with pytest.raises(Conflict, match="already answered: denied"):
        await say(assistant, ended, "agui", "s", approved=True)
    states = [request.state for request in await assistant.records.requests("me", thread_id="t")]
    assert states == ["open", "denied"]
    await assistant.close()


@given(paces)
def test_an_answer_and_a_new_message_together_are_both_taken(pace: list[int]) -> None:
    async def story() -> None:
        house = House()
        assistant, ended = await first(house, A)
        house.pace[:] = pace
        said = await asyncio.gather(
            say(assistant, ended, "inputs", "", approved=True),
            assistant.send("me", after("s", user("Never mind.")), waits=False),
            return_exceptions=True,
        )
        for one in said:
            if isinstance(one, BaseException):
                assert isinstance(one, Conflict), repr(one)
                assert one.kind in {"request-answered", "run-going-on"}
        assert not isinstance(said[0], Conflict) or said[0].kind == "request-answered"
        await until_quiet(assistant)
        assert await house.open_calls("t") == []
        assert len(house.traces.done) <= 1

    asyncio.run(story())


@given(paces, st.integers(0, 20))
def test_a_run_that_is_just_starting_can_be_stopped(pace: list[int], moment: int) -> None:
    async def story() -> None:
        house = House()
        assistant = house.process([Step("hang")])
        house.pace[:] = pace
        starting = asyncio.ensure_future(assistant.send("me", question(run="r")))
        for _ in range(moment):
            await asyncio.sleep(0)
        try:
            stopped = await assistant.cancel("me", "r")
        except NotFound:
            await starting  # it was not there yet
            stopped = await assistant.cancel("me", "r")
        assert (stopped["status"], stopped["outcome"]) == ("finished", "cancelled")
        assert (await starting).run_id == "r"
        assert assistant.running == 0
        assert (await house.sentence("r")).ended

    asyncio.run(story())
