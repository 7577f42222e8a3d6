"""Which server processes are alive."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from jupyter_agent.core.clock import ManualClock, SystemClock
from jupyter_agent.stores.instance import FileInstance, MemoryInstance

from .test_sqlite_processes import process


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "instances"


def test_two_in_one_process_see_each_other_live_and_leave(directory: Path) -> None:
    one, other = FileInstance(directory, SystemClock()), FileInstance(directory, SystemClock())
    assert one.id != other.id
    assert (one.message, other.message) == (None, None)
    assert one.alive(one.id)
    assert one.alive(other.id)
    assert other.alive(one.id)
    assert one.others() == [other.id]
    other.close()
    other.close()
    assert not one.alive(other.id)
    assert not other.alive(other.id)
    assert one.others() == []
    assert one.alive(one.id)
    one.close()
    assert list(directory.iterdir()) == []


def test_a_killed_process_is_dead_and_its_file_stays_until_it_is_forgotten(directory: Path) -> None:
    here = FileInstance(directory, SystemClock())
    with process("hold", directory) as there:
        assert there.stdout is not None
        name = there.stdout.readline().strip()
        assert here.alive(name)
        assert not here.forget(name)
        there.kill()
        there.wait()
        assert not here.alive(name)
        assert here.others() == [name]
        assert here.forget(name)
        assert here.others() == []
        assert not here.forget(name)
    here.close()


def test_looking_does_not_make_the_dead_look_alive(directory: Path) -> None:
    one, other = FileInstance(directory, SystemClock()), FileInstance(directory, SystemClock())
    dead = directory / f"{uuid4()}.instance"
    dead.write_bytes(b"lock\n")
    with one._opened(dead.stem), other._opened(dead.stem):
        assert not one.alive(dead.stem)
        assert not other.alive(dead.stem)
    one.close()
    other.close()


@pytest.mark.parametrize("id", ["", "../store", "instance", "\ud800", str(uuid4())])
def test_an_id_that_is_nobodys_is_dead(directory: Path, id: str) -> None:
    (directory.parent / "store.instance").write_text("not ours")
    instance = FileInstance(directory, SystemClock())
    assert not instance.alive(id)
    assert not instance.forget(id)
    instance.close()
    assert (directory.parent / "store.instance").read_text() == "not ours"


def test_nobody_forgets_the_living_nor_themselves(directory: Path) -> None:
    one, other = FileInstance(directory, SystemClock()), FileInstance(directory, SystemClock(), locks=False)
    for name in (one.id, other.id):
        assert not one.forget(name)
        assert not other.forget(name)
        assert one.alive(name)
        assert other.alive(name)
    one.close()
    other.close()


async def test_without_locks_an_instance_lives_by_its_heartbeat(directory: Path) -> None:
    clock = ManualClock()
    one, other = FileInstance(directory, clock, locks=False), FileInstance(directory, clock)
    assert one.message == f"File locks are not used in {directory}; heartbeats are used instead."
    await clock.advance(59)
    assert other.alive(one.id)
    one.beat()
    await clock.advance(59)
    assert other.alive(one.id)
    await clock.advance(1)
    assert not other.alive(one.id)
    assert one.alive(other.id)  # a lock does not grow old
    one.beat()
    assert other.alive(one.id)
    one.close()
    assert not other.alive(one.id)
    assert other.others() == []
    other.close()


def test_the_double_lives_in_a_set() -> None:
    living: set[str] = set()
    one, other = MemoryInstance("one", living), MemoryInstance("other", living)
    assert one.alive("other")
    other.close()
    assert not one.alive("other")
    assert one.alive(one.id)
    assert not one.alive("nobody")
