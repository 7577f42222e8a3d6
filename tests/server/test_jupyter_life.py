"""The life of the extension in Jupyter Server: what counts as use, its settings, and what it costs to start."""

import asyncio
import json
import subprocess
import sys

import pytest

from jupyter_agent.server.jupyter import JupyterAgent

from .conftest import question


@pytest.fixture
def binding() -> str:
    return "jupyter"


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
        [task] = extension.life.streams
        stream.leave()
        await asyncio.wait({task})
        assert jp_serverapp.web_app.settings.get("api_last_activity") == before


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
            "sorted(m for m in HEAVY if m in late)]))"
        )
        # What Jupyter's server itself imports is not ours to count.
        heavy = ("pydantic_ai", "openai", "anthropic", "IPython", "pandas", "fastapi", "starlette", "uvicorn")
        base = "import sys; import jupyter_server.extension.application; ALSO = set(sys.modules)"
        script = f"HEAVY = {heavy}; {base}; {script}"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert json.loads(done.stdout) == [[], []]
