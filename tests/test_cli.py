"""`jupyter agent serve` as a person starts it: what it says, who comes in, how it ends, and what it refuses."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from jupyter_agent.cli import main
from jupyter_agent.config import build
from jupyter_agent.environment import config_from
from jupyter_agent.server.serve import Server, listen
from tests.hosts.played import PlayedNotebook
from tests.server.client import PATIENCE, Client, Stream
from tests.server.conftest import question
from tests.server.pages import PlayedPage

CONTRACT = "/jupyter-agent/v1/"
TOKEN = "a-token-for-the-command-line"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@asynccontextmanager
async def started(*command: str, environment: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that is gone afterwards, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def printed(process: asyncio.subprocess.Process, until: str) -> str:
    """What it has said, up to the line with these words."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(PATIENCE):
        while until not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
    return said


async def waiting(client: Client) -> tuple[PlayedPage, Stream]:
    """A run that waits for a person, and its stream."""
    page = await PlayedPage(client, PlayedNotebook("a.ipynb", "x")).open()
    await client.post("runs", question("run: 1 + 1", run="run-1", **page.page()))
    stream = await client.stream("runs/run-1/events")
    await stream.until("input_requested")
    return page, stream


def private(page: Path) -> tuple[str, int, int]:
    """What is in it, and who may read it and its directory."""
    return page.read_text(), page.stat().st_mode & 0o777, page.parent.stat().st_mode & 0o777


async def kept(directory: Path) -> dict[str, Any]:
    """The run as it lies on the disk."""
    service = await build(config_from({}, data_dir=directory))
    run = await service.assistant.run("local", "run-1")
    await service.close()
    return run


