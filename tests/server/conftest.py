"""A Jupyter server with the extension on it, as a stranger installs it, and clients of it."""

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

from jupyter_agent.agents.scripted import ScriptedAgent
from jupyter_agent.core.tool import Call
from jupyter_agent.server.jupyter import JupyterAgent

from .client import Client


@pytest.fixture
def agent_config(tmp_path) -> dict[str, Any]:
    """Settings of the extension. A test that needs others overrides this."""
    return {"data_dir": str(tmp_path / "agent")}


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
def play(extension) -> Callable[..., ScriptedAgent]:
    """Says what the agent does: `play(step, step, …)`, before the first request."""

    def give(*steps: Any) -> ScriptedAgent:
        agent = ScriptedAgent([part for step in steps for part in (step if isinstance(step, tuple) else (step,))])
        extension.parts["agent"] = agent
        return agent

    return give


@pytest.fixture
def client(extension, http_server, http_server_port, jp_base_url, jp_auth_header) -> Iterator[Client]:
    """Whoever holds the token. The one parameter by which another binding joins these tests."""
    client = Client(port=http_server_port[-1], base=f"{jp_base_url}jupyter-agent/v1/", headers=jp_auth_header)
    yield client
    client.close()


@pytest.fixture
def stranger(client) -> Client:
    """Whoever holds nothing."""
    return Client(port=client.port, base=client.base)


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
