"""The verbs, and the promise that every run is a sentence and every history can be sent to a provider."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from ag_ui.core import UserMessage
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.errors import Conflict, Invalid, NotFound, StoreError, TooLarge, Unavailable
from jupyter_agent.core.runner import Limits
from tests.core.house import House, Step, question, types, until_asked, until_ended

TOUCH = Step("call", ("touch", '{"name": "a"}'))
LOOK = Step("call", ("look", '{"name": "b"}'))


def approve(request: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"requestId": request["requestId"], "hash": request["hash"], "decision": "approve", **more}


def deny(request: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**approve(request), "decision": "deny", **more}


async def test_a_whole_run_is_one_sentence_and_one_exchange() -> None:
    house = House()
    assistant = house.process([Step("text", ["Hel", "lo"]), LOOK])
    run = await assistant.send("me", question("Hi", run="r"))
    await until_ended(assistant, "r")
    assert await types(house, "r") == [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "TOOL_CALL_START",
        "TOOL_CALL_ARGS",
        "TOOL_CALL_END",
        "TOOL_CALL_RESULT",
        "RUN_FINISHED",
    ]
    thread = await assistant.thread("me", run.thread_id)
    assert [m["role"] for m in thread["messages"]] == ["user", "assistant", "assistant", "tool"]
    assert thread["messages"][1]["content"] == "Hello"
    assert thread["title"] == "Hi"
    assert thread["runs"][0]["outcome"] == "success"


async def test_the_same_id_and_body_again_starts_nothing() -> None:
    house = House()
    assistant = house.process([Step("text", ["x"])])
    body = question(run="r")
    await assistant.send("me", body)
    await assistant.send("me", body)
    await until_ended(assistant, "r")
    await assistant.send("me", body)
    assert (await types(house, "r")).count("RUN_STARTED") == 1


async def test_the_same_id_with_another_body_is_a_conflict() -> None:
    assistant = House().process([])
    await assistant.send("me", question(run="r"))
    with pytest.raises(Conflict, match="with another message"):
        await assistant.send("me", question("Other?", run="r"))


async def test_a_second_message_while_a_run_goes_on_says_which() -> None:
    assistant = House().process([Step("hang")])
    await assistant.send("me", question(run="r"))
    with pytest.raises(Conflict) as caught:
        await assistant.send("me", question(run="s"))
    assert caught.value.kind == "run-going-on"
    assert caught.value.extras == {"runId": "r"}
    await assistant.send("me", question(run="elsewhere", thread="another"))
    await assistant.close()


async def test_somebody_elses_run_is_not_there() -> None:
    assistant = House().process([Step("text", ["x"])])
    await assistant.send("me", question(run="r"))
    await until_ended(assistant, "r")
    for call in (assistant.run, assistant.cancel):
        with pytest.raises(NotFound, match="no run with this id"):
            await call("you", "r")
    with pytest.raises(NotFound):
        await assistant.thread("you", "t")
    with pytest.raises(NotFound):
        await assistant.answer("you", "r", {"requestId": "x"})


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        ({"mode": "everything"}, "mode: 'everything' is not offered here. Choose one of: manual, plan"),
        ({"page": {"pageId": 7}}, "forwardedProps.jupyterAgent.page.pageId: Input should be a valid string"),
    ],
)
async def test_a_field_that_does_not_fit_is_named(ours: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        await House().process([]).send("me", question(**ours))


async def test_an_empty_message_and_no_message_and_a_long_message_are_refused() -> None:
    assistant = House(limits=Limits(input_bytes=300)).process([])
    with pytest.raises(Invalid, match="a message is empty"):
        await assistant.send("me", question("  \n"))
    with pytest.raises(Invalid, match="no new user message"):
        await assistant.send("me", question().model_copy(update={"messages": []}))
    with pytest.raises(TooLarge, match="longer than 0 kB"):
        await assistant.send("me", question("x" * 300))


async def test_an_edit_is_asked_about_and_done_once_when_allowed() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (request,) = await until_asked(assistant, "r")
    assert house.traces.done == []
    assert (await assistant.run("me", "r"))["status"] == "waiting"
    assert request["exact"]["arguments"] == {"name": "a"}
    await assistant.answer("me", "r", approve(request))
    await until_ended(assistant, "r")
    assert len(house.traces.done) == 1
    assert (await types(house, "r"))[-4:] == [
        "jupyter_agent.input_requested",
        "jupyter_agent.input_resolved",
        "TOOL_CALL_RESULT",
        "RUN_FINISHED",
    ]


async def test_a_denied_edit_is_not_done_and_the_model_hears_why() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (request,) = await until_asked(assistant, "r")
    await assistant.answer("me", "r", deny(request, reason="not that one"))
    await until_ended(assistant, "r")
    assert house.traces.done == []
    thread = await assistant.thread("me", "t")
    assert thread["messages"][-1]["content"] == "The person did not allow this. They said: not that one"
    assert thread["messages"][-1]["metadata"] == {"jupyter_agent": {"status": "denied"}}


async def test_an_answer_that_is_second_changed_or_for_nothing_is_refused() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (request,) = await until_asked(assistant, "r")
    with pytest.raises(Conflict) as changed:
        await assistant.answer("me", "r", {**approve(request), "hash": "sha256:00"})
    assert changed.value.kind == "request-changed"
    with pytest.raises(Invalid, match='must be "approve" or "deny"'):
        await assistant.answer("me", "r", {**approve(request), "decision": "perhaps"})
    with pytest.raises(NotFound, match="no request with this id"):
        await assistant.answer("me", "r", {"requestId": "x"})
    await assistant.answer("me", "r", approve(request))
    await until_ended(assistant, "r")
    with pytest.raises(Conflict) as second:
        await assistant.answer("me", "r", deny(request))
    assert (second.value.kind, second.value.extras) == ("request-answered", {"state": "approved"})
    assert len(house.traces.done) == 1


async def test_an_answer_that_comes_too_late_does_nothing() -> None:
    clock = ManualClock()
    house = House(clock, Limits(approval_seconds=4))
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    following = asyncio.ensure_future(until_asked(assistant, "r"))
    while not following.done():
        await clock.advance(0.01)
    (request,) = following.result()
    ended = asyncio.ensure_future(until_ended(assistant, "r"))
    while not ended.done():
        await clock.advance(1)
    await ended
    with pytest.raises(Conflict) as late:
        await assistant.answer("me", "r", approve(request))
    assert late.value.kind == "request-expired"
    assert house.traces.done == []


async def test_what_changed_between_question_and_click_is_asked_anew() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (first,) = await until_asked(assistant, "r")
    house.traces.present = "typed by the person"
    await assistant.answer("me", "r", approve(first))
    _, second = await until_asked(assistant, "r", 2)
    assert house.traces.done == []
    assert second["exact"]["before"] == "typed by the person"
    await assistant.answer("me", "r", approve(second))
    await until_ended(assistant, "r")
    assert len(house.traces.done) == 1


async def test_edited_arguments_pass_the_gate_again_under_a_new_hash() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (first,) = await until_asked(assistant, "r")
    await assistant.answer("me", "r", approve(first, arguments={"name": "mine"}))
    _, second = await until_asked(assistant, "r", 2)
    assert second["exact"]["arguments"] == {"name": "mine"}
    assert second["hash"] != first["hash"]
    await assistant.answer("me", "r", approve(second))
    await until_ended(assistant, "r")
    thread = await assistant.thread("me", "t")
    assert thread["messages"][-1]["content"] == "touched mine"


async def test_the_edits_of_one_turn_are_asked_together_and_done_in_order() -> None:
    house = House()
    turn = [("touch", '{"name": "1"}'), ("look", '{"name": "2"}'), ("touch", '{"name": "3"}')]
    assistant = house.process([Step("turn", turn)])
    await assistant.send("me", question(run="r"))
    one, three = await until_asked(assistant, "r", 2)
    await assistant.answer("me", "r", approve(three))
    assert house.traces.done == []
    await assistant.answer("me", "r", approve(one))
    await until_ended(assistant, "r")
    thread = await assistant.thread("me", "t")
    assert [m["content"] for m in thread["messages"] if m["role"] == "tool"] == ["touched 1", "seen 2", "touched 3"]


async def test_plan_mode_reads_and_never_writes() -> None:
    house = House()
    assistant = house.process([LOOK, TOUCH])
    await assistant.send("me", question(run="r", mode="plan"))
    await until_ended(assistant, "r")
    assert house.traces.done == []
    thread = await assistant.thread("me", "t")
    results = [m["content"] for m in thread["messages"] if m["role"] == "tool"]
    assert results == ["seen b", "Not allowed: plan mode does not change the notebook."]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("fly", "{}"), "There is no tool named 'fly'. The tools are: look, send, touch. (unknown-tool)"),
        (("touch", "{'name'"), "The arguments of touch are not JSON"),
        (("touch", "[1]"), "The arguments of touch must be a JSON object. (arguments)"),
        (("touch", "{}"), "The arguments of touch do not fit: name: Field required. (arguments)"),
        (("touch", '{"name": "nowhere"}'), "There is no such cell. (unknown-cell)"),
        (("look", '{"name": "broken"}'), "The tool look failed inside. It may not have taken effect. (internal)"),
    ],
)
async def test_what_a_model_can_mend_is_an_answer_to_it(call: tuple[str, str], words: str) -> None:
    assistant = House().process([Step("call", call)])
    await assistant.send("me", question(run="r"))
    await until_ended(assistant, "r")
    thread = await assistant.thread("me", "t")
    assert thread["messages"][-1]["content"].startswith(words)
    assert thread["runs"][0]["outcome"] == "success"


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        (Step("raise"), "model", "The model is away."),
        (Step("bug"), "internal", "Something went wrong inside the assistant. The server's log has the details."),
        (Step("nonsense"), "internal", "Something went wrong inside the assistant. The server's log has the details."),
    ],
)
async def test_a_failed_run_keeps_its_partial_text_and_shows_no_internals(step: Step, code: str, words: str) -> None:
    house = House()
    assistant = house.process([Step("open", ["Half a sen"]), step])
    await assistant.send("me", question(run="r"))
    await until_ended(assistant, "r")
    status = await assistant.run("me", "r")
    assert status["error"] == {"code": code, "message": words}
    thread = await assistant.thread("me", "t")
    assert thread["messages"][-1]["content"] == "Half a sen"
    assert thread["messages"][-1]["metadata"] == {"jupyter_agent": {"incomplete": True}}
    assert "secret" not in json.dumps([e.data for e in await house.entries("r")])


async def test_cancel_ends_the_run_once_and_says_the_same_again() -> None:
    house = House()
    assistant = house.process([Step("open", ["abc"]), Step("hang")])
    await assistant.send("me", question(run="r"))
    first = await assistant.cancel("me", "r")
    assert (first["status"], first["outcome"]) == ("finished", "cancelled")
    assert await assistant.cancel("me", "r") == first
    assert (await types(house, "r"))[-1] == "RUN_FINISHED"
    assert assistant.running == 0


async def test_cancel_while_a_person_is_asked_withdraws_the_question() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (request,) = await until_asked(assistant, "r")
    await assistant.cancel("me", "r")
    with pytest.raises(Conflict, match="already answered: withdrawn"):
        await assistant.answer("me", "r", approve(request))
    assert house.traces.done == []
    assert await house.open_calls("t") == []


async def test_closing_ends_running_runs_and_takes_no_more() -> None:
    house = House()
    assistant = house.process([Step("hang")])
    await assistant.open()
    await assistant.send("me", question(run="r"))
    await assistant.close()
    assert (await assistant.run("me", "r"))["error"]["code"] == "interrupted"
    with pytest.raises(Unavailable, match="shutting down"):
        await assistant.send("me", question())


async def test_a_waiting_run_survives_a_restart_and_its_answer_goes_on() -> None:
    house = House()
    turn = Step("turn", [("look", '{"name": "x"}'), ("touch", '{"name": "a"}')])
    before = house.process([turn])
    await before.send("me", question(run="r"))
    (request,) = await until_asked(before, "r")
    await before.close()
    house.kill(before)
    assert (await before.run("me", "r"))["outcome"] == "interrupt"
    after = house.process([])
    await after.open()
    resumed = await after.answer("me", "r", approve(request))
    assert resumed != "r"
    await until_ended(after, resumed)
    assert len(house.traces.done) == 1
    assert (await house.sentence(resumed)).ended
    assert await house.open_calls("t") == []
    await after.close()


async def test_a_new_question_closes_what_an_interrupted_run_waited_for() -> None:
    house = House()
    before = house.process([TOUCH])
    await before.send("me", question(run="r"))
    (request,) = await until_asked(before, "r")
    await before.close()
    house.kill(before)
    after = house.process([Step("text", ["ok"])])
    await after.send("me", question(run="s"))
    await until_ended(after, "s")
    assert await house.open_calls("t") == []
    with pytest.raises(Conflict, match="withdrawn"):
        await after.answer("me", "r", approve(request))
    roles = [m["role"] for m in (await after.thread("me", "t"))["messages"]]
    assert roles == ["user", "assistant", "tool", "user", "assistant"]


async def test_a_large_result_becomes_a_blob_with_a_preview() -> None:
    house = House(limits=Limits(event_bytes=20_000))
    assistant = house.process([Step("call", ("look", json.dumps({"name": "x" * 30_000})))])
    await assistant.send("me", question(run="r"))
    await until_ended(assistant, "r")
    assert all(len(entry.data) < 20_000 for entry in await house.entries("r"))
    result = next(e for e in await house.entries("r") if e.type == "TOOL_CALL_RESULT")
    ours = json.loads(result.data)["metadata"]["jupyter_agent"]
    blob = await house.store.records.blob("me", ours["blobId"])
    assert blob is not None
    assert blob.data == b"seen " + b"x" * 30_000
    assert await house.store.records.blob("you", ours["blobId"]) is None


async def test_a_deleted_thread_is_gone_from_records_and_log() -> None:
    house = House()
    assistant = house.process([Step("text", ["x"])])
    await assistant.send("me", question(run="r"))
    await until_ended(assistant, "r")
    await assistant.delete("me", "t")
    assert await house.entries("r") == []
    with pytest.raises(NotFound):
        await assistant.thread("me", "t")


SEND = Step("call", ("send", '{"name": "a"}'))


async def until_sent(assistant: Any, run_id: str) -> None:
    """Allow what is asked, and follow until the write has left for the page."""
    (request,) = await until_asked(assistant, run_id)
    await assistant.answer("me", run_id, approve(request))
    async for entries in assistant.follow("me", 0, run_id, beat=5):
        assert entries, "silence: nothing was sent"
        if any(entry.name == "jupyter_agent.action" for entry in entries):
            return


@pytest.mark.parametrize("how", ["stop", "close"])
async def test_a_write_that_was_sent_away_is_in_doubt_however_the_run_ends(how: str) -> None:
    house = House()
    assistant = house.process([SEND])
    await assistant.send("me", question(run="r"))
    await until_sent(assistant, "r")
    await (assistant.cancel("me", "r") if how == "stop" else assistant.close())
    last = (await assistant.thread("me", "t"))["messages"][-1]
    assert last["content"].startswith("Outcome unknown")
    assert last["metadata"]["jupyter_agent"]["status"] == "unknown"


async def test_a_run_that_a_full_disk_kept_from_ending_is_ended_when_there_is_room_again() -> None:
    clock = ManualClock()
    house = House(clock, Limits(sweep_seconds=1))
    assistant = house.process([Step("text", ["abc"]), Step("hang")])
    await assistant.open()
    await assistant.send("me", question(run="r"))
    house.countdown[0] = 2  # and from here on nothing can be written
    stopping = asyncio.ensure_future(assistant.cancel("me", "r"))
    while not stopping.done():
        await clock.advance(0.01)
    with pytest.raises(StoreError):
        stopping.result()
    troubles = [assistant.trouble]
    house.countdown[0] = 10**9
    for _ in range(5):
        await clock.advance(1)
    assert (await assistant.run("me", "r"))["status"] == "finished"
    assert (await house.sentence("r")).ended
    assert [*troubles, assistant.trouble] == ["The process is dead.", None]
    await assistant.send("me", question(run="s"))
    await assistant.close()


async def test_while_closing_no_answer_is_taken_so_none_is_lost() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (request,) = await until_asked(assistant, "r")
    await assistant.close()
    with pytest.raises(Unavailable, match="Your answer was not taken"):
        await assistant.answer("me", "r", approve(request))
    stored = await house.store.records.request("me", request["requestId"])
    assert stored is not None
    assert stored.state == "open"


async def test_an_answer_that_a_crash_kept_from_going_on_goes_on_when_it_is_given_again() -> None:
    house = House()
    before = house.process([TOUCH])
    await before.send("me", question(run="r"))
    (request,) = await until_asked(before, "r")
    await before.close()
    house.kill(before)
    # The answer was stored, and then the process died before it could go on.
    await house.store.records.resolve_request("me", request["requestId"], state="approved", answer="{}")
    after = house.process([])
    resumed = await after.answer("me", "r", approve(request))
    await until_ended(after, resumed)
    assert len(house.traces.done) == 1
    with pytest.raises(Conflict, match="already answered: approved"):
        await after.answer("me", "r", approve(request))
    assert len(house.traces.done) == 1


async def test_what_was_allowed_goes_on_when_the_rest_has_expired() -> None:
    clock = ManualClock()
    house = House(clock, Limits(approval_seconds=30))
    before = house.process([Step("turn", [("touch", '{"name": "1"}'), ("touch", '{"name": "2"}')])])
    await before.send("me", question(run="r"))
    asking = asyncio.ensure_future(until_asked(before, "r", 2))
    while not asking.done():
        await clock.advance(0.01)
    first, second = asking.result()
    await before.close()
    house.kill(before)
    after = house.process([])
    assert await after.answer("me", "r", approve(first)) == "r"
    for _ in range(40):
        await clock.advance(1)
    thread = await after.thread("me", "t")
    assert [m["content"] for m in thread["messages"] if m["role"] == "tool"] == [
        "touched 1",
        "Nobody answered in time, so this was not done.",
    ]
    assert thread["requests"] == []
    with pytest.raises(Conflict, match="expired"):
        await after.answer("me", "r", approve(second))


async def test_an_effect_whose_result_a_crash_swallowed_is_in_doubt_and_never_repeated() -> None:
    house = House()
    before = house.process([Step("turn", [("touch", '{"name": "1"}'), ("touch", '{"name": "2"}')])])
    await before.send("me", question(run="r"))
    first, _ = await until_asked(before, "r", 2)
    house.countdown[0] = 5  # enough to take the answer and to begin, too little to say how it went
    carrying_out = before._runner.live["r"].task
    await before.answer("me", "r", approve(first))
    await asyncio.wait([carrying_out])
    house.kill(before)
    assert len(house.traces.done) == 1
    after = house.process([])
    await after.open()
    status = await after.run("me", "r")
    assert (status["outcome"], status["waitingFor"]) == ("error", [])
    results = [m["content"] for m in (await after.thread("me", "t"))["messages"] if m["role"] == "tool"]
    assert [text.partition(":")[0] for text in results] == ["Outcome unknown", "Not done"]
    assert len(house.traces.done) == 1
    await after.close()


async def test_arguments_of_the_persons_that_do_not_fit_are_refused_and_the_question_stays() -> None:
    house = House()
    assistant = house.process([TOUCH])
    await assistant.send("me", question(run="r"))
    (request,) = await until_asked(assistant, "r")
    with pytest.raises(Invalid, match="name: Field required"):
        await assistant.answer("me", "r", approve(request, arguments={}))
    await assistant.answer("me", "r", approve(request))
    await until_ended(assistant, "r")
    assert len(house.traces.done) == 1


async def test_messages_need_ids_of_their_own() -> None:
    assistant = House().process([])
    body = question(run="r")
    twice = body.model_copy(update={"messages": [*body.messages, *body.messages]})
    ours = body.model_copy(update={"messages": [body.messages[0].model_copy(update={"id": "r:0"})]})
    for wrong in (twice, ours):
        with pytest.raises(Invalid, match="each message needs an id of its own"):
            await assistant.send("me", wrong)


async def test_a_run_needs_an_id_that_no_message_begins_with() -> None:
    house = House()
    assistant = house.process([Step("text", ["x"])])
    said = UserMessage(id="s:0", content="Hello?")
    await assistant.send("me", question(run="r").model_copy(update={"messages": [said]}))
    await until_ended(assistant, "r")
    with pytest.raises(Invalid, match="runId: an id of a message of this conversation begins with it") as refused:
        await assistant.send("me", question(run="s"))
    assert refused.value.problem()["field"] == "runId"


async def test_a_model_that_is_not_offered_is_refused() -> None:
    with pytest.raises(Invalid, match="model: 'unheard-of' is not offered here"):
        await House().process([]).send("me", question(model="unheard-of"))


async def test_a_thread_cannot_be_deleted_under_a_run() -> None:
    house = House()
    assistant = house.process([Step("hang")])
    await assistant.send("me", question(run="r"))
    with pytest.raises(Conflict) as refused:
        await assistant.delete("me", "t")
    assert refused.value.extras == {"runId": "r"}
    await assistant.cancel("me", "r")
    await assistant.delete("me", "t")


texts = st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=4)
arguments = st.sampled_from(['{"name": "a"}', '{"name": "nowhere"}', "{}", "not json", '{"name": "broken"}'])


def steps(*tools: str) -> st.SearchStrategy[Step]:
    """Anything that a model may do, with these tools."""
    calls = st.tuples(st.sampled_from(tools), arguments)
    return st.one_of(
        st.builds(lambda value: Step("text", value), texts),
        st.builds(lambda value: Step("open", value), texts),
        st.builds(lambda value: Step("call", value), calls),
        st.builds(lambda value: Step("turn", value), st.lists(calls, min_size=1, max_size=3)),
        st.sampled_from([Step("cut-call"), Step("raise"), Step("bug"), Step("nonsense"), Step("hang")]),
    )


@given(st.lists(steps("touch", "look", "send", "fly"), max_size=5), st.integers(0, 60), st.booleans(), st.booleans())
def test_any_script_any_cancel_is_a_sentence(script: list[Step], moment: int, cancelled: bool, agreeable: bool) -> None:
    async def story() -> None:
        house = House()
        assistant = house.process(script)
        await assistant.send("me", question(run="r"))
        await answer_everything(assistant, "r", agreeable, moment)
        if cancelled or assistant.running:
            await assistant.cancel("me", "r")
        assert (await house.sentence("r")).ended
        assert await house.open_calls("t") == []
        assert assistant.running == 0

    asyncio.run(story())


@given(st.lists(steps("touch", "look", "fly"), max_size=5), st.integers(0, 60), st.booleans())
def test_any_crash_point_is_a_sentence_and_repeats_no_effect(script: list[Step], dies_at: int, agreeable: bool) -> None:
    async def story() -> None:
        house = House()
        mortal = house.process(script, dies_at=dies_at)
        try:
            await mortal.send("me", question(run="r"))
            await answer_everything(mortal, "r", agreeable, 40)
            await mortal.close()
        except StoreError:
            pass
        house.kill(mortal)
        seen = [entry.data for entry in await house.entries("r")]
        heir = house.process([Step("text", ["And on."])])
        await heir.open()
        if await house.store.records.run("me", "r") is None:
            assert seen == []
            await heir.close()
            return
        kept = [entry.data for entry in await house.entries("r")]
        assert kept[: len(seen)] == seen  # nothing that a client saw is gone or contradicted
        assert (await house.sentence("r")).ended
        status = await heir.run("me", "r")
        for request in status["waitingFor"]:
            resumed = await heir.answer("me", "r", approve(request))
            if resumed != "r":
                await until_ended(heir, resumed)
                assert (await house.sentence(resumed)).ended
        await heir.send("me", question(run="s"))
        await until_ended(heir, "s")
        assert await house.open_calls("t") == []
        assert len(house.traces.done) == len(set(house.traces.done))
        await heir.close()

    asyncio.run(story())


async def answer_everything(assistant: Any, run_id: str, agreeable: bool, turns: int) -> None:
    """Answer each request as it comes, for so many turns of the loop."""
    for _ in range(turns):
        await asyncio.sleep(0)
        status = await assistant.run("me", run_id)
        if status["status"] == "finished":
            return
        for request in status["waitingFor"]:
            try:
                await assistant.answer("me", run_id, approve(request) if agreeable else deny(request))
            except Conflict:
                continue
