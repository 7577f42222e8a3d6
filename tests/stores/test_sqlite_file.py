"""The file: made privately, refused with words and left alone, brought up to date, rid of what was deleted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_agent.core.clock import ManualClock, SystemClock
from jupyter_agent.core.errors import Invalid, StoreError
from jupyter_agent.stores.description import StoreDescription
from jupyter_agent.stores.memory import MemoryStore
from jupyter_agent.stores.sqlite import SCHEMA, Schema, SqliteStore, open_sqlite

from .samples import action, answered, asked, blob, change, entry, request, run, text

posix = pytest.mark.skipif(sys.platform == "win32", reason="permission bits are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.sqlite"


def opened(path: Path, **options: object) -> contextlib.closing[SqliteStore]:
    return contextlib.closing(open_sqlite(path, SystemClock(), **options))  # type: ignore[arg-type]  # as it is there


def files(directory: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in directory.iterdir()}


def content(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def allow(path: Path, bits: int) -> None:
    path.chmod(bits)


def refusal(path: Path, **options: object) -> str:
    """The words with which the file is refused; and it is left as it was, byte for byte."""
    before = files(path.parent)
    with pytest.raises(StoreError) as refused:
        open_sqlite(path, SystemClock(), **options)  # type: ignore[arg-type]  # as it is there
    after = files(path.parent)
    # SQLite's own index of the write-ahead log holds nothing of ours and is made anew by whoever looks.
    shared = f"{path.name}-shm"
    before.pop(shared, None)
    if after.pop(shared, None) is not None:
        assert after.pop(f"{path.name}-wal") == before.pop(f"{path.name}-wal", b"")
    assert after == before
    return str(refused.value)


# Made


@posix
async def test_the_file_and_its_directory_are_for_their_owner_alone(path: Path) -> None:
    with opened(path) as store:
        await store.log.append("ada", "r", [text(1)])
        assert mode(path.parent) == 0o700
        assert {name: mode(path.parent / name) for name in files(path.parent)} == {
            "store.sqlite": 0o600,
            "store.sqlite-shm": 0o600,
            "store.sqlite-wal": 0o600,
        }


@posix
async def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    with opened(path):
        pass
    allow(path, 0o644)
    with opened(path):
        assert mode(path) == 0o600


async def test_it_says_what_it_is(path: Path) -> None:
    with opened(path) as store:
        assert store.description == StoreDescription(
            kind="sqlite", path=str(path), journal="wal", durable=True, message=None
        )
    memory = MemoryStore(SystemClock(), reason="The disk is away.")
    assert memory.description == StoreDescription(
        kind="memory",
        path=None,
        journal="memory",
        durable=False,
        message="Conversations are kept in memory only and are gone when the server stops. The disk is away.",
    )


async def test_without_shared_memory_it_keeps_a_rollback_journal_and_says_so(path: Path) -> None:
    with opened(path, vfs="unix-dotfile") as store:
        assert store.description.journal == "delete"
        assert store.description.durable is True
        assert store.description.message == (
            "The store keeps a rollback journal (the file system has no shared memory for SQLite): "
            "as safe as the usual one, and slower."
        )
        entries = await store.log.append("ada", "r", [text(1)])
    with opened(path) as store:
        assert store.description.journal == "wal"
        assert await store.log.read("ada", 0) == entries
    with opened(path, vfs="unix-dotfile") as store:
        assert store.description.journal == "delete"
        assert await store.log.read("ada", 0) == entries


@pytest.mark.parametrize("newer", [False, True])
async def test_a_transaction_that_a_crash_cut_short_is_undone(path: Path, tmp_path: Path, newer: bool) -> None:
    schema = Schema(version=7, create=SCHEMA.create) if newer else SCHEMA
    with opened(path, vfs="unix-dotfile", schema=schema) as store:
        entries = await store.log.append("ada", "r", [text("x" * 1_000) for _ in range(100)])
    crashed = tmp_path / "crashed" / "store.sqlite"
    crashed.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")  # so that half of it is in the file already
        db.execute("BEGIN")
        db.execute("UPDATE events SET data = zeroblob(1500)")
        for name in ("store.sqlite", "store.sqlite-journal"):
            shutil.copy(path.with_name(name), crashed.parent)
        db.execute("ROLLBACK")
    assert crashed.with_name("store.sqlite-journal").stat().st_size > 0
    if newer:
        with pytest.raises(StoreError, match="store version 7"):
            open_sqlite(crashed, SystemClock())
        return
    with opened(crashed) as store:
        assert await store.log.read("ada", 0) == entries


async def test_a_name_with_odd_characters_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=memory#é%20" / "store.sqlite"
    with opened(path) as store:
        await store.log.append("ada", "r", [text(1)])
    assert content(path)[:16] == b"SQLite format 3\x00"


# Refused


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    put(path, b"My thesis, the only copy.\n" * 100)
    assert refusal(path) == (
        f"this file is not a database: move {path} away, or name another directory "
        "(SQLite says: file is not a database)."
    )


async def test_the_database_of_another_program_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE birds (name TEXT)")
    assert refusal(path) == (
        f"{path} is a database of another program. Name another directory for the store. The file was not touched."
    )


async def test_the_store_of_a_newer_version_is_refused(path: Path) -> None:
    with opened(path, schema=Schema(version=7, create=SCHEMA.create)) as store:
        await store.log.append("ada", "r", [text(1)])
    assert refusal(path) == (
        f"The store {path} was written by a newer jupyter-agent (store version 7; this one knows up to 1). "
        "Install the newer one again, or name another directory. The file was not touched."
    )


async def test_the_store_of_a_newer_version_that_was_killed_is_left_with_its_log(path: Path, tmp_path: Path) -> None:
    with opened(path, schema=Schema(version=7, create=SCHEMA.create)) as store:
        await store.log.append("ada", "r", [text(1)])
        killed = tmp_path / "killed"
        killed.mkdir()
        for name in ("store.sqlite", "store.sqlite-wal"):
            shutil.copy(path.parent / name, killed)
    assert (killed / "store.sqlite-wal").stat().st_size > 0
    assert "store version 7" in refusal(killed / "store.sqlite")


async def test_a_store_too_old_to_be_brought_up_to_date_is_refused(path: Path) -> None:
    with opened(path):
        pass
    assert refusal(path, schema=Schema(version=3, create=SCHEMA.create, steps={2: ()})) == (
        f"The store {path} was written by a jupyter-agent too old for this one (store version 1). "
        "Name another directory. The file was not touched."
    )


async def test_a_file_that_was_cut_is_refused(path: Path) -> None:
    with opened(path) as store:
        await store.log.append("ada", "r", [text("x" * 500) for _ in range(200)])
    whole = content(path)
    put(path, whole[: len(whole) // 2])
    assert "malformed" in refusal(path)


@pytest.mark.parametrize("seed", range(20))
async def test_a_file_with_flipped_bytes_is_refused_or_read_but_never_a_crash(path: Path, seed: int) -> None:
    with opened(path) as store:
        await store.log.append("ada", "r", [text("x" * 500) for _ in range(50)])
    damaged = bytearray(content(path))
    chance = random.Random(seed)
    for _ in range(30):
        damaged[chance.randrange(100, len(damaged))] ^= 0xFF
    put(path, bytes(damaged))
    with contextlib.suppress(StoreError), opened(path) as store:
        await store.log.read("ada", 0)


async def test_damage_is_told_where_it_is(path: Path) -> None:
    with opened(path) as store:
        await store.log.append("ada", "r", [text("x" * 500) for _ in range(50)])
    damaged = content(path)
    start = damaged.rindex(b"x" * 400) // 4096 * 4096
    put(path, damaged[:start] + b"\xff" * 4096 + damaged[start + 4096 :])
    words = refusal(path)
    assert re.sub(r"\(.*\)", "(…)", words, flags=re.DOTALL) == (
        f"The store {path} is damaged (…). Move the file away to begin with an empty one. The file was not touched."
    )


async def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    path = tmp_path / "file" / "store.sqlite"
    with pytest.raises(StoreError) as refused:
        open_sqlite(path, SystemClock())
    assert str(refused.value) == (
        f"the store {path} cannot be opened: name another directory, or see to {path.parent} "
        "(the system says: File exists)."
    )


@pytest.fixture
def common_directory() -> Iterator[Path]:
    """A directory that a person who is not root may look into, in a process that is not root."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    user = os.geteuid()
    try:
        yield directory
    finally:
        os.seteuid(user)
        shutil.rmtree(directory)


