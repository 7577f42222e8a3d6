"""The life of the house in its server: nothing hangs on a connection, and it starts and stops cleanly."""

import asyncio
import sys

import pytest
from ag_ui.core import TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent

from jupyter_agent.server import life
from tests.hosts.played import PlayedNotebook

from .client import PATIENCE, Frame
from .conftest import calls, question, says
from .pages import PlayedPage


class TestConnections:
    async def test_a_disconnect_never_cancels(self, client, play, house):
        agent = play(says("Hi")[0], "hang")
        await client.post("runs", question(run="run-1"))
        stream = await client.stream("runs/run-1/events")
        await stream.until("TEXT_MESSAGE_START")
        [task] = house.life.streams
        stream.leave()
        await asyncio.wait({task})
        assert house.life.streams == set()
        assert (await client.get("runs/run-1")).json["status"] == "running"
        assert agent.closed == 0

    async def test_a_run_that_nobody_watches_is_answered_and_kept(self, client, play):
        play(says("Nobody looks."))
        page = await PlayedPage(client).open()
        await client.post("runs", question(run="run-1"))
        await page.hears("RUN_FINISHED")
        await page.close()
        messages = (await client.get("threads/thread-1")).json["messages"]
        assert messages[-1]["content"] == "Nobody looks."

    async def test_closing_one_of_two_tabs_leaves_the_other_as_it_was(self, client, play):
        play(says("Hi")[0], "hang")
        first = await PlayedPage(client, name="first").open()
        second = await PlayedPage(client, name="second").open()
        await client.post("runs", question(run="run-1"))
        await first.hears("TEXT_MESSAGE_START")
        await first.close()
        await client.request("DELETE", "runs/run-1")
        await second.hears("RUN_FINISHED")
        assert second.kinds() == ["RUN_STARTED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_END", "RUN_FINISHED"]
        await second.close()

    async def test_two_hundred_streams_that_are_dropped_at_once_leave_nothing_behind(self, client, play, house):
        play("hang")
        await client.post("runs", question(run="run-1"))
        service = await house.life.service()
        before = asyncio.all_tasks()
        for _ in range(100):
            (await client.stream("runs/run-1/events")).leave()
            (await client.stream("events", client="c")).leave()
        async with asyncio.timeout(PATIENCE):
            while left := asyncio.all_tasks() - before:
                await asyncio.wait(left)
        assert house.life.streams == set()
        assert not service.pages._presence.known


class TestSlowReader:
    @pytest.fixture
    def agent_config(self):
        return {"data_dir": "", "send_timeout": 0.2}

    async def test_it_is_cut_off_and_can_resume(self, client, play, house):
        big = [TextMessageContentEvent(message_id="m", delta=f"{at:06}" + "x" * 20_000) for at in range(1000)]
        play(TextMessageStartEvent(message_id="m"), *big, TextMessageEndEvent(message_id="m"))
        await client.post("runs", question(run="run-1"))
        stalled = await client.stream("runs/run-1/events")
        [task] = house.life.streams
        await asyncio.wait({task})  # it reads nothing: 20 MB do not fit between the two
        assert house.life.streams == set()
        read: list[Frame] = []
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await stalled.into(read)
        assert 0 < len(read) < 1000
        read += await (await client.stream("runs/run-1/events", after=read[-1].seq)).rest()
        assert [frame.seq for frame in read] == list(range(1, read[-1].seq + 1))
        assert "".join(frame.data.get("delta", "") for frame in read) == "".join(event.delta for event in big)


