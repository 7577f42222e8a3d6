"""What the page host promises: writes once and read back, runs never repeated, silence never taken for a no."""

import asyncio
import json

import pytest

from jupyter_agent.core.errors import Conflict, Invalid, NotFound, ToolError
from jupyter_agent.core.notebook import Binding, Change, source_hash

from .conftest import settle
from .played import PlayedNotebook


async def test_reads_the_cells_of_the_live_notebook(desk):
    notebook = PlayedNotebook("penguins.ipynb", "import pandas", "1 + 1")
    await desk.page("page-1", notebook)
    page = await desk.hosts.open(desk.channel, desk.binding())

    view = await desk.ended(page.read())

    assert [(cell.cell_id, cell.position, cell.source) for cell in view.cells] == [
        ("cell-1", 0, "import pandas"),
        ("cell-2", 1, "1 + 1"),
    ]
    assert (view.path, view.kernel_id, view.kernel_status, view.language) == (
        "penguins.ipynb",
        "kernel-1",
        "idle",
        "python",
    )
    assert desk.channel.told() == [("action", "read"), ("action_resolved", "done")]


async def test_reads_only_the_cells_that_are_asked_for(desk):
    await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a", "b", "c"))
    page = await desk.hosts.open(desk.channel, desk.binding())
    view = await desk.ended(page.read(["cell-3", "cell-1"]))
    assert [cell.source for cell in view.cells] == ["a", "c"]


async def test_an_insert_is_a_change_with_both_sides_and_is_recorded(desk):
    notebook = PlayedNotebook("penguins.ipynb", "a", "b")
    await desk.page("page-1", notebook)
    page = await desk.hosts.open(desk.channel, desk.binding())

    change = await desk.ended(page.insert(cell_id="new", type="code", source="x = 1", after="cell-1"))

    assert change == Change(
        kind="insert",
        path="penguins.ipynb",
        cell_id="new",
        position=1,
        type="code",
        before=None,
        after={"type": "code", "source": "x = 1", "metadata": {}, "outputs": []},
        source_hash=source_hash("x = 1"),
        changed=True,
    )
    assert [cell.source for cell in notebook.cells] == ["a", "x = 1", "b"]
    assert await desk.store.records.changes("me", "run-1") == [change]


async def test_inserting_a_cell_that_is_there_changes_nothing_and_records_nothing(desk):
    notebook = PlayedNotebook("penguins.ipynb", "a")
    await desk.page("page-1", notebook)
    page = await desk.hosts.open(desk.channel, desk.binding())
    await desk.ended(page.insert(cell_id="new", type="code", source="x", after=None))
    again = await desk.ended(page.insert(cell_id="new", type="code", source="x", after=None))
    assert again.changed is False
    assert len(notebook.cells) == 2
    assert len(await desk.store.records.changes("me", "run-1")) == 1


async def test_a_replacement_keeps_what_was_there_before(desk):
    notebook = PlayedNotebook("penguins.ipynb", "old")
    await desk.page("page-1", notebook)
    page = await desk.hosts.open(desk.channel, desk.binding())
    change = await desk.ended(page.replace(cell_id="cell-1", source="new", expected_hash=source_hash("old")))
    assert (change.before, change.after) == ({"type": "code", "source": "old"}, {"type": "code", "source": "new"})
    assert notebook.source("cell-1") == "new"


async def test_a_cell_that_the_person_changed_refuses_the_write_and_shows_itself(desk):
    notebook = PlayedNotebook("penguins.ipynb", "the person's own")
    await desk.page("page-1", notebook)
    page = await desk.hosts.open(desk.channel, desk.binding())
    with pytest.raises(ToolError) as refused:
        await desk.ended(page.replace(cell_id="cell-1", source="new", expected_hash=source_hash("what was read")))
    assert refused.value.reason == "changed"
    assert refused.value.facts == {"source": "the person's own", "sourceHash": source_hash("the person's own")}
    assert notebook.source("cell-1") == "the person's own"
    assert desk.channel.told() == [("action", "replace"), ("action_resolved", "refused")]


async def test_a_cell_runs_once_and_says_what_it_put_out(desk):
    notebook = PlayedNotebook("penguins.ipynb", "1 + 1")
    await desk.page("page-1", notebook)
    page = await desk.hosts.open(desk.channel, desk.binding())
    execution = await desk.ended(page.run(cell_id="cell-1", source="1 + 1"))
    assert (execution.status, execution.execution_count, execution.duration) == ("ok", 1, 0.0125)
    assert [output.text for output in execution.outputs] == ["<1 + 1>"]
    assert notebook.ran == ["1 + 1"]


