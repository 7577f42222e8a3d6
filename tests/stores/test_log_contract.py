"""What every event log keeps."""

from __future__ import annotations

import asyncio

import pytest
from pydantic_core import PydanticSerializationError

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.events import custom, decode
from jupyter_agent.core.log import Bounds, Entry, EventLog, follow

from .conftest import Opened
from .samples import entry, text, until_asleep

RUNS, EVENTS = 10, 20


async def test_an_owner_without_events_has_nothing(opened: Opened) -> None:
    async with opened() as store:
        assert await store.log.bounds("ada") == Bounds(floor=0, last=0)
        assert await store.log.read("ada", 0) == []


async def test_what_append_returns_is_what_read_returns(opened: Opened) -> None:
    events = [text("a\nb\u2028🐧\x00"), custom("progress", {"text": "…"}), text("")]
    async with opened() as store:
        entries = await store.log.append("ada", "r1", events)
        assert entries == [
            entry(1, "r1", events[0]),
            entry(2, "r1", events[1], "jupyter_agent.progress"),
            entry(3, "r1", events[2]),
        ]
        assert await store.log.read("ada", 0) == entries
        assert [decode(e.data) for e in entries] == events
        assert not any("\n" in e.data or "\r" in e.data for e in entries)


async def test_the_counter_is_the_owners_and_shared_by_runs(opened: Opened) -> None:
    async with opened() as store:
        await store.log.append("ada", "r1", [text(1)])
        await store.log.append("ada", "r2", [text(2), text(3)])
        await store.log.append("bob", "r3", [text(4)])
        await store.log.append("ada", "r1", [text(5)])
        assert [(e.seq, e.run_id) for e in await store.log.read("ada", 0)] == [
            (1, "r1"),
            (2, "r2"),
            (3, "r2"),
            (4, "r1"),
        ]
        assert await store.log.read("bob", 0) == [entry(1, "r3", text(4))]
        assert await store.log.bounds("ada") == Bounds(floor=0, last=4)


async def test_reading_goes_on_after_a_cursor_by_run_and_within_a_limit(opened: Opened) -> None:
    async with opened() as store:
        for number in range(6):
            await store.log.append("ada", f"r{number % 2}", [text(number)])

        async def seqs(after: int, run_id: str | None = None, limit: int = 1000) -> list[int]:
            return [e.seq for e in await store.log.read("ada", after, run_id=run_id, limit=limit)]

        assert await seqs(4) == [5, 6]
        assert await seqs(6) == []
        assert await seqs(10**30) == []
        assert await seqs(-1) == [1, 2, 3, 4, 5, 6]
        assert await seqs(0, limit=2) == [1, 2]
        assert await seqs(0, limit=0) == []
        assert await seqs(1, run_id="r0") == [3, 5]
        assert await seqs(0, run_id="r1", limit=2) == [2, 4]
        assert await seqs(0, run_id="nobody's") == []


async def test_far_behind_and_nearly_there_read_the_same(opened: Opened) -> None:
    async with opened() as store:
        everything: list[Entry] = []
        for number in range(200):
            everything += await store.log.append("ada", "r", [text("x" * 5_000 if number % 7 == 0 else number)])
        for after in (0, 1, 99, 150, 190, 198, 199, 200):
            assert await store.log.read("ada", after) == everything[after:]


async def test_appending_nothing_changes_nothing(opened: Opened) -> None:
    async with opened() as store:
        assert await store.log.append("ada", "r", []) == []
        assert await store.log.bounds("ada") == Bounds(floor=0, last=0)


async def test_events_go_in_all_or_none(opened: Opened) -> None:
    async with opened() as store:
        with pytest.raises(PydanticSerializationError):
            await store.log.append("ada", "r", [text(1), custom("x", {"not": object()})])
        assert await store.log.read("ada", 0) == []
        assert await store.log.append("ada", "r", [text(2)]) == [entry(1, "r", text(2))]


async def test_trimming_raises_the_floor_and_never_lowers_the_counter(opened: Opened) -> None:
    async with opened() as store:
        await store.log.append("ada", "r", [text(n) for n in range(5)])
        await store.log.trim("ada", 3)
        assert await store.log.bounds("ada") == Bounds(floor=3, last=5)
        assert [e.seq for e in await store.log.read("ada", 0)] == [4, 5]
        await store.log.trim("ada", 1)
        assert await store.log.bounds("ada") == Bounds(floor=3, last=5)
        await store.log.trim("ada", 10**30)
        assert await store.log.bounds("ada") == Bounds(floor=5, last=5)
        assert await store.log.read("ada", 0) == []
        assert await store.log.append("ada", "r", [text("next")]) == [entry(6, "r", text("next"))]
        assert await store.log.read("ada", 0) == [entry(6, "r", text("next"))]


async def test_trimming_one_owner_leaves_the_others(opened: Opened) -> None:
    async with opened() as store:
        await store.log.append("ada", "r", [text(1)])
        await store.log.append("bob", "s", [text(2)])
        await store.log.trim("ada", 1)
        await store.log.trim("nobody", 7)
        assert await store.log.read("bob", 0) == [entry(1, "s", text(2))]
        assert await store.log.bounds("nobody") == Bounds(floor=0, last=0)


