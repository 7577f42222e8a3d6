"""What is the FastAPI app's own: its life in any server, and a notebook without Jupyter."""

import asyncio
import contextlib
from typing import Any

import pytest
from ag_ui.core import TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent
from fastapi import FastAPI

from jupyter_agent.server.api.routes import PREFIX
from jupyter_agent.server.asgi import create_app, from_environment
from jupyter_agent.server.keys import Keys
from tests.hosts.played import PlayedNotebook

from .client import PATIENCE, Client
from .conftest import TOKEN, calls, question, says
from .house import Uvicorn, config
from .pages import PlayedPage

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def binding() -> str:
    return "fastapi"


@pytest.fixture
def agent_config() -> dict[str, Any]:
    return {"data_dir": ""}


class TestANotebookWithoutJupyter:
    async def test_without_a_page_the_model_is_told_so_plainly(self, client, play):
        agent = play(calls("read_notebook"), says("I see."))
        await client.post("runs", question(run="run-1", notebook={"path": "a.ipynb"}))
        await (await client.stream("runs/run-1/events")).rest()
        assert agent.results[0].status == "failed"
        assert agent.results[0].content.startswith(
            "a.ipynb is not open any more. Ask the person to open it again. "
            "No notebook is open in any page connected here."
        )

    async def test_the_service_itself_has_no_kernels(self, client, play):
        agent = play(calls("list_variables"), says("I see."))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb", "x = 1")).open()
        await client.post("runs", question(run="run-1", **page.page()))
        await page.hears("RUN_FINISHED")
        await page.close()
        assert "There is no tool" in agent.results[0].content

    async def test_the_built_in_assistant_tells_a_whole_story_through_a_page(self, client):
        notebook = PlayedNotebook("a.ipynb", "import math")
        page = await PlayedPage(client, notebook).open()
        await client.post("runs", question("run: math.pi", run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        assert notebook.ran == []
        answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}
        assert (await client.post("runs/run-1/inputs", answer)).status == 202
        assert (await page.hears("RUN_FINISHED")).data["outcome"] == {"type": "success"}
        assert notebook.ran == ["math.pi"]
        assert [cell.source for cell in notebook.cells] == ["import math", "math.pi"]
        await page.close()


class TestSlowReader:
    async def test_a_stalled_reader_costs_at_most_8_mb(self, client, play, fastapi_server):
        big = [TextMessageContentEvent(message_id="m", delta="x" * 200_000) for _ in range(150)]
        play(TextMessageStartEvent(message_id="m"), *big, TextMessageEndEvent(message_id="m"))
        page = await PlayedPage(client, threads=[]).open()
        await client.post("runs", question(run="run-1"))
        await page.hears("RUN_FINISHED")
        stalled = await client.stream("runs/run-1/events")
        connections = fastapi_server.server.server_state.connections
        async with asyncio.timeout(PATIENCE):
            while not (full := [one for one in connections if one.flow.write_paused]):
                assert (await client.get("health")).status == 200
        # One chunk is with the connection; the next one, of 4 MB at most, waits for its turn.
        assert full[0].transport.get_write_buffer_size() < 4_300_000
        stalled.leave()
        await page.close()


class Bare:
    """A server that knows nothing but ASGI: no raw path, no transport to cut."""

    def __init__(self, app: FastAPI, path: str, *, takes: bool = True) -> None:
        self.app = app
        self.takes = takes
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"authorization", BEARER["Authorization"].encode())],
        }
        self.body = [b""]
        self.heard = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self.body:
            return {"type": "http.request", "body": self.body.pop(), "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        self.heard.set()
        if not self.takes and message["type"] == "http.response.body":
            await asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        await self.app(self.scope, self.receive, self.send)


class TestAnyServer:
    """What holds without uvicorn."""

    @pytest.fixture
    def app(self, jp_asyncio_loop):
        app = create_app(config({"data_dir": "", "send_timeout": 0.05}), keys=Keys([TOKEN]))
        yield app
        jp_asyncio_loop.run_until_complete(app.state.life.close())

    async def test_a_request_is_answered(self, app):
        bare = Bare(app, f"/{PREFIX}/runs/a b")
        await bare.run()
        assert [message["type"] for message in bare.sent] == ["http.response.start", "http.response.body"]
        assert bare.sent[0]["status"] == 404
        assert b'"unknown-run"' in bare.sent[1]["body"]

    async def follow(self, app: FastAPI, *, takes: bool) -> tuple[Bare, "asyncio.Task[None]"]:
        bare = Bare(app, f"/{PREFIX}/events", takes=takes)
        bare.scope["query_string"] = b"client=c"
        task = asyncio.ensure_future(bare.run())
        while len(bare.sent) < 2:
            await bare.heard.wait()
            bare.heard.clear()
        return bare, task

    async def test_who_leaves_ends_the_stream_at_once(self, app):
        bare, task = await self.follow(app, takes=True)
        bare.left.set()
        await task
        assert app.state.life.streams == set()
        assert bare.sent[-1]["more_body"]

    async def test_who_takes_nothing_is_let_go(self, app):
        _, task = await self.follow(app, takes=False)
        await task
        assert app.state.life.streams == set()

    async def test_a_server_that_gives_a_request_up_ends_its_stream(self, app):
        _, task = await self.follow(app, takes=True)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert app.state.life.streams == set()

    async def test_the_end_of_the_server_is_the_end_of_its_streams(self, app):
        bare, task = await self.follow(app, takes=True)
        await app.state.life.close()
        await task
        assert bare.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    async def test_its_lifespan_opens_and_closes_the_service(self, app):
        told: list[str] = []
        orders = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive() -> Any:
            return next(orders)

        async def send(message: Any) -> None:
            told.append(message["type"])
            assert app.state.life.stopping.is_set() is (message["type"] == "lifespan.shutdown.complete")

        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
        assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    async def test_a_web_socket_is_refused(self, app):
        told: list[Any] = []

        async def send(message: Any) -> None:
            told.append(message)

        await app({"type": "websocket", "path": "/", "headers": []}, None, send)
        assert told == [{"type": "websocket.close", "code": 1008}]


class TestInsideAnotherApp:
    async def test_it_can_be_mounted_where_somebody_wants_it(self, jp_asyncio_loop):
        mine = create_app(config({"data_dir": ""}), keys=(keys := Keys([TOKEN])))
        outer = FastAPI()
        outer.mount("/some/where", mine)
        outer.state.life = mine.state.life
        server = Uvicorn(outer)
        await server.start()
        client = Client(port=server.port, base=f"/some/where/{PREFIX}/", headers=BEARER)
        assert (await client.get("health")).json["status"] == "ok"
        assert (await client.get("runs/a%2Fb")).problem[:2] == (404, "unknown-run")
        for elsewhere in ("jupyter-agent%2Fv1/threads", "jupyter-agent/v1/x", "jupyter-agent%2Fv1"):
            other = Client(port=server.port, base=f"/some/where/{elsewhere}/", headers=BEARER)
            assert (await other.get(f"{PREFIX}/health")).status == 404
        page = Client(port=server.port, base="/some/where/")
        answer = await page.get("sign-in", token=keys.once())
        assert answer.headers["location"] == "/some/where/docs"
        assert "Path=/some/where;" in answer.headers["set-cookie"]
        await server.stop()


class TestEnvironment:
    def test_without_a_token_nobody_could_come_in(self, monkeypatch):
        monkeypatch.delenv("JUPYTER_AGENT_TOKEN", raising=False)
        with pytest.raises(ValueError, match="set JUPYTER_AGENT_TOKEN"):
            from_environment()

    async def test_it_says_who_comes_in_and_from_where(self, monkeypatch):
        monkeypatch.setenv("JUPYTER_AGENT_TOKEN", TOKEN)
        monkeypatch.setenv("JUPYTER_AGENT_DATA_DIR", "")
        monkeypatch.setenv("JUPYTER_AGENT_ALLOWED_HOSTS", "a.example, b.example")
        app = from_environment()
        for host, status in ((b"b.example", 404), (b"c.example", 421)):
            bare = Bare(app, "/nothing")
            bare.scope["headers"][0] = (b"host", host)
            await bare.run()
            assert bare.sent[0]["status"] == status
