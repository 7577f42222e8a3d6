"""The assistant as a Jupyter Server extension: settings, life and activity. What it answers is in `api` and `sse`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import PeriodicCallback
from traitlets import Enum, Float, Integer, Unicode, default
from traitlets.config import Config as Traits
from traitlets.config.loader import DeferredConfigString

from .handlers import Limits, handlers

if TYPE_CHECKING:
    from ..config import Config, Service

ACTIVITY_SECONDS = 10
"""Between two notes that a run is going on, so that nobody takes the server for idle."""
FAREWELL_SECONDS = 1.0
"""For open streams to send their last frames when the server stops."""


class JupyterAgent(ExtensionApp):
    """Settings (`c.JupyterAgent.<name>`, or JUPYTER_AGENT_<NAME> in the environment) and life of the assistant."""

    name = "jupyter_agent"
    load_other_extensions = True

    model = Unicode("builtin", help="The model that answers unless a person chooses another.").tag(config=True)
    data_dir = Unicode(
        help="Directory for conversations, best on a local disk; empty keeps them in memory only. By default "
        "jupyter_agent in Jupyter's data directory."
    ).tag(config=True)
    mode = Enum(("manual", "plan"), "manual", help="manual asks before edits and runs, plan only reads.").tag(
        config=True
    )
    approval_timeout = Float(600.0, min=0.1, help="Seconds that an approval stays open.").tag(config=True)
    action_timeout = Float(
        30.0, min=0.1, help="Seconds that a page has for an action on a notebook. Running a cell has no limit."
    ).tag(config=True)
    heartbeat = Float(
        15.0,
        min=0.01,
        help="Seconds of silence after which a stream says that it is alive. Proxies often cut silent ones after 60.",
    ).tag(config=True)
    send_timeout = Float(
        30.0, min=0.01, help="Seconds after which a reader that takes nothing is cut off. It can resume."
    ).tag(config=True)
    steps = Integer(25, min=1, help="Requests to the model in one run at most.").tag(config=True)
    tool_calls = Integer(100, min=1, help="Calls of tools in one run at most.").tag(config=True)
    body_limit = Integer(1_000_000, min=1000, help="Bytes of a request's body at most.").tag(config=True)
    result_limit = Integer(
        10_000_000, min=1000, help="Bytes of a page's report at most: a whole notebook may be in it."
    ).tag(config=True)
    blob_limit = Integer(10_000_000, min=1000, help="Bytes of an attached file at most.").tag(config=True)

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "jupyter_agent")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.streams: set[asyncio.Task[Any]] = set()
        """The requests that are being answered with a stream."""
        self.stopping = asyncio.Event()
        """Set when streams are to tell the rest and end."""
        self.parts: dict[str, Any] = {}
        """Stand-ins for what `config.build` would make itself: clock, agent, tools, kernels."""
        self._starting: asyncio.Future[Service] | None = None
        self._ticker: PeriodicCallback | None = None

    def _link_jupyter_server_extension(self, serverapp: Any) -> None:
        # First, so that files and the command line override it.
        self.update_config(self.environment(os.environ))
        super()._link_jupyter_server_extension(serverapp)

    @classmethod
    def environment(cls, variables: Mapping[str, str]) -> Traits:
        """The settings that environment variables name, e.g. JUPYTER_AGENT_MODEL."""
        names = {f"JUPYTER_AGENT_{name.upper()}": name for name in cls.class_own_traits(config=True)}
        said = {names[key]: DeferredConfigString(value) for key, value in variables.items() if key in names}
        return Traits({cls.__name__: said})

    def initialize_handlers(self) -> None:
        """Mount every route under {base_url}jupyter-agent/v1/."""
        limits: Limits = {"body": self.body_limit, "result": self.result_limit, "blob": self.blob_limit}
        self.handlers.extend(handlers(self, limits))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:  # noqa: ARG002 - Jupyter calls it so
        # Runs that a dead server left behind are ended as soon as this one is up.
        await self.service()

    async def service(self) -> Service:
        """The assistant, made when it is first wanted. Raises what keeps it from being made; the next call tries."""
        if self._starting is None or (self._starting.done() and self._starting.exception() is not None):
            self._starting = asyncio.ensure_future(self._make())
        return await asyncio.shield(self._starting)

    @property
    def running(self) -> int:
        """Runs that go on in this process."""
        starting = self._starting
        made = starting is not None and starting.done() and starting.exception() is None
        return starting.result().assistant.running if made and starting else 0

    def current_activity(self) -> dict[str, int] | None:
        """What keeps a server from shutting itself down."""
        return {"runs": self.running} if self.running else None

    def note_activity(self) -> None:
        """A run counts as use of the server, for Jupyter's own culling and for a hub's."""
        if self.running and self.serverapp is not None:
            self.serverapp.web_app.settings["last_activity_times"][self.name] = datetime.now(UTC)

    async def stop_extension(self) -> None:
        """End every run cleanly, let the streams say so, and close the store."""
        if self._ticker is not None:
            self._ticker.stop()
        if self._starting is None:
            return
        try:
            service = await self._starting
        except Exception:  # noqa: BLE001 - whoever asked for it has logged it
            return
        await service.assistant.close()
        self.stopping.set()
        if self.streams:
            await asyncio.wait(self.streams, timeout=FAREWELL_SECONDS)
        await service.close()

    async def _make(self) -> Service:
        # In a thread: it takes a third of a second, in which Jupyter serves its first pages.
        await asyncio.to_thread(import_module, "jupyter_agent.config")
        from ..config import build
        from ..kernels.eyes import Eyes

        assert self.serverapp is not None  # noqa: S101 - Jupyter links every extension to its server first
        parts = {"kernels": Eyes(self.serverapp.kernel_manager), **self.parts}
        service = await build(self._as_config(), **parts)
        await service.assistant.open()
        self._ticker = PeriodicCallback(self.note_activity, ACTIVITY_SECONDS * 1000)
        self._ticker.start()
        for warning in service.about.warnings:
            self.log.warning("jupyter-agent: %s", warning)
        return service

    def _as_config(self) -> Config:
        from ..config import Config
        from ..core.policy import Mode

        return Config(
            data_dir=Path(self.data_dir).expanduser() if self.data_dir else None,
            model=self.model,
            mode=Mode(self.mode),
            approval_timeout=self.approval_timeout,
            action_timeout=self.action_timeout,
            heartbeat=self.heartbeat,
            steps=self.steps,
            tool_calls=self.tool_calls,
            body_bytes=self.body_limit,
            result_bytes=self.result_limit,
            blob_bytes=self.blob_limit,
        )