@pytest.mark.parametrize(
    ("kernel", "reason"), [(None, "no-kernel"), ("dead", "kernel-dead")], ids=["no kernel", "a dead kernel"]
)
async def test_without_a_living_kernel_the_model_is_told_what_to_do(desk, kernel, reason):
    await desk.page("page-1", PlayedNotebook("penguins.ipynb", "1", kernel=kernel))
    page = await desk.hosts.open(desk.channel, desk.binding())
    with pytest.raises(ToolError, match="Ask the person") as refused:
        await desk.ended(page.run(cell_id="cell-1", source="1"))
    assert refused.value.reason == reason


async def test_what_a_page_has_missed_is_offered_again_under_a_new_id(desk):
    notebook = PlayedNotebook("penguins.ipynb", "1")
    page = await desk.page("page-1", notebook)
    page.misses = 2
    held = await desk.hosts.open(desk.channel, desk.binding())
    await desk.ended(held.run(cell_id="cell-1", source="1"))
    assert notebook.ran == ["1"]
    ids = [event.value["actionId"] for event in desk.channel.said if event.name == "jupyter_agent.action"]
    assert len(set(ids)) == 3
    assert [action.state for action in await desk.store.records.actions("me", "run-1")] == ["missed", "missed", "done"]


async def test_a_sleeping_page_is_waited_for(desk):
    notebook = PlayedNotebook("penguins.ipynb", "1")
    page = await desk.page("page-1", notebook)
    page.sleep()
    held = await desk.hosts.open(desk.channel, desk.binding())
    reading = asyncio.ensure_future(held.read())
    await desk.pass_time(20)
    assert not reading.done()
    assert desk.channel.said == []
    page.wake()
    assert len((await desk.ended(reading)).cells) == 1


async def test_a_page_that_sleeps_for_long_is_unreachable_and_nothing_was_sent_to_it(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "1"))
    page.sleep()
    held = await desk.hosts.open(desk.channel, desk.binding())
    writing = asyncio.ensure_future(held.insert(cell_id="new", type="code", source="x", after=None))
    await desk.pass_time(31)
    with pytest.raises(ToolError) as refused:
        await writing
    assert refused.value.reason == "unreachable"
    assert desk.channel.said == []


async def test_a_write_that_nobody_reports_is_of_unknown_outcome(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "1"))
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    writing = asyncio.ensure_future(held.insert(cell_id="new", type="code", source="x", after=None))
    await desk.pass_time(31)
    with pytest.raises(ToolError, match="Read the notebook") as refused:
        await writing
    assert refused.value.reason == "unknown-outcome"
    assert desk.channel.told() == [("action", "insert"), ("action_resolved", "unknown")]
    with pytest.raises(Conflict) as late:
        await page.report(*page.log[0])
    assert late.value.problem()["state"] == "unknown"


@pytest.mark.parametrize(
    ("back", "reason"), [(False, "unreachable"), (True, "unknown-outcome")], ids=["and stays away", "and comes back"]
)
async def test_a_page_that_goes_away_just_before_it_is_told(desk, back, reason):
    """It cannot have carried out what it did not hear live; if it was back at that moment, it may have."""
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "1"))
    page.reports = False

    def go(event):
        if event.name == "jupyter_agent.action":
            page.sleep()
            if back:
                page.wake()
                page.sleep()

    desk.channel.heard.insert(0, go)
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="1"))
    await desk.pass_time(31)
    with pytest.raises(ToolError) as refused:
        await running
    assert refused.value.reason == reason


async def test_a_cell_may_run_for_hours_while_its_page_is_there(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "1"))
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="1"))
    await desk.pass_time(3 * 3600)
    assert not running.done()
    await page.report(*page.log[0])
    assert (await desk.ended(running)).status == "ok"


async def test_a_short_absence_during_a_run_loses_nothing(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "1"))
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="1"))
    await settle()
    page.sleep()
    await desk.pass_time(29)
    page.wake()
    await desk.pass_time(3600)
    await page.report(*page.log[0])
    assert (await desk.ended(running)).status == "ok"