async def test_a_forgotten_run_is_gone_and_its_numbers_stay_used(opened: Opened) -> None:
    async with opened() as store:
        for number, run_id in enumerate(["r1", "r2", "r1", "r3"]):
            await store.log.append("ada", run_id, [text(number)])
        await store.log.append("bob", "r1", [text("bob's")])
        await store.log.forget("ada", ["r1", "r3", "nobody's"])
        assert await store.log.read("ada", 0) == [entry(2, "r2", text(1))]
        assert await store.log.read("bob", 0) == [entry(1, "r1", text("bob's"))]
        assert await store.log.bounds("ada") == Bounds(floor=0, last=4)
        assert [e.seq for e in await store.log.append("ada", "r4", [text(5)])] == [5]
        await store.log.forget("ada", [])
        assert [e.seq for e in await store.log.read("ada", 0)] == [2, 5]


async def test_waiting_ends_at_once_when_there_is_something(opened: Opened) -> None:
    async with opened() as store:
        await store.log.append("ada", "r", [text(1)])
        assert await store.log.wait("ada", 0, 1e9) is True


async def test_waiting_ends_when_something_comes(opened: Opened, clock: ManualClock) -> None:
    async with opened() as store:
        waiting = [asyncio.create_task(store.log.wait("ada", after, 1e9)) for after in (0, 0, 1)]
        await until_asleep(clock)
        await store.log.append("bob", "r", [text("another's")])
        await store.log.append("ada", "r", [text(1)])
        assert await asyncio.gather(*waiting[:2]) == [True, True]
        assert not waiting[2].done()
        await store.log.append("ada", "r", [text(2)])
        assert await waiting[2] is True


async def test_waiting_in_vain_ends_after_its_time(opened: Opened, clock: ManualClock) -> None:
    async with opened() as store:
        await store.log.append("ada", "r", [text(1)])
        waiting = asyncio.create_task(store.log.wait("ada", 1, 15.0))
        await until_asleep(clock)
        await clock.advance(14.9)
        assert not waiting.done()
        await clock.advance(0.1)
        assert await waiting is False


async def test_who_stops_waiting_disturbs_nobody(opened: Opened, clock: ManualClock) -> None:
    async with opened() as store:
        one, other = (asyncio.create_task(store.log.wait("ada", 0, 1e9)) for _ in range(2))
        await until_asleep(clock)
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        await store.log.append("ada", "r", [text(1)])
        assert await other is True


async def test_many_runs_at_once_get_one_row_of_numbers(opened: Opened) -> None:
    async with opened() as store:

        async def speak(run_id: str) -> list[Entry]:
            said: list[Entry] = []
            for number in range(EVENTS):
                said += await store.log.append("ada", run_id, [text(f"{run_id} {number}")])
            return said

        said = await asyncio.gather(*(speak(f"r{n}") for n in range(RUNS)))
        everything = await store.log.read("ada", 0)
        assert [e.seq for e in everything] == list(range(1, RUNS * EVENTS + 1))
        for of_run in said:
            assert [e for e in everything if e.run_id == of_run[0].run_id] == of_run
            assert [decode(e.data) for e in of_run] == [text(f"{of_run[0].run_id} {n}") for n in range(EVENTS)]


async def _take(log: EventLog, after: int, count: int, run_id: str | None = None, limit: int = 7) -> list[Entry]:
    """The next `count` entries, as one who follows gets them."""
    taken: list[Entry] = []
    following = follow(log, "ada", after, run_id=run_id, limit=limit)
    async for entries in following:
        taken += entries
        if len(taken) >= count:
            break
    await following.aclose()
    return taken[:count]


async def test_who_follows_sees_exactly_what_was_appended_while_others_come_and_go(opened: Opened) -> None:
    async with opened() as store:
        total = RUNS * EVENTS
        whole = [asyncio.create_task(_take(store.log, 0, total)) for _ in range(3)]
        of_runs = [asyncio.create_task(_take(store.log, 0, EVENTS, f"r{n}")) for n in range(RUNS)]

        async def pieces() -> list[Entry]:
            """One whose connection is cut after every few entries."""
            taken: list[Entry] = []
            while len(taken) < total:
                taken += await _take(store.log, len(taken), min(11, total - len(taken)))
            return taken

        resumed = asyncio.create_task(pieces())
        for _ in range(EVENTS):
            leaving = asyncio.create_task(_take(store.log, 0, total + 1))
            await asyncio.gather(*(store.log.append("ada", f"r{n}", [text(n)]) for n in range(RUNS)))
            leaving.cancel()
        everything = await store.log.read("ada", 0)
        assert [e.seq for e in everything] == list(range(1, total + 1))
        assert await asyncio.gather(*whole, resumed) == [everything] * 4
        for number, task in enumerate(of_runs):
            assert await task == [e for e in everything if e.run_id == f"r{number}"]


async def test_silence_is_told_after_a_beat(opened: Opened, clock: ManualClock) -> None:
    async with opened() as store:
        await store.log.append("ada", "another", [text(1)])
        following = follow(store.log, "ada", 0, run_id="r", beat=15.0)
        silence = asyncio.ensure_future(anext(following))
        await until_asleep(clock)
        await clock.advance(15)
        assert await silence == []
        sound = asyncio.ensure_future(anext(following))
        await store.log.append("ada", "r", [text(2)])
        assert await sound == [entry(2, "r", text(2))]


async def test_what_was_appended_is_there_when_it_is_opened_again(lasting: Opened) -> None:
    async with lasting() as store:
        entries = await store.log.append("ada", "r", [text(1), text(2)])
        await store.log.trim("ada", 1)
    async with lasting() as store:
        assert await store.log.wait("ada", 1, 1e9) is True
        assert await store.log.read("ada", 0) == entries[1:]
        assert await store.log.bounds("ada") == Bounds(floor=1, last=2)
        assert [e.seq for e in await store.log.append("ada", "r", [text(3)])] == [3]
