"""Several processes on one file, and processes that die."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_agent.core.clock import SystemClock
from jupyter_agent.core.events import decode
from jupyter_agent.core.log import Entry, follow
from jupyter_agent.stores.sqlite import SqliteStore, open_sqlite
from tests import sizes

from .samples import text

ROOT = Path(__file__).parents[2]
EVENTS = 150


@contextlib.contextmanager
def process(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.stores.process", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def opened_elsewhere(path: Path) -> contextlib.closing[SqliteStore]:
    """The file opened once more: to the first opening it is as another process."""
    return contextlib.closing(open_sqlite(path, SystemClock()))


def numbers(running: subprocess.Popen[str]) -> list[int]:
    """What it has acknowledged; a last line that a kill cut in half is no acknowledgement."""
    assert running.stdout is not None
    return [int(line) for line in running.stdout if line.endswith("\n")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


async def test_two_processes_that_append_at_once_get_one_row_of_numbers(path: Path) -> None:
    # Nobody has made the file yet: they also meet while making it.
    with process("append", path, "r1", EVENTS) as one, process("append", path, "r2", EVENTS) as other:
        seqs = {"r1": numbers(one), "r2": numbers(other)}
        assert (one.wait(), other.wait()) == (0, 0)
    assert sorted(seqs["r1"] + seqs["r2"]) == list(range(1, 2 * EVENTS + 1))
    with contextlib.closing(open_sqlite(path, SystemClock())) as store:
        everything = await store.log.read("ada", 0)
        assert [e.seq for e in everything] == list(range(1, 2 * EVENTS + 1))
        for run_id, of_run in seqs.items():
            entries = [e for e in everything if e.run_id == run_id]
            assert [e.seq for e in entries] == of_run
            assert [decode(e.data) for e in entries] == [text(f"{run_id} {n}") for n in range(EVENTS)]


async def test_who_follows_here_sees_what_is_appended_there_and_here(path: Path) -> None:
    with contextlib.closing(open_sqlite(path, SystemClock())) as store:
        seen: list[Entry] = []

        async def watch() -> None:
            async for entries in follow(store.log, "ada", 0):
                seen.extend(entries)
                if len(seen) == 2 * EVENTS:
                    return

        watching = asyncio.create_task(watch())
        with process("append", path, "there", EVENTS) as other:
            for number in range(EVENTS):
                await store.log.append("ada", "here", [text(number)])
            assert len(await asyncio.to_thread(numbers, other)) == EVENTS
        await watching
        assert seen == await store.log.read("ada", 0)
        assert [e.seq for e in seen] == list(range(1, 2 * EVENTS + 1))


async def test_what_another_process_has_acknowledged_is_read_at_once(path: Path) -> None:
    with contextlib.closing(open_sqlite(path, SystemClock())) as store:
        await store.log.append("ada", "here", [text(1)])
        with process("append", path, "there", 3) as other:
            assert numbers(other) == [2, 3, 4]
        assert [e.seq for e in await store.log.read("ada", 1)] == [2, 3, 4]
        assert [e.seq for e in await store.log.read("ada", 1, run_id="there")] == [2, 3, 4]
        assert (await store.log.bounds("ada")).last == 4
        assert [e.seq for e in await store.log.append("ada", "here", [text(2)])] == [5]
        assert [e.seq for e in await store.log.read("ada", 1)] == [2, 3, 4, 5]


async def test_that_a_run_has_no_more_is_never_said_from_memory(path: Path) -> None:
    with contextlib.closing(open_sqlite(path, SystemClock())) as store, opened_elsewhere(path) as other:
        for number in range(1, 40, 4):
            await store.log.append("ada", "here", [text(number), text(number)])
            await other.log.append("ada", "there", [text(number), text(number)])
            assert [e.seq for e in await store.log.read("ada", number - 1, run_id="there")] == [number + 2, number + 3]
            assert [e.seq for e in await store.log.read("ada", number + 1)] == [number + 2, number + 3]
            assert await store.log.read("ada", number + 3) == []


async def test_no_acknowledged_event_is_lost_when_the_writer_is_killed(path: Path) -> None:
    acknowledged: list[int] = []
    for number in range(sizes.KILLS):
        with process("append", path, f"r{number}", 0) as running:
            assert running.stdout is not None
            told = [int(running.stdout.readline()) for _ in range(1 + number * 7 % 40)]
            running.kill()
            told += numbers(running)
        first, last = told[0], told[-1]
        acknowledged += told
        with contextlib.closing(open_sqlite(path, SystemClock())) as store:
            entries = await store.log.read("ada", first - 1, limit=1_000_000)
            # At most the one event that was on its way is there beyond what was acknowledged.
            assert [e.seq for e in entries] in ([*range(first, last + 1)], [*range(first, last + 2)])
            assert [decode(e.data) for e in entries] == [text(f"r{number} {n}") for n in range(len(entries))]
            assert (await store.log.bounds("ada")).last == entries[-1].seq
    assert acknowledged == sorted(set(acknowledged))