async def test_a_run_whose_page_stays_away_is_of_unknown_outcome_and_never_sent_again(desk):
    notebook = PlayedNotebook("penguins.ipynb", "1")
    page = await desk.page("page-1", notebook)
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="1"))
    await settle()
    page.sleep()
    await desk.pass_time(31)
    with pytest.raises(ToolError, match="Do not run it again") as refused:
        await running
    assert refused.value.reason == "unknown-outcome"
    page.wake()
    await desk.pass_time(3600)
    assert desk.channel.told() == [("action", "run"), ("action_resolved", "unknown")]
    assert notebook.ran == ["1"]


async def test_a_run_whose_page_leaves_is_not_sent_to_the_next_page(desk):
    notebook = PlayedNotebook("penguins.ipynb", "1")
    page = await desk.page("page-1", notebook)
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="1"))
    await settle()
    await page.leave()
    await desk.page("page-2", notebook)
    with pytest.raises(ToolError) as refused:
        await desk.ended(running)
    assert refused.value.reason == "unknown-outcome"
    assert notebook.ran == ["1"]


async def test_a_write_whose_page_left_is_found_done_through_the_next_page(desk):
    notebook = PlayedNotebook("penguins.ipynb", "a")
    page = await desk.page("page-1", notebook)
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    writing = asyncio.ensure_future(held.insert(cell_id="new", type="code", source="x", after=None))
    await settle()
    await page.leave()
    await desk.page("page-2", notebook)  # with collaboration, or after a save: the effect is there
    change = await desk.ended(writing)
    assert change.cell_id == "new"
    assert [cell.source for cell in notebook.cells] == ["a", "x"]
    assert [told for told in desk.channel.told() if told[0] == "action"] == [("action", "insert"), ("action", "read")]


async def test_a_write_that_is_not_there_is_offered_to_the_next_page(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    writing = asyncio.ensure_future(held.insert(cell_id="new", type="code", source="x", after=None))
    await settle()
    await page.leave()
    reloaded = PlayedNotebook("penguins.ipynb", "a")  # reloaded from disk: the effect is lost
    await desk.page("page-2", reloaded)
    change = await desk.ended(writing)
    assert change.changed
    assert [cell.source for cell in reloaded.cells] == ["a", "x"]


async def test_stop_interrupts_the_cell_and_waits_for_its_end(desk):
    notebook = PlayedNotebook("penguins.ipynb", "sleep(60)")
    page = await desk.page("page-1", notebook)
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="sleep(60)"))
    await settle()
    page.reports = True
    running.cancel()
    await settle()
    assert notebook.interrupted == 1
    assert not running.done()
    await page.report(page.log[0][0], {**page.log[0][1], "status": "error"})
    await settle()
    assert running.result().interrupted
    assert desk.channel.told() == [
        ("action", "run"),
        ("action", "interrupt"),
        ("action_resolved", "done"),
        ("action_resolved", "done"),
    ]


async def test_stop_does_not_wait_for_a_cell_that_will_not_end(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "while True: pass"))
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="while True: pass"))
    await settle()
    running.cancel()
    await desk.pass_time(3)
    assert running.cancelled()
    assert [action.state for action in await desk.store.records.actions("me", "run-1")] == ["unknown", "unknown"]


async def test_stop_does_not_wait_for_a_page_that_is_away(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "sleep(60)"))
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="sleep(60)"))
    await settle()
    page.sleep()
    running.cancel()
    await settle()
    assert running.cancelled()


async def test_a_cell_that_ended_well_all_the_same_was_not_interrupted(desk):
    page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "1"))
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    running = asyncio.ensure_future(held.run(cell_id="cell-1", source="1"))
    await settle()
    running.cancel()
    await settle()
    await page.report(*page.log[0])
    await settle()
    assert (running.result().status, running.result().interrupted) == ("ok", False)


async def test_stop_during_a_write_still_records_what_was_written(desk):
    notebook = PlayedNotebook("penguins.ipynb", "a")
    page = await desk.page("page-1", notebook)
    page.reports = False
    held = await desk.hosts.open(desk.channel, desk.binding())
    writing = asyncio.ensure_future(held.insert(cell_id="new", type="code", source="x", after=None))
    await settle()
    writing.cancel()
    await settle()
    await page.report(*page.log[0])
    await settle()
    assert writing.result().cell_id == "new"
    with pytest.raises(ToolError) as stopped:
        await held.run(cell_id="new", source="x")
    assert stopped.value.reason == "stopped"
    assert notebook.ran == []
    assert [change.cell_id for change in await desk.store.records.changes("me", "run-1")] == ["new"]


