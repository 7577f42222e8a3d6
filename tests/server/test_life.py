"""The life of the extension in its server: nothing hangs on a connection, and it starts and stops cleanly."""

import asyncio
import json
import subprocess
import sys

import pytest
from ag_ui.core import TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent

from jupyter_agent.server.jupyter import JupyterAgent
from tests.hosts.played import PlayedNotebook

from .client import Frame
from .conftest import calls, question, says
from .pages import PlayedPage


class TestConnections:
    async def test_a_disconnect_never_cancels(self, client, play, extension):
        agent = play(says("Hi")[0], "hang")
        await client.post("runs", question(run="run-1"))
        stream = await client.stream("runs/run-1/events")
        await stream.until("TEXT_MESSAGE_START")
        [task] = extension.streams
        stream.leave()
        await asyncio.wait({task})
        assert extension.streams == set()
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

    async def test_streams_that_are_dropped_at_once_leave_nothing_behind(self, client, play, extension):
        play("hang")
        await client.post("runs", question(run="run-1"))
        for _ in range(50):
            (await client.stream("runs/run-1/events")).leave()
            (await client.stream("events", client="c")).leave()
        if extension.streams:
            await asyncio.wait(extension.streams)
        service = await extension.service()
        assert not service.pages._presence.known


class TestSlowReader:
    @pytest.fixture
    def agent_config(self):
        return {"data_dir": "", "send_timeout": 0.2}

    async def test_it_is_cut_off_and_can_resume(self, client, play, extension):
        big = [TextMessageContentEvent(message_id="m", delta=f"{at:06}" + "x" * 20_000) for at in range(1000)]
        play(TextMessageStartEvent(message_id="m"), *big, TextMessageEndEvent(message_id="m"))
        await client.post("runs", question(run="run-1"))
        stalled = await client.stream("runs/run-1/events")
        [task] = extension.streams
        await asyncio.wait({task})  # it reads nothing: 20 MB do not fit between the two
        assert extension.streams == set()
        read: list[Frame] = []
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await stalled.into(read)
        assert 0 < len(read) < 1000
        read += await (await client.stream("runs/run-1/events", after=read[-1].seq)).rest()
        assert [frame.seq for frame in read] == list(range(1, read[-1].seq + 1))
        assert "".join(frame.data.get("delta", "") for frame in read) == "".join(event.delta for event in big)


class TestStopping:
    async def test_every_run_ends_and_every_stream_says_so(self, client, play, extension):
        agent = play(says("Hi")[0], "hang")
        page = await PlayedPage(client).open()
        await client.post("runs", question(run="run-1"))
        stream = await client.stream("runs/run-1/events")
        await stream.until("TEXT_MESSAGE_START")
        await page.hears("TEXT_MESSAGE_START")

        await extension.stop_extension()

        ended = await stream.rest()
        assert [frame.kind for frame in ended] == ["TEXT_MESSAGE_END", "RUN_ERROR"]
        assert ended[-1].data["code"] == "interrupted"
        await page.hears("RUN_ERROR")
        assert page.kinds()[-1] == "RUN_ERROR"
        await page.ended()
        assert agent.closed == 1
        assert extension.streams == set()

    async def test_an_open_question_is_kept_for_the_next_server(self, client, play, extension):
        play(calls("insert_cell", '{"source": "x"}'))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb")).open()
        await client.post("runs", question(run="run-1", **page.page()))
        await page.hears("input_requested")
        await extension.stop_extension()
        last = await page.hears("RUN_FINISHED")
        assert last.data["outcome"]["type"] == "interrupt"
        await page.close()

    async def test_a_reader_that_finds_the_store_closed_ends_quietly(self, client, play, extension, caplog):
        play("hang")
        stream = await client.stream("events", client="c")
        await stream.until("hello")
        [task] = extension.streams
        service = await extension.service()
        extension.stopping.set()
        await service.close()
        await asyncio.wait({task})
        await extension.stop_extension()
        assert (await client.get("threads")).problem[:2] == (503, "draining")
        assert [record for record in caplog.records if record.name == "jupyter_agent" or record.exc_info] == []

    async def test_without_ever_having_been_used_there_is_nothing_to_stop(self, extension):
        await extension.stop_extension()


class TestActivity:
    async def test_a_run_counts_as_use_of_the_server(self, client, play, extension, jp_serverapp):
        play("hang")
        times = jp_serverapp.web_app.settings["last_activity_times"]
        assert extension.current_activity() is None
        extension.note_activity()
        assert "jupyter_agent" not in times
        await client.post("runs", question(run="run-1"))
        assert extension.current_activity() == {"runs": 1}
        assert jp_serverapp.extension_manager.any_activity()
        extension.note_activity()
        assert jp_serverapp.web_app.last_activity() >= times["jupyter_agent"]
        assert (await client.get("health")).json["runs"] == {"running": 1}
        await client.request("DELETE", "runs/run-1")
        assert extension.current_activity() is None

    async def test_an_open_stream_alone_does_not(self, client, play, extension, jp_serverapp):
        stream = await client.stream("events", client="c")
        await stream.until("hello")
        before = jp_serverapp.web_app.settings.get("api_last_activity")
        [task] = extension.streams
        stream.leave()
        await asyncio.wait({task})
        assert jp_serverapp.web_app.settings.get("api_last_activity") == before


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
        assert warning == (
            "The configured model 'gpt-unheard-of' is not in this version, so no question can be answered by it."
        )


class TestSettings:
    def test_the_environment_names_them(self):
        variables = {"JUPYTER_AGENT_MODEL": "scripted:x", "JUPYTER_AGENT_HEARTBEAT": "5", "JUPYTER_AGENT_STEPS": "3"}
        app = JupyterAgent(config=JupyterAgent.environment({**variables, "JUPYTER_AGENT_NONSENSE": "1", "PATH": "/"}))
        assert (app.model, app.heartbeat, app.steps, app.mode) == ("scripted:x", 5.0, 3, "manual")

    @pytest.fixture
    def jp_environ(self, jp_environ, monkeypatch):
        monkeypatch.setenv("JUPYTER_AGENT_MODE", "plan")
        monkeypatch.setenv("JUPYTER_AGENT_DATA_DIR", "/nowhere")
        return jp_environ

    async def test_configuration_comes_before_the_environment(self, client, extension, agent_config):
        assert (await client.get("capabilities")).json["jupyterAgent"]["mode"] == "plan"
        assert extension.data_dir == agent_config["data_dir"]

    def test_every_one_of_them_says_what_it_is(self):
        assert [name for name, trait in JupyterAgent.class_own_traits(config=True).items() if not trait.help] == []


class TestStart:
    def test_nothing_heavy_is_imported_before_it_is_needed(self):
        script = (
            "import sys, json; import jupyter_agent.server.jupyter; early = set(sys.modules); "
            "import jupyter_agent.config; late = set(sys.modules); "
            "print(json.dumps([sorted(m for m in ('pydantic', 'ag_ui', 'sqlite3') if m in early and m not in ALSO), "
            "sorted(m for m in ('pydantic_ai', 'openai', 'anthropic', 'IPython', 'pandas') if m in late)]))"
        )
        # What Jupyter's server itself imports is not ours to count.
        script = "import sys; import jupyter_server.extension.application; ALSO = set(sys.modules); " + script
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert json.loads(done.stdout) == [[], []]