@posix
class TestServe:
    async def test_from_its_start_to_its_end(self, tmp_path):
        command = ("-m", "jupyter_agent.cli", "serve", "--port", "0", "--data-dir", str(tmp_path / "kept"))
        async with started(*command, environment={"JUPYTER_AGENT_TOKEN": ""}) as process:
            said = await printed(process, "Ctrl+C stops it.")
            port = int(re.findall(r"listens on http://127\.0\.0\.1:(\d+)/jupyter-agent/v1/\n", said)[0])
            [once] = re.findall(r"/sign-in\?token=(\S+)", said)
            [token] = re.findall(r"Authorization: Bearer (\S+)", said)

            outside = Client(port=port, base="/")
            first = await outside.get("sign-in", token=once)
            assert (first.status, first.headers["location"]) == (303, "/docs")
            assert (await outside.get("sign-in", token=once)).status == 401
            cookie = {"Cookie": first.headers["set-cookie"].partition(";")[0]}
            again = await outside.request("GET", "sign-in", headers=cookie, params={"token": once})
            assert (again.status, again.headers["location"]) == (303, "/docs")
            assert (await outside.request("GET", "docs", headers=cookie)).status == 200

            client = Client(port=port, base=CONTRACT, headers={"Authorization": f"Bearer {token}"})
            assert (await client.get("health")).json["store"]["path"] == str(tmp_path / "kept" / "assistant.sqlite3")
            page, stream = await waiting(client)

            process.send_signal(signal.SIGTERM)
            last = (await stream.rest())[-1]
            await page.ended()
            assert (last.kind, last.data["outcome"]["type"]) == ("RUN_FINISHED", "interrupt")
            rest, errors = await process.communicate()
            assert (process.returncode, rest, errors) == (0, b"", b"")
            client.close()
        assert (await kept(tmp_path / "kept"))["outcome"] == "interrupt"

    async def test_the_browser_is_started_with_a_private_page_that_leads_in(self, tmp_path):
        opens = tmp_path / "browser.py"
        opens.write_text("import sys; print('opened', *sys.argv[1:], flush=True)")
        command = ("-m", "jupyter_agent.cli", "serve", "--port", "0", "--in-memory", "--open")
        environment = {"BROWSER": f"{sys.executable} {opens} %s", "TMPDIR": str(tmp_path)}
        async with started(*command, environment=environment) as process:
            said = await printed(process, "opened file://")
            [way_in] = re.findall(r"http://\S+/sign-in\?token=\S+", said)
            [address] = re.findall(r"opened (\S+)\n", said)
            page = Path(unquote(urlsplit(address).path))
            assert way_in not in address
            leads = f'<!doctype html><meta http-equiv="refresh" content="0; url={way_in}">'
            assert private(page) == (leads, 0o600, 0o700)

            process.send_signal(signal.SIGTERM)
            await process.communicate()
        assert not page.parent.exists()

    async def test_what_is_not_as_it_should_be_is_said_once(self, tmp_path):
        (tmp_path / "file").touch()
        where = tmp_path / "file" / "kept"
        command = ("-m", "jupyter_agent.cli", "serve", "--port", "0", "--data-dir", str(where))
        missing = {"JUPYTER_AGENT_MODEL": "anthropic:claude-sonnet-5-5", "ANTHROPIC_API_KEY": ""}
        async with started(*command, environment=missing) as process:
            await printed(process, "Ctrl+C stops it.")
            process.send_signal(signal.SIGTERM)
            _, errors = await process.communicate()
        kept, model = errors.decode().splitlines()
        memory = "Conversations are kept in memory only and are gone when the server stops."
        assert kept == f"{memory} {where} cannot be used: Not a directory."
        missing_key = "Set ANTHROPIC_API_KEY in the environment of the server and restart it."
        assert model == f"The configured model 'anthropic:claude-sonnet-5-5' cannot be used yet. {missing_key}"

    async def test_somebody_else_s_uvicorn_drains_as_well(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        app = "jupyter_agent.server.asgi:from_environment"
        command = ("-m", "uvicorn", "--factory", app, "--port", str(port), "--timeout-graceful-shutdown", "1")
        environment = {"JUPYTER_AGENT_TOKEN": TOKEN, "JUPYTER_AGENT_DATA_DIR": str(tmp_path / "kept")}
        async with started(*command, environment=environment) as process:
            assert process.stderr is not None
            async with asyncio.timeout(PATIENCE):
                while b"Uvicorn running" not in (line := await process.stderr.readline()):
                    assert line
            client = Client(port=port, base=CONTRACT, headers={"Authorization": f"Bearer {TOKEN}"})
            page, _ = await waiting(client)
            process.send_signal(signal.SIGTERM)
            _, errors = await process.communicate()
            assert b"Application shutdown complete." in errors
            await page.close()
            client.close()
        assert (await kept(tmp_path / "kept"))["outcome"] == "interrupt"


class TestRefusals:
    """Each in a sentence, with exit code 2, before anything is served."""

    def refused(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
        assert main(["serve", *arguments]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("jupyter agent: ")
        return said.err.removeprefix("jupyter agent: ").strip()

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com", ""])
    def test_an_address_that_others_reach(self, capsys, host):
        words = self.refused(capsys, "--in-memory", "--host", host)
        assert words.startswith(f"{host} is not this machine alone.".strip())

    def test_a_port_that_is_taken(self, capsys):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            words = self.refused(capsys, "--in-memory", "--port", str(port))
        assert words == f"Port {port} cannot be had: Address already in use. Try another --port, or 0 for any."

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("STEPS", "many", "must be a whole number above 0."),
            ("STEPS", "0", "must be a whole number above 0."),
            ("HEARTBEAT", "nan", "must be a number above 0."),
            ("MODE", "yolo", "must be manual or plan."),
            ("PROVIDERS", "[1]", "must be a JSON object."),
            ("PROVIDERS", "{", "must be a JSON object."),
        ],
    )
    def test_a_setting_that_does_not_fit(self, capsys, monkeypatch, name, value, words):
        monkeypatch.setenv(f"JUPYTER_AGENT_{name}", value)
        assert self.refused(capsys, "--in-memory") == f"JUPYTER_AGENT_{name}: {words}"

    @pytest.mark.parametrize("model", ["nonsense", "openai:", "nobody:x"])
    def test_a_model_that_cannot_exist(self, capsys, monkeypatch, model):
        words = f"There is no model named {model!r}. A name is “builtin” or one of “openai:…”, “openai-chat:…”, "
        assert self.refused(capsys, "--in-memory", "--model", model).startswith(words)
        monkeypatch.setenv("JUPYTER_AGENT_MODEL", model)
        assert self.refused(capsys, "--in-memory").startswith(words)

    def test_a_token_that_is_too_short(self, capsys, monkeypatch):
        monkeypatch.setenv("JUPYTER_AGENT_TOKEN", "secret")
        words = "A token has to be at least 16 letters, digits or signs, without spaces."
        assert self.refused(capsys, "--in-memory", "--port", "0") == words

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["dance"],
            ["serve", "--port", "x"],
            ["serve", "--port", "65536"],
            ["serve", "--port", "-1"],
            ["serve", "--mode", "yolo"],
            ["serve", "--in-memory", "--data-dir", "x"],
        ],
    )
    def test_what_is_no_command(self, capsys, arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 2
        assert "jupyter agent" in capsys.readouterr().err


class TestListening:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
    def test_it_is_this_machine_only(self, host):
        with listen(host, 0) as listener:
            assert listener.getsockname()[0].startswith("127.")

    def test_the_second_signal_does_not_wait(self):
        server = Server.__new__(Server)
        server.should_exit = server.force_exit = False
        server._loop = None
        server.handle_exit(signal.SIGINT, None)
        assert (server.should_exit, server.force_exit) == (True, False)
        server.handle_exit(signal.SIGINT, None)
        assert server.force_exit


class TestSettings:
    def test_variables_are_named_as_jupyter_s_settings_are(self):
        variables = {
            "JUPYTER_AGENT_MODEL": "ollama:x",
            "JUPYTER_AGENT_MODE": "plan",
            "JUPYTER_AGENT_HEARTBEAT": "5",
            "JUPYTER_AGENT_STEPS": "3",
            "JUPYTER_AGENT_DATA_DIR": "",
            "JUPYTER_AGENT_PROVIDERS": '{"lab": {"base_url": "http://127.0.0.1:1/v1"}}',
            "JUPYTER_AGENT_ENVIRON": "{}",
            "PATH": "/",
        }
        config = config_from(variables)
        assert (config.model, config.mode.value, config.heartbeat, config.steps) == ("ollama:x", "plan", 5.0, 3)
        assert (config.data_dir, config.environ) == (None, None)
        assert config.providers == {"lab": {"base_url": "http://127.0.0.1:1/v1"}}

    def test_what_is_said_comes_before_what_a_variable_says(self):
        variables = {"JUPYTER_AGENT_MODEL": "one", "JUPYTER_AGENT_DATA_DIR": "/there"}
        config = config_from(variables, model="another", data_dir=None)
        assert (config.model, config.data_dir) == ("another", Path("/there"))

    def test_conversations_lie_beside_those_of_jupyter_s_own_assistant(self, jp_environ, jp_data_dir):
        assert config_from({}).data_dir == jp_data_dir / "jupyter_agent_service"


def test_the_command_is_installed_so_that_jupyter_finds_it():
    [script] = entry_points(group="console_scripts", name="jupyter-agent")
    assert script.value == "jupyter_agent.cli:main"


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == "0.1.0\n"