async def test_the_intent_is_on_record_before_the_page_hears_of_it(desk):
    await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
    known = []

    def hear(event):
        if event.name == "jupyter_agent.action":
            known.append(asyncio.ensure_future(desk.store.records.action("me", event.value["actionId"])))

    desk.channel.heard.insert(0, hear)
    held = await desk.hosts.open(desk.channel, desk.binding())
    await desk.ended(held.insert(cell_id="new", type="code", source="x", after="cell-1"))
    [action] = [await one for one in known]
    assert (action.operation, json.loads(action.arguments)["source"]) == ("insert", "x")


class TestWhichPage:
    async def test_a_run_acts_on_the_document_that_it_came_from(self, desk):
        mine, other = PlayedNotebook("penguins.ipynb", "mine"), PlayedNotebook("penguins.ipynb", "other")
        await desk.page("page-1", mine)
        await desk.page("page-2", other)
        held = await desk.hosts.open(desk.channel, desk.binding("page-2", "page-2/0"))
        await desk.ended(held.insert(cell_id="new", type="code", source="x", after=None))
        assert (len(mine.cells), len(other.cells)) == (1, 2)

    async def test_a_rename_does_not_lose_the_document(self, desk):
        notebook = PlayedNotebook("penguins.ipynb", "a")
        page = await desk.page("page-1", notebook)
        notebook.path = "renamed.ipynb"
        await page.register()
        held = await desk.hosts.open(desk.channel, desk.binding())
        change = await desk.ended(held.insert(cell_id="new", type="code", source="x", after=None))
        assert change.path == "renamed.ipynb"

    async def test_after_a_reload_the_only_other_holder_is_taken(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        await page.leave()
        opening = asyncio.ensure_future(desk.hosts.open(desk.channel, desk.binding()))
        await desk.pass_time(2)
        assert not opening.done()
        await desk.page("page-2", PlayedNotebook("penguins.ipynb", "b"))
        held = await desk.ended(opening)
        assert (await desk.ended(held.read())).cells[0].source == "b"

    async def test_after_a_rename_and_a_reload_it_is_still_found(self, desk):
        notebook = PlayedNotebook("penguins.ipynb", "a")
        page = await desk.page("page-1", notebook)
        notebook.path = "renamed.ipynb"
        await page.register()
        await page.leave()
        await desk.page("page-2", notebook)
        held = await desk.ended(desk.hosts.open(desk.channel, desk.binding()))
        assert (await desk.ended(held.read())).path == "renamed.ipynb"

    async def test_of_two_other_holders_none_is_guessed(self, desk):
        await desk.page("page-2", PlayedNotebook("penguins.ipynb", "a"))
        await desk.page("page-3", PlayedNotebook("penguins.ipynb", "a"))
        opening = asyncio.ensure_future(desk.hosts.open(desk.channel, desk.binding()))
        await desk.pass_time(5)
        with pytest.raises(ToolError, match=r"penguins\.ipynb is open in several pages") as refused:
            await opening
        assert refused.value.reason == "no-notebook"

    async def test_when_it_is_closed_the_open_notebooks_are_named(self, desk):
        await desk.page("page-2", PlayedNotebook("other.ipynb"), PlayedNotebook("another.ipynb"))
        opening = asyncio.ensure_future(desk.hosts.open(desk.channel, desk.binding()))
        await desk.pass_time(5)
        with pytest.raises(ToolError, match=r"Open now: another\.ipynb, other\.ipynb\.") as refused:
            await opening
        assert refused.value.reason == "no-notebook"

    async def test_a_conversation_without_a_notebook_has_none(self, desk):
        with pytest.raises(ToolError, match="Ask the person to open the notebook"):
            await desk.ended(desk.hosts.open(desk.channel, Binding()))

    async def test_nobody_else_s_page_is_ever_taken(self, desk):
        await desk.page("page-1", PlayedNotebook("penguins.ipynb", "theirs"), owner="somebody else")
        opening = asyncio.ensure_future(desk.hosts.open(desk.channel, desk.binding()))
        await desk.pass_time(5)
        with pytest.raises(ToolError, match="No notebook is open"):
            await opening

    async def test_after_a_restart_a_page_that_still_claims_it_is_waited_for(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        restarted = type(desk)()
        restarted.store, restarted.clock = desk.store, desk.clock
        restarted.pages = type(desk.pages)(desk.store.records, desk.clock)
        restarted.hosts = type(desk.hosts)(restarted.pages, desk.store.records, desk.clock)
        opening = asyncio.ensure_future(restarted.hosts.open(desk.channel, desk.binding()))
        await desk.pass_time(29)
        assert not opening.done()
        page.desk = restarted
        await page.register()
        await desk.ended(opening)


class TestReports:
    async def test_an_unknown_action_is_unknown_to_everybody(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        held = await desk.hosts.open(desk.channel, desk.binding())
        await desk.ended(held.read())
        with pytest.raises(NotFound):
            await desk.pages.report("me", "nonsense", {"outcome": "done"})
        with pytest.raises(NotFound):
            await desk.pages.report("somebody else", page.log[0][0], page.log[0][1])

    async def test_a_second_report_meets_the_final_state(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        held = await desk.hosts.open(desk.channel, desk.binding())
        await desk.ended(held.read())
        with pytest.raises(Conflict) as second:
            await page.report(*page.log[0])
        assert second.value.problem()["state"] == "done"

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "outcome: Field required."),
            ({"outcome": "perhaps"}, "outcome: Input should be 'done', 'refused', 'failed' or 'missed'."),
            ({"outcome": "done"}, "cellId: Field required."),
            ({"outcome": "refused"}, "reason: Field required."),
            (
                {"outcome": "done", "cellId": "new", "position": -1, "sourceHash": "x"},
                "position: Input should be greater than or equal to 0.",
            ),
        ],
    )
    async def test_a_report_that_does_not_fit_says_where(self, desk, body, words):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        page.reports = False
        held = await desk.hosts.open(desk.channel, desk.binding())
        writing = asyncio.ensure_future(held.insert(cell_id="new", type="code", source="x", after=None))
        await settle()
        with pytest.raises(Invalid) as misfit:
            await page.report(page.log[0][0], body)
        assert misfit.value.detail == words
        await page.report(*page.log[0])
        assert (await desk.ended(writing)).changed

    async def test_a_failure_of_the_page_is_told_to_the_model(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        page.reports = False
        held = await desk.hosts.open(desk.channel, desk.binding())
        writing = asyncio.ensure_future(held.insert(cell_id="new", type="code", source="x", after=None))
        await settle()
        await page.report(page.log[0][0], {"outcome": "failed", "reason": "read-back", "detail": "It did not take it."})
        with pytest.raises(ToolError, match=r"^The page tried, and could not: It did not take it\.$") as failed:
            await desk.ended(writing)
        assert failed.value.reason == "read-back"

    async def test_a_refusal_that_we_have_no_words_for_is_told_in_the_page_s_own(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        page.reports = False
        held = await desk.hosts.open(desk.channel, desk.binding())
        running = asyncio.ensure_future(held.run(cell_id="cell-1", source="a"))
        await settle()
        refusal = {"outcome": "refused", "reason": "pending-input", "detail": "A cell waits for text to be typed."}
        await page.report(page.log[0][0], refusal)
        with pytest.raises(ToolError, match=r"A cell waits for text to be typed\.$") as refused:
            await desk.ended(running)
        assert refused.value.reason == "pending-input"


class TestLeases:
    async def test_a_leave_taking_is_not_overtaken_by_the_registration_before_it(self, desk):
        page = await desk.page("page-1", PlayedNotebook("a.ipynb"), PlayedNotebook("b.ipynb"))
        page.sleep()
        await asyncio.gather(page.register(), desk.pages.remove("me", "page-1"))
        assert desk.pages.page("me", "page-1") is None
        assert await desk.store.records.leases("me") == []

    async def test_a_page_claims_what_it_holds_and_lets_go_of_what_it_closes(self, desk):
        page = await desk.page("page-1", PlayedNotebook("a.ipynb"), PlayedNotebook("b.ipynb"))
        leases = await desk.store.records.leases("me")
        assert sorted(lease.path for lease in leases) == ["a.ipynb", "b.ipynb"]
        assert {lease.expires_at - lease.taken_at for lease in leases} == {24 * 3600 * 1000}
        page.notebooks = page.notebooks[:1]
        await page.register()
        assert [lease.path for lease in await desk.store.records.leases("me")] == ["a.ipynb"]

    async def test_a_claim_outlives_the_stream_and_ends_by_leave_taking(self, desk):
        page = await desk.page("page-1", PlayedNotebook("a.ipynb"))
        page.sleep()
        assert len(await desk.store.records.leases("me")) == 1
        await desk.pages.remove("me", "page-1")
        assert await desk.store.records.leases("me") == []
        with pytest.raises(NotFound):
            await desk.pages.remove("me", "page-1")
