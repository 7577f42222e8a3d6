"""A server with the assistant on it, as a stranger installs it, and clients of it: the same house with two doors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from ag_ui.core import (
    BaseEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
)
from jupyter_server.auth import IdentityProvider, User

from jupyter_agent.agents.scripted import ScriptedAgent
from jupyter_agent.core.tool import Call
from jupyter_agent.server.api.routes import PREFIX
from jupyter_agent.server.asgi import create_app
from jupyter_agent.server.jupyter import JupyterAgent
from jupyter_agent.server.keys import Keys

from .client import Client
from .house import House, Uvicorn, config

TOKEN = "the-token-of-these-tests"


@pytest.fixture(params=["jupyter", "fastapi"])
def binding(request) -> str:
    """Through which binding a test goes. What concerns one of them only overrides this."""
    name: str = request.param
    return name


@pytest.fixture
def house(request, binding) -> House:
    """A server that is up."""
    found: House = request.getfixturevalue(f"{binding}_house")
    return found


@pytest.fixture
def agent_config(tmp_path) -> dict[str, Any]:
    """Settings of the assistant. A test that needs others overrides this."""
    return {"data_dir": str(tmp_path / "agent")}


@pytest.fixture
def client(house) -> Client:
    """Whoever may come in."""
    found: Client = house.client
    return found


@pytest.fixture
def stranger(client) -> Client:
    """Whoever holds nothing."""
    return Client(port=client.port, base=client.base)


@pytest.fixture
def play(house) -> Callable[..., ScriptedAgent]:
    """Says what the agent does: `play(step, step, …)`, before the first request."""

    def give(*steps: Any) -> ScriptedAgent:
        agent = ScriptedAgent([part for step in steps for part in (step if isinstance(step, tuple) else (step,))])
        house.parts["agent"] = agent
        return agent

    return give


# A Jupyter server


@pytest.fixture
def jp_server_config(agent_config) -> dict[str, Any]:
    return {
        "ServerApp": {
            # Terminals have a route that Jupyter itself warns about under the stricter setting.
            "jpserver_extensions": {"jupyter_agent": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        },
        "JupyterAgent": agent_config,
    }


@pytest.fixture
def extension(jp_serverapp) -> JupyterAgent:
    """The extension's app in the running server."""
    app: JupyterAgent = jp_serverapp.extension_manager.extension_points["jupyter_agent"].app
    return app


@pytest.fixture
def jupyter_house(extension, http_server, http_server_port, jp_base_url, jp_auth_header) -> Iterator[House]:
    """Jupyter Server; whoever holds its token may come in."""
    client = Client(port=http_server_port[-1], base=f"{jp_base_url}{PREFIX}/", headers=jp_auth_header)
    house = House(
        life=extension.life,
        parts=extension.parts,
        client=client,
        stop=extension.stop_extension,
        no_stranger=(403, "not-signed-in"),
    )
    yield house
    house.close()


class Names(IdentityProvider):
    """Knows people by name: the one in X-User. "nobody" is known to be nobody."""

    def get_user(self, handler: Any) -> User | None:
        handler._token_authenticated = True
        name = named(handler.request)
        return User(username=name) if name else None


# uvicorn with the FastAPI app


@pytest.fixture
def admission() -> dict[str, Any]:
    """Who may come in to the FastAPI app."""
    return {"keys": Keys([TOKEN])}


@pytest.fixture
def fastapi_server(jp_asyncio_loop, agent_config, admission) -> Iterator[Uvicorn]:
    """The app in its server."""
    server = Uvicorn(create_app(config(agent_config), **admission))
    jp_asyncio_loop.run_until_complete(server.start())
    yield server
    jp_asyncio_loop.run_until_complete(server.stop())


@pytest.fixture
def fastapi_house(fastapi_server) -> Iterator[House]:
    """uvicorn; whoever holds the token may come in."""
    state = fastapi_server.app.state
    headers = {"Authorization": f"Bearer {TOKEN}"}
    house = House(
        life=state.life,
        parts=state.parts,
        client=Client(port=fastapi_server.port, base=f"/{PREFIX}/", headers=headers),
        stop=state.life.close,
        no_stranger=(401, "not-signed-in"),
    )
    yield house
    house.close()


def named(request: Any) -> str | None:
    """Who says to be who, on both."""
    name = request.headers.get("X-User")
    return name if name and name != "nobody" else None


@pytest.fixture
def by_name(jp_server_config, admission) -> None:
    """Ask for it before the house: it tells people apart then."""
    jp_server_config["ServerApp"]["identity_provider_class"] = Names
    admission["identify"] = named


def question(text: str = "Hello?", *, thread: str = "thread-1", run: str | None = None, **ours: Any) -> dict[str, Any]:
    """The body of POST runs."""
    return {
        "threadId": thread,
        "runId": run or str(uuid4()),
        "messages": [{"id": str(uuid4()), "role": "user", "content": text}],
        "forwardedProps": {"jupyterAgent": ours},
    }


def says(text: str, name: str = "answer") -> tuple[BaseEvent, ...]:
    """The agent says one message, word by word."""
    words = re.findall(r"[^ ]+ *", text)
    deltas = [TextMessageContentEvent(message_id=name, delta=word) for word in words]
    return (TextMessageStartEvent(message_id=name), *deltas, TextMessageEndEvent(message_id=name))


def calls(tool: str, arguments: str = "{}", name: str = "call-1") -> tuple[BaseEvent | list[Call], ...]:
    """The agent calls one tool."""
    return (
        ToolCallStartEvent(tool_call_id=name, tool_call_name=tool),
        ToolCallArgsEvent(tool_call_id=name, delta=arguments),
        ToolCallEndEvent(tool_call_id=name),
        [Call(call_id=name, name=tool, arguments=arguments)],
    )