class TestStopping:
    async def test_every_run_ends_and_every_stream_says_so(self, client, play, house):
        agent = play(says("Hi")[0], "hang")
        page = await PlayedPage(client).open()
        await client.post("runs", question(run="run-1"))
        stream = await client.stream("runs/run-1/events")
        await stream.until("TEXT_MESSAGE_START")
        await page.hears("TEXT_MESSAGE_START")

        await house.stop()

        ended = await stream.rest()
        assert [frame.kind for frame in ended] == ["TEXT_MESSAGE_END", "RUN_ERROR"]
        assert ended[-1].data["code"] == "interrupted"
        await page.hears("RUN_ERROR")
        assert page.kinds()[-1] == "RUN_ERROR"
        await page.ended()
        assert agent.closed == 1
        assert house.life.streams == set()

    async def test_a_reader_that_takes_nothing_does_not_keep_it_from_ending(self, client, play, house, monkeypatch):
        monkeypatch.setattr(life, "FAREWELL_SECONDS", 0.05)
        big = [TextMessageContentEvent(message_id="m", delta="x" * 200_000) for _ in range(100)]
        play(TextMessageStartEvent(message_id="m"), *big, TextMessageEndEvent(message_id="m"))
        await client.post("runs", question(run="run-1"))
        stalled = await client.stream("runs/run-1/events")
        [task] = house.life.streams
        await house.stop()
        await asyncio.wait({task})
        assert house.life.streams == set()
        stalled.leave()

    async def test_an_open_question_is_kept_for_the_next_server(self, client, play, house):
        play(calls("insert_cell", '{"source": "x"}'))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb")).open()
        await client.post("runs", question(run="run-1", **page.page()))
        await page.hears("input_requested")
        await house.stop()
        last = await page.hears("RUN_FINISHED")
        assert last.data["outcome"]["type"] == "interrupt"
        await page.close()

    async def test_a_reader_that_finds_the_store_closed_ends_quietly(self, client, play, house, caplog):
        play("hang")
        stream = await client.stream("events", client="c")
        await stream.until("hello")
        [task] = house.life.streams
        service = await house.life.service()
        house.life.stopping.set()
        await service.close()
        await asyncio.wait({task})
        await house.stop()
        assert (await client.get("threads")).problem[:2] == (503, "draining")
        assert [record for record in caplog.records if record.name == "jupyter_agent" or record.exc_info] == []

    async def test_without_ever_having_been_used_there_is_nothing_to_stop(self, house):
        await house.stop()


class TestStore:
    @pytest.fixture
    def agent_config(self, tmp_path):
        directory = tmp_path / "agent"
        directory.mkdir()
        (directory / "assistant.sqlite3").write_bytes(b"somebody's diary, not a database" * 100)
        return {"data_dir": str(directory)}

    async def test_one_that_cannot_be_opened_is_named_and_left_as_it_is(self, client, play, agent_config, tmp_path):
        play(says("Still here."))
        health = (await client.get("health")).json
        assert (health["status"], health["store"]["kind"], health["store"]["durable"]) == ("degraded", "memory", False)
        [warning] = health["warnings"]
        assert str(tmp_path / "agent" / "assistant.sqlite3") in warning
        assert "memory only" in warning
        assert (await client.get("capabilities")).json["jupyterAgent"]["warnings"] == [warning]
        await client.post("runs", question(run="run-1"))
        frames = await (await client.stream("runs/run-1/events")).rest()
        assert frames[-1].kind == "RUN_FINISHED"
        kept = tmp_path / "agent" / "assistant.sqlite3"
        assert kept.read_bytes() == b"somebody's diary, not a database" * 100


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
class TestPrivacy:
    @pytest.fixture
    def agent_config(self, tmp_path):
        return {"data_dir": str(tmp_path / "not yet" / "agent")}

    async def test_nobody_else_can_look_into_what_is_kept(self, client, play, tmp_path):
        tmp_path.chmod(0o755)
        play(says("Hi"))
        await client.post("runs", question(run="run-1"))
        await (await client.stream("runs/run-1/events")).rest()
        there = [tmp_path / "not yet", *(tmp_path / "not yet").rglob("*")]
        assert len(there) > 4
        for path in there:
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


class TestNoDirectory:
    @pytest.fixture
    def agent_config(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        return {"data_dir": str(tmp_path / "file" / "agent")}

    async def test_a_directory_that_cannot_be_made_is_named(self, client, tmp_path):
        [warning] = (await client.get("health")).json["warnings"]
        assert str(tmp_path / "file" / "agent") in warning


class TestAnUnknownModel:
    @pytest.fixture
    def agent_config(self, tmp_path):
        return {"data_dir": str(tmp_path / "agent"), "model": "gpt-unheard-of"}

    async def test_it_is_named_before_anybody_asks(self, client):
        [warning] = (await client.get("health")).json["warnings"]
        assert warning == "There is no provider for the configured model 'gpt-unheard-of', so it cannot answer."