@posix
async def test_a_file_that_may_only_be_read_is_refused(common_directory: Path) -> None:
    path = common_directory / "store.sqlite"
    with opened(path):
        pass
    allow(path, 0o444)
    allow(common_directory, 0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)  # root may write everything
    assert refusal(path) == (
        f"the store cannot be written: allow writing to {path} and to its directory "
        "(SQLite says: attempt to write a readonly database)."
    )


@contextlib.contextmanager
def locked(path: Path, level: str = "EXCLUSIVE") -> Iterator[None]:
    """Another program that holds the file's lock."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"BEGIN {level}")
        yield
        db.execute("ROLLBACK")


async def test_a_locked_file_is_refused_after_a_while(path: Path) -> None:
    with opened(path, vfs="unix"):
        pass
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    with locked(path):
        assert refusal(path, busy_seconds=0.05) == (
            f"database is locked by another program: close what else uses {path}, or wait and try again "
            "(SQLite says: database is locked)."
        )


async def test_a_lock_held_too_long_fails_what_waits_and_nothing_later(path: Path) -> None:
    with opened(path, busy_seconds=0.05) as store:
        await store.log.append("ada", "r", [text(1)])
        with locked(path, "IMMEDIATE"):
            with pytest.raises(StoreError) as refused:
                await store.log.append("ada", "r", [text(2)])
            assert str(refused.value) == (
                f"database is locked by another program: close what else uses {path}, or wait and try again "
                "(SQLite says: database is locked)."
            )
            assert await store.log.read("ada", 0) == [entry(1, "r", text(1))]
        assert await store.log.append("ada", "r", [text(3)]) == [entry(2, "r", text(3))]


async def test_what_queues_up_behind_a_lock_is_committed_together_but_fails_alone(path: Path) -> None:
    with opened(path) as store:
        with locked(path, "IMMEDIATE"):
            tasks = [
                asyncio.create_task(waiting)
                for waiting in (
                    store.log.append("ada", "r", [text(1)]),
                    store.log.append("\ud800", "r", [text("no Unicode")]),
                    store.log.append("ada", "r", [text(2)]),
                    store.log.append("bob", "r", [text(3)]),
                )
            ]
            for _ in range(5):
                await asyncio.sleep(0)
        first, refused, second, third = await asyncio.gather(*tasks, return_exceptions=True)
        assert (first, second, third) == (
            [entry(1, "r", text(1))],
            [entry(2, "r", text(2))],
            [entry(1, "r", text(3))],
        )
        assert isinstance(refused, Invalid)
        assert str(refused) == "The text has characters that are not valid Unicode."


async def test_a_full_disk_is_told_and_what_fits_still_goes_in(path: Path) -> None:
    with opened(path) as store:
        pages = await store._writer.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        await store._writer.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 5}").fetchall())
        outcomes = await asyncio.gather(
            store.log.append("ada", "r", [text(1)]),
            store.log.append("ada", "r", [text("x" * 100_000)]),
            store.log.append("ada", "r", [text(2)]),
            return_exceptions=True,
        )
        assert outcomes[0] == [entry(1, "r", text(1))]
        assert isinstance(outcomes[1], StoreError)
        assert str(outcomes[1]) == (
            f"the disk is full: make room where {path} lies (SQLite says: database or disk is full)."
        )
        assert outcomes[2] == [entry(2, "r", text(2))]


async def test_a_closed_store_says_so(path: Path) -> None:
    store = open_sqlite(path, SystemClock())
    before = set(threading.enumerate())
    handed_in = [asyncio.create_task(store.log.append("ada", "r", [text(n)])) for n in range(50)]
    await asyncio.sleep(0)
    store.close()
    store.close()
    assert [e.seq for of_one in await asyncio.gather(*handed_in) for e in of_one] == list(range(1, 51))
    late = (store.log.append("ada", "r", [text(1)]), store.log.read("ada", 0), store.records.unsealed())
    outcomes = await asyncio.gather(*late, return_exceptions=True)
    assert [(type(outcome), str(outcome)) for outcome in outcomes] == [(StoreError, "The store is closed.")] * 3
    assert {t.name for t in before - set(threading.enumerate())} == {
        "jupyter-agent writer",
        "jupyter-agent log",
        "jupyter-agent records",
        "jupyter-agent watcher",
    }
    assert set(files(path.parent)) == {"store.sqlite"}


# Brought up to date

NEXT = Schema(
    version=3,
    create=(),
    steps={
        1: ("ALTER TABLE threads ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",),
        2: ("CREATE TABLE notes (text TEXT)", "INSERT INTO notes SELECT title FROM threads"),
    },
)


async def test_an_older_store_is_brought_up_to_date_after_a_copy_was_made(path: Path) -> None:
    with opened(path) as store:
        await store.records.start_run(run("r1"), title="Rows?", notebook=None)
        entries = await store.log.append("ada", "r1", [text(1)])
    with contextlib.closing(open_sqlite(path, ManualClock(now=1_795_342_272_000), schema=NEXT)) as store:
        assert await store.log.read("ada", 0) == entries
    copy = path.with_name("store.sqlite.version-1.2026-11-22T101112Z.backup")
    assert set(files(path.parent)) == {path.name, copy.name}
    if sys.platform != "win32":
        assert mode(copy) == 0o600
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (3,)
        assert db.execute("SELECT text FROM notes").fetchall() == [("Rows?",)]
    with opened(copy) as store:
        assert await store.log.read("ada", 0) == entries
    with opened(path, schema=NEXT):
        pass
    assert set(files(path.parent)) == {path.name, copy.name}


async def test_a_step_that_fails_leaves_the_store_as_it_was(path: Path) -> None:
    with opened(path) as store:
        await store.records.start_run(run("r1"), title="Rows?", notebook=None)
    broken = Schema(version=3, create=(), steps={1: NEXT.steps[1], 2: ("INSERT INTO nowhere VALUES (1)",)})
    with pytest.raises(StoreError) as refused:
        open_sqlite(path, SystemClock(), schema=broken)
    assert str(refused.value) == (f"the store {path} could not be used (SQLite says: no such table: nowhere).")
    with opened(path) as store:
        assert await store.records.unsealed() == [run("r1")]


# Rid of what was deleted


@pytest.mark.parametrize("vfs", [None, "unix-dotfile"])
async def test_nothing_of_a_deleted_thread_is_left_in_the_files(path: Path, vfs: str | None) -> None:
    chance = random.Random(1)
    with opened(path, vfs=vfs) as store:
        records = store.records

        async def converse(number: int, word: str) -> None:
            thread, run_id = f"t{number}", f"r{number}"

            def words() -> str:
                return f"{word} " * chance.choice([1, 20, 300, 3_000])

            await records.start_run(run(run_id, thread, input=words()), title=words(), notebook=word)
            await store.log.append("ada", run_id, [text(words()) for _ in range(5)])
            asks = request(f"q{number}", run_id, thread)
            await records.open_requests([asks], run_id=run_id, checkpoint=words())
            await records.resolve_request("ada", asks.request_id, state="denied", answer=words())
            await records.record_action(action(f"a{number}", run_id))
            await records.resolve_action("ada", f"a{number}", state="done", result=words())
            await records.record_change("ada", run_id, change(word))
            await records.put_blob(blob(f"b{number}", words().encode(), thread))
            await records.settle_run(
                run_id, outcome="success", messages=[asked(words()), answered(words())], finished_at=2_000
            )
            await records.rename_thread("ada", thread, word)
            await records.seal_run(run_id, 1)

        for number in range(24):
            await converse(number, "canary" if number % 3 else "penguin")
        before = b"".join(files(path.parent).values())
        assert b"canary" in before
        for number in range(24):
            if number % 3:
                await store.log.forget("ada", await records.delete_thread("ada", f"t{number}"))
        left = files(path.parent)
        assert {name: content.count(b"canary") for name, content in left.items()} == dict.fromkeys(left, 0)
        assert b"penguin" in left["store.sqlite"]
        assert [t.thread_id for t, _, _ in await records.threads("ada")] == [f"t{n}" for n in range(21, -1, -3)]
        assert all(e.run_id in {f"r{n}" for n in range(0, 24, 3)} for e in await store.log.read("ada", 0))


async def test_a_reader_elsewhere_only_delays_that(path: Path) -> None:
    with opened(path, busy_seconds=0.05) as store:
        await store.records.start_run(run("r1", "t1"), title="canary", notebook=None)
        await store.records.seal_run("r1", 1)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN")
            db.execute("SELECT * FROM threads").fetchall()
            assert await store.records.delete_thread("ada", "t1") == ["r1"]
            assert b"canary" in content(path.with_name("store.sqlite-wal"))
            db.execute("ROLLBACK")
    assert [name for name, content in files(path.parent).items() if b"canary" in content] == []


async def test_a_crash_only_delays_that(path: Path) -> None:
    with opened(path) as store:
        await store.records.start_run(run("r1", "t1"), title="canary", notebook=None)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        # As a process leaves it that dies right after its transaction.
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("DELETE FROM threads")
        db.execute("INSERT INTO unerased DEFAULT VALUES")
    assert b"canary" in content(path)
    with opened(path):
        pass
    assert files(path.parent) == {"store.sqlite": content(path)}
    assert b"canary" not in content(path)


async def test_copies_from_before_a_migration_go_with_a_deleted_thread(path: Path) -> None:
    with opened(path) as store:
        await store.records.start_run(run("r1", "t1"), title="canary", notebook=None)
        await store.records.seal_run("r1", 1)
    with opened(path, schema=NEXT) as store:
        assert len(list(path.parent.glob("*.backup"))) == 1
        await store.records.delete_thread("ada", "t1")
        # The step of this made-up version has copied the title, which is its own affair.
        assert list(path.parent.glob("*.backup")) == []
