"""What every store of records keeps."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from ag_ui.core import ImagePart, TextPart, UrlSource, UserMessage

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.errors import Conflict, NotFound, StoreError
from jupyter_agent.core.records import Records, RunRecord, StoredMessage, ThreadRecord

from .conftest import Opened
from .samples import action, answered, asked, blob, change, exchange, lease, request, run, text


async def begin(records: Records, record: RunRecord, title: str | None = None, notebook: str | None = None) -> None:
    assert await records.start_run(record, title=title, notebook=notebook) == (record, True)


async def finish(records: Records, run_id: str, *messages: str, seq: int = 9) -> None:
    """A whole exchange: the first of the messages is the question."""
    said = [asked(messages[0]), *(answered(m) for m in messages[1:])] if messages else []
    assert await records.settle_run(run_id, outcome="success", messages=said, finished_at=2_000)
    await records.seal_run(run_id, seq)


# Runs


async def test_a_new_run_makes_its_thread(opened: Opened) -> None:
    async with opened() as store:
        record = run("r1", parent_run_id="r0", input='{"é":"🐧"}', first_seq=3)
        await begin(store.records, record, "Rows?", "a.ipynb")
        assert await store.records.run("ada", "r1") == record
        assert await store.records.thread("ada", "thread") == ThreadRecord(
            thread_id="thread", owner="ada", title="Rows?", notebook="a.ipynb", created_at=1_000, updated_at=1_000
        )


async def test_a_later_run_leaves_the_threads_title_and_notebook(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"), "Rows?", "a.ipynb")
        await finish(store.records, "r1")
        await begin(store.records, run("r2", started_at=3_000), "Other", "b.ipynb")
        assert await store.records.thread("ada", "thread") == ThreadRecord(
            thread_id="thread", owner="ada", title="Rows?", notebook="a.ipynb", created_at=1_000, updated_at=3_000
        )
        assert [r.run_id for r in await store.records.runs("ada", "thread")] == ["r1", "r2"]


async def test_the_same_run_again_starts_nothing(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await store.records.mark_run("r1", first_seq=4)
        again = run("r1", thread_id="elsewhere", body_hash="other")
        assert await store.records.start_run(again, title="x", notebook=None) == (run("r1", first_seq=4), False)
        assert await store.records.thread("ada", "elsewhere") is None


async def test_a_run_of_somebody_else_is_not_there(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        with pytest.raises(NotFound) as refused:
            await store.records.start_run(run("r1", owner="bob"), title=None, notebook=None)
        assert refused.value.problem() == {
            "type": "unknown-run",
            "title": "Not found",
            "detail": "There is no such run.",
            "status": 404,
        }
        assert await store.records.run("bob", "r1") is None
        assert await store.records.runs("bob", "thread") == []
        assert await store.records.thread("bob", "thread") is None


async def test_two_owners_may_choose_the_same_thread_id(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"), "Ada's")
        await begin(store.records, run("r2", owner="bob"), "Bob's")
        await finish(store.records, "r1", "hello")
        assert [t.title for t, _, _ in await store.records.threads("bob")] == ["Bob's"]
        assert await store.records.messages("bob", "thread") == []


async def test_a_thread_answers_one_message_at_a_time(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        with pytest.raises(Conflict) as refused:
            await store.records.start_run(run("r2"), title=None, notebook=None)
        assert refused.value.problem() == {
            "type": "run-going-on",
            "title": "The state has moved on",
            "detail": "This conversation is still being answered. Wait for the answer or stop it first.",
            "status": 409,
            "runId": "r1",
        }
        assert await store.records.run("ada", "r2") is None
        await store.records.settle_run("r1", outcome="success", messages=[], finished_at=2_000)
        await begin(store.records, run("r2"))
        assert [running for _, _, running in await store.records.threads("ada")] == ["r2"]


async def test_of_many_who_start_at_once_one_does(opened: Opened) -> None:
    async with opened() as store:
        starts = [store.records.start_run(run(f"r{n}"), title=None, notebook=None) for n in range(20)]
        others = [store.log.append("ada", "r", [text(n)]) for n in range(20)]
        outcomes = await asyncio.gather(*starts, return_exceptions=True)
        entries = await asyncio.gather(*others)
        started = [o for o in outcomes if not isinstance(o, Conflict)]
        assert started == [(run("r0"), True)]
        assert {o.extras["runId"] for o in outcomes if isinstance(o, Conflict)} == {"r0"}
        assert [e.seq for of_one in entries for e in of_one] == list(range(1, 21))


async def test_unsealed_runs_are_those_whose_end_is_not_in_the_log(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1", "t1"))
        await begin(store.records, run("r2", "t2"))
        await begin(store.records, run("r3", "t3", owner="bob"))
        await finish(store.records, "r1")
        await store.records.settle_run("r2", outcome="error", messages=[], finished_at=2_000)
        assert [r.run_id for r in await store.records.unsealed()] == ["r2", "r3"]
        assert [r.run_id for r in await store.records.unsealed("ada")] == ["r2"]
        assert await store.records.unsealed("nobody") == []


async def test_marks_change_what_they_name(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await store.records.mark_run("r1", status="waiting")
        await store.records.mark_run("r1", first_seq=5)
        assert await store.records.run("ada", "r1") == run("r1", status="waiting", first_seq=5)
        await store.records.mark_run("nobody's", status="waiting")


async def test_what_is_finished_stays_finished(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await store.records.settle_run(
            "r1",
            outcome="error",
            messages=[],
            finished_at=2_000,
            error_code="model",
            error_message="It is away.",
            usage='[{"input":1}]',
        )
        settled = run(
            "r1",
            status="finished",
            outcome="error",
            finished_at=2_000,
            error_code="model",
            error_message="It is away.",
            usage='[{"input":1}]',
        )
        assert await store.records.run("ada", "r1") == settled
        again = await store.records.settle_run("r1", outcome="success", messages=exchange(), finished_at=9_000)
        await store.records.mark_run("r1", status="running")
        assert again is False
        assert await store.records.run("ada", "r1") == settled
        assert await store.records.messages("ada", "thread") == []
        assert not await store.records.settle_run("nobody's", outcome="success", messages=[], finished_at=1)


async def test_the_first_seal_holds(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await store.records.seal_run("r1", 8)
        await store.records.seal_run("r1", 9)
        assert await store.records.run("ada", "r1") == run("r1", last_seq=8)


async def test_of_two_who_adopt_a_run_one_does(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1", instance="dead"))
        heirs = ["i1", "i2", "i3"]
        adopted = await asyncio.gather(*(store.records.adopt_run("r1", dead="dead", instance=heir) for heir in heirs))
        assert adopted == [True, False, False]
        assert await store.records.run("ada", "r1") == run("r1", instance="i1")
        await store.records.seal_run("r1", 1)
        assert await store.records.adopt_run("r1", dead="i1", instance="i2") is False


# Threads


async def test_messages_come_back_as_they_were_said(opened: Opened) -> None:
    picture = UserMessage(
        id="m5",
        content=[TextPart(text="And this?"), ImagePart(source=UrlSource(value="https://example.org/x.png"))],
    )
    async with opened() as store:
        await begin(store.records, run("r1"))
        await store.records.settle_run("r1", outcome="success", messages=exchange(), finished_at=2_000)
        await store.records.append_messages("ada", "thread", "r2", [picture])
        assert await store.records.messages("ada", "thread") == [
            *(StoredMessage(run_id="r1", message=message) for message in exchange()),
            StoredMessage(run_id="r2", message=picture),
        ]
        assert await store.records.messages("bob", "thread") == []


async def test_what_was_stored_does_not_change_with_the_object(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        said = answered("first")
        await store.records.settle_run("r1", outcome="success", messages=[said], finished_at=2_000)
        said.content = "changed"
        assert [m.message for m in await store.records.messages("ada", "thread")] == [answered("first")]


async def test_more_messages_count_as_news_of_the_thread(opened: Opened, clock: ManualClock) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await clock.advance(4)
        await store.records.append_messages("ada", "thread", "r1", [answered("more")])
        thread = await store.records.thread("ada", "thread")
        assert thread is not None
        assert thread.updated_at == 9_000


async def test_nothing_comes_back_to_a_thread_that_is_gone(opened: Opened) -> None:
    async with opened() as store:
        await store.records.append_messages("ada", "gone", "r1", exchange())
        assert await store.records.thread("ada", "gone") is None
        assert await store.records.messages("ada", "gone") == []


async def test_threads_are_listed_newest_first_whatever_the_clock_does(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1", "t1", started_at=9_000), "One")
        await begin(store.records, run("r2", "t2", started_at=8_000), "Two")
        await begin(store.records, run("r3", "t3", started_at=7_000), "Three")
        await store.records.settle_run(
            "r1", outcome="success", messages=[asked("Rows?\n\n " + "x" * 300), answered("344")], finished_at=1
        )
        listed = await store.records.threads("ada")
        assert [(t.title, preview, running) for t, preview, running in listed] == [
            ("One", "Rows? " + "x" * 193 + "…", None),
            ("Three", "", "r3"),
            ("Two", "", "r2"),
        ]
        assert [t.title for t, _, _ in await store.records.threads("ada", limit=2)] == ["One", "Three"]
        assert await store.records.threads("ada", limit=0) == []
        assert await store.records.threads("bob") == []


async def test_a_search_is_literal_and_blind_to_case(opened: Opened) -> None:
    async with opened() as store:

        async def titles(query: str | None, notebook: str | None = None) -> list[str | None]:
            return [t.title for t, _, _ in await store.records.threads("ada", query=query, notebook=notebook)]

        await begin(store.records, run("r1", "t1"), "Straße 100% sure", "a.ipynb")
        await begin(store.records, run("r2", "t2"), "snake_case", "b.ipynb")
        await begin(store.records, run("r3", "t3"), None, "a.ipynb")
        await store.records.settle_run("r3", outcome="success", messages=exchange(), finished_at=2_000)
        assert await titles(None) == [None, "snake_case", "Straße 100% sure"]
        assert await titles("") == [None, "snake_case", "Straße 100% sure"]
        assert await titles("STRASSE") == ["Straße 100% sure"]
        assert await titles("100%") == ["Straße 100% sure"]
        assert await titles("%") == ["Straße 100% sure"]
        assert await titles("e_c") == ["snake_case"]
        assert await titles("eXc") == []
        assert await titles("MANY rows") == [None]  # what the person said
        assert await titles("344 rows") == [None]  # what the assistant said
        assert await titles("run_cell") == []  # a call is not said
        assert await titles("content") == []  # nor is the form in which it is stored
        assert await titles(None, "a.ipynb") == [None, "Straße 100% sure"]
        assert await titles("s", "a.ipynb") == [None, "Straße 100% sure"]
        assert await titles("case", "a.ipynb") == []
        assert await titles("\\") == []
        assert await titles("' OR 1=1 --") == []


async def test_a_thread_is_renamed_by_its_owner(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1", "t1"), "Old")
        await begin(store.records, run("r2", "t2"), "Newer")
        assert await store.records.rename_thread("bob", "t1", "Stolen") is False
        assert await store.records.rename_thread("ada", "t1", "New") is True
        assert [t.title for t, _, _ in await store.records.threads("ada")] == ["Newer", "New"]


async def test_an_effect_is_begun_once_in_a_thread(opened: Opened) -> None:
    async with opened() as store:
        records = store.records
        assert await records.begin_effect("ada", "thread", "c1") is True
        assert await records.begin_effect("ada", "thread", "c1") is False
        assert await records.begin_effect("ada", "other", "c1") is True
        assert await records.begin_effect("bob", "thread", "c1") is True
        assert await records.begun_effects("ada", "thread") == {"c1"}
        assert await records.begun_effects("ada", "nobody's") == frozenset()


async def test_a_deleted_thread_takes_everything_with_it_and_nothing_else(opened: Opened) -> None:
    async with opened() as store:
        records = store.records
        for run_id, thread_id, owner in (("r1", "thread", "ada"), ("other", "kept", "ada"), ("bob's", "thread", "bob")):
            await begin(records, run(run_id, thread_id, owner))
            await records.open_requests(
                [request(f"q {run_id}", run_id, thread_id, owner)], run_id=run_id, checkpoint="[]"
            )
            await records.record_action(action(f"a {run_id}", run_id, owner))
            await records.begin_effect(owner, thread_id, f"c {run_id}")
            await records.record_change(owner, run_id, change("c"))
            await records.put_blob(blob(f"b {run_id}", thread_id=thread_id, owner=owner))
            await finish(records, run_id, "Hello")
        await begin(records, run("r2"))

        with pytest.raises(Conflict) as refused:
            await records.delete_thread("ada", "thread")
        assert (refused.value.kind, refused.value.extras) == ("run-going-on", {"runId": "r2"})
        await finish(records, "r2", "Bye")
        assert await records.delete_thread("bob", "nobody's") == []
        assert await records.delete_thread("ada", "thread") == ["r1", "r2"]

        async def left(run_id: str, thread_id: str, owner: str) -> list[int]:
            return [
                len(await records.runs(owner, thread_id)),
                len(await records.messages(owner, thread_id)),
                len(await records.requests(owner, run_id=run_id)),
                len(await records.actions(owner, run_id)),
                len(await records.begun_effects(owner, thread_id)),
                len(await records.changes(owner, run_id)),
                int(await records.blob(owner, f"b {run_id}") is not None),
                int(await records.thread(owner, thread_id) is not None),
            ]

        assert await left("r1", "thread", "ada") == [0] * 8
        assert await left("other", "kept", "ada") == [1] * 8
        assert await left("bob's", "thread", "bob") == [1] * 8
        assert await records.unsealed() == []
        assert await records.delete_thread("ada", "thread") == []


# Requests


async def test_open_requests_make_the_run_wait_with_its_messages_so_far(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        both = [request("q2", "r1"), request("q1", "r1")]
        await store.records.open_requests(both, run_id="r1", checkpoint='[{"role":"user"}]')
        assert await store.records.run("ada", "r1") == run("r1", status="waiting", checkpoint='[{"role":"user"}]')
        assert await store.records.requests("ada") == both
        assert await store.records.requests("ada", run_id="r1", thread_id="thread") == both
        assert await store.records.requests("ada", thread_id="another") == []
        assert await store.records.requests("bob") == []
        assert await store.records.request("ada", "q1") == both[1]
        assert await store.records.request("bob", "q1") is None
        assert await store.records.request("ada", "nobody's") is None


async def test_requests_are_opened_together_or_not_at_all(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await store.records.open_requests([request("q1", "r1")], run_id="r1", checkpoint="[1]")
        with pytest.raises(StoreError):
            await store.records.open_requests([request("q2", "r1"), request("q1", "r1")], run_id="r1", checkpoint="[2]")
        assert await store.records.requests("ada") == [request("q1", "r1")]
        assert await store.records.run("ada", "r1") == run("r1", status="waiting", checkpoint="[1]")


async def test_a_run_that_has_ended_can_ask_nothing_more(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await finish(store.records, "r1")
        for run_id in ("r1", "nobody's"):
            with pytest.raises(Conflict) as refused:
                await store.records.open_requests([request("q1", run_id)], run_id=run_id, checkpoint="[]")
            assert (refused.value.kind, refused.value.detail) == (
                "run-finished",
                "This run has ended: it can ask nothing more.",
            )
        assert await store.records.requests("ada") == []


async def test_a_request_is_answered_once_by_its_owner(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        await store.records.open_requests([request("q1", "r1"), request("q2", "r1")], run_id="r1", checkpoint="[]")
        assert not await store.records.resolve_request("bob", "q1", state="approved", answer="{}")
        assert not await store.records.resolve_request("ada", "nobody's", state="approved", answer="{}")
        answers = [
            store.records.resolve_request("ada", "q1", state="denied", answer=f'{{"reason":{n}}}') for n in range(5)
        ]
        assert await asyncio.gather(*answers) == [True, False, False, False, False]
        assert await store.records.requests("ada") == [
            replace(request("q1", "r1"), state="denied", answer='{"reason":0}'),
            request("q2", "r1"),
        ]


async def test_a_run_that_answers_starts_with_all_of_its_answers_or_not_at_all(opened: Opened) -> None:
    async with opened() as store:
        await begin(store.records, run("r1"))
        q1, q2 = request("q1", "r1"), request("q2", "r1")
        await store.records.open_requests([q1, q2], run_id="r1", checkpoint="[]")
        yes, no = replace(q1, state="approved", answer="{}"), replace(q2, state="denied", answer="{}")
        with pytest.raises(Conflict, match="still being answered"):
            await store.records.start_run(run("r2"), title=None, notebook=None, decided=[yes, no])
        await finish(store.records, "r1")
        await store.records.resolve_request("ada", "q2", state="withdrawn", answer=None)
        with pytest.raises(Conflict, match="already answered: withdrawn") as refused:
            await store.records.start_run(run("r2"), title=None, notebook=None, decided=[yes, no])
        assert (refused.value.kind, refused.value.extras) == ("request-answered", {"state": "withdrawn"})
        assert await store.records.run("ada", "r2") is None
        assert await store.records.request("ada", "q1") == q1
        assert await store.records.start_run(run("r2"), title=None, notebook=None, decided=[yes]) == (run("r2"), True)
        assert await store.records.start_run(run("r2"), title=None, notebook=None, decided=[yes]) == (run("r2"), False)
        assert await store.records.request("ada", "q1") == yes


# Actions


async def test_an_action_is_reported_once_by_its_owner(opened: Opened) -> None:
    async with opened() as store:
        intents = [action("a2", "r1"), action("a1", "r1"), action("a3", "r2")]
        for intent in intents:
            await store.records.record_action(intent)
        assert await store.records.actions("ada", "r1") == intents[:2]
        assert await store.records.action("bob", "a1") is None
        assert not await store.records.resolve_action("bob", "a1", state="done", result="{}")
        assert await store.records.resolve_action("ada", "a1", state="missed", result=None)
        assert not await store.records.resolve_action("ada", "a1", state="done", result="{}")
        assert await store.records.action("ada", "a1") == replace(intents[1], state="missed")
        with pytest.raises(StoreError):
            await store.records.record_action(intents[0])


async def test_changes_come_back_with_both_sides_in_order(opened: Opened) -> None:
    async with opened() as store:
        inserted = replace(change("c1"), kind="insert", before=None, changed=False)
        await store.records.record_change("ada", "r1", change("c2"))
        await store.records.record_change("ada", "r1", inserted)
        await store.records.record_change("ada", "r2", change("c3"))
        assert await store.records.changes("ada", "r1") == [change("c2"), inserted]
        assert await store.records.changes("bob", "r1") == []


# Leases and blobs


async def test_a_lease_is_taken_refreshed_and_released(opened: Opened) -> None:
    async with opened() as store:
        first, second, third = lease("p1", "d1"), lease("p1", "d2", "b.ipynb"), lease("p2", "d1")
        for one in (first, second, third, lease("p1", "d1", owner="bob")):
            await store.records.claim(one)
        assert await store.records.leases("ada") == [first, second, third]
        assert await store.records.leases("ada", "a.ipynb") == [first, third]
        moved = lease("p1", "d1", "moved.ipynb", until=9_000)
        await store.records.claim(moved)
        assert await store.records.leases("ada") == [moved, second, third]
        await store.records.release("ada", "p1", "d2")
        assert await store.records.leases("ada") == [moved, third]
        await store.records.release("ada", "p1")
        await store.records.release("ada", "nobody's")
        assert await store.records.leases("ada") == [third]
        assert await store.records.leases("bob") == [lease("p1", "d1", owner="bob")]


async def test_a_blob_is_its_owners(opened: Opened) -> None:
    async with opened() as store:
        large = blob("b1", bytes(range(256)) * 4_000, thread_id=None)
        await store.records.put_blob(large)
        assert await store.records.blob("ada", "b1") == large
        assert await store.records.blob("bob", "b1") is None
        await store.records.put_blob(blob("b1", b"bob's", owner="bob"))
        assert await store.records.blob("ada", "b1") == large


async def test_records_are_there_when_the_store_is_opened_again(lasting: Opened) -> None:
    async with lasting() as store:
        await begin(store.records, run("r1"), "Rows?", "a.ipynb")
        await store.records.open_requests([request("q1", "r1")], run_id="r1", checkpoint="[]")
        await store.records.record_action(action("a1", "r1"))
        await store.records.claim(lease("p1", "d1"))
        await store.records.append_messages("ada", "thread", "r1", exchange())
    async with lasting() as store:
        assert await store.records.unsealed() == [run("r1", status="waiting", checkpoint="[]")]
        assert await store.records.requests("ada") == [request("q1", "r1")]
        assert await store.records.actions("ada", "r1") == [action("a1", "r1")]
        assert await store.records.leases("ada") == [lease("p1", "d1")]
        assert [m.message for m in await store.records.messages("ada", "thread")] == exchange()
