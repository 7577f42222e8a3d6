"""The life of the extension in Jupyter Server: what counts as use, its settings, and what it costs to start."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest

from jupyter_agent.server.api.routes import ROUTES
from jupyter_agent.server.jupyter import JupyterAgent

from .client import Client
from .conftest import question
from .test_access import fill


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


OBJECT = "a dictionary; as a variable of the environment, a JSON object"


class TestMisfits:
    """A setting that cannot be: nothing is started, instead of something with other settings."""

    @pytest.fixture
    def jp_environ(self, jp_environ, monkeypatch, request):
        for name, value in getattr(request, "param", {}).items():
            monkeypatch.setenv(name, value)
        return jp_environ

    async def refused(self, client: Client, capsys: pytest.CaptureFixture[str], words: str) -> None:
        told = f"The assistant was not started: JupyterAgent.{words}"
        logged = capsys.readouterr().err
        assert [line.partition("] ")[2] for line in logged.splitlines() if "not started" in line] == [told]
        assert "Traceback" not in logged
        assert "secret" not in logged
        for route in ROUTES:
            body: Any = {} if route.body == "json" else None
            answer = await client.request(route.method, fill(route.path), body)
            assert answer.problem == (503, "misconfigured", told)
        outside = Client(port=client.port, base=client.base.partition("jupyter-agent")[0], headers=client.headers)
        assert (await outside.get("api/status")).status == 200

    @pytest.mark.parametrize(
        ("jp_environ", "words"),
        [
            ({"JUPYTER_AGENT_MODE": "Plan"}, "mode cannot be 'Plan'. Choose manual or plan."),
            ({"JUPYTER_AGENT_STEPS": "many"}, "steps cannot be 'many'. It has to be a whole number, 1 or more."),
            ({"JUPYTER_AGENT_COST": "-1"}, "cost cannot be -1.0. It has to be a number, 0 or more."),
            (
                {"JUPYTER_AGENT_PROVIDERS": "sk-secret"},
                f"providers cannot be what it is set to. It has to be {OBJECT}.",
            ),
        ],
        indirect=["jp_environ"],
    )
    async def test_in_the_environment(self, capsys, jp_environ, client, words):
        await self.refused(client, capsys, words)

    class TestInTheConfiguration:
        @pytest.fixture
        def agent_config(self, agent_config):
            return {"heartbeat": 5.0, "mode": "yolo", **agent_config}

        async def test_likewise(self, capsys, client):
            await TestMisfits().refused(client, capsys, "mode cannot be 'yolo'. Choose manual or plan.")

    class TestInAFileOfTheExtension:
        @pytest.fixture
        def jp_environ(self, jp_environ, jp_config_dir):
            file = jp_config_dir / "jupyter_jupyter_agent_config.json"
            file.write_text(json.dumps({"JupyterAgent": {"mode": "auto"}}))
            return jp_environ

        async def test_likewise(self, capsys, client):
            await TestMisfits().refused(client, capsys, "mode cannot be 'auto'. Choose manual or plan.")


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
