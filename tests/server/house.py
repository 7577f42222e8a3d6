"""The contract in a running server, whichever of the two bindings it is reached through."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from jupyter_agent.config import Config
from jupyter_agent.server.life import Life

from .client import Client


@dataclass(kw_only=True)
class House:
    """A server that is up. Nothing is asked of the assistant before the first request."""

    life: Life
    parts: dict[str, Any]
    """Stand-ins for what the wiring would make itself; before the first request."""
    client: Client
    """Whoever may come in."""
    stop: Callable[[], Awaitable[None]]
    """End as the server does when it is told to."""
    no_stranger: tuple[int, str]
    """How somebody unknown is refused: status and type."""
    people: list[Client] = field(default_factory=list)

    def as_(self, name: str) -> Client:
        """Somebody of this name, where the server tells people apart (fixture `by_name`)."""
        person = Client(port=self.client.port, base=self.client.base, headers={"X-User": name})
        self.people.append(person)
        return person

    def close(self) -> None:
        """All that came in vanish."""
        for one in (self.client, *self.people):
            one.close()


def config(settings: Mapping[str, Any]) -> Config:
    """Settings as Jupyter's configuration has them."""
    given = {**settings, "data_dir": Path(settings["data_dir"]) if settings["data_dir"] else None}
    return Config(**given)


class Uvicorn:
    """uvicorn with an app, in the loop of the test: its own start, without the waiting of its main loop."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        options: Any = {"lifespan": "off", "ws": "none", "access_log": False, "log_config": None}
        self.server = uvicorn.Server(uvicorn.Config(app, **options))
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]

    async def start(self) -> None:
        self.server.config.load()
        self.server.lifespan = self.server.config.lifespan_class(self.server.config)
        await self.server.startup(sockets=[self.socket])

    async def stop(self) -> None:
        for listener in self.server.servers:
            listener.close()
        state = self.server.server_state
        for connection in list(state.connections):
            connection.transport.abort()
        await self.app.state.life.close()
        for task in list(state.tasks):
            await task
