"""The assistant as a Jupyter Server extension: settings, life and activity. What it answers is in `api` and `sse`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import PeriodicCallback
from traitlets import Dict, Enum, Float, Integer, TraitError, Unicode, default
from traitlets.config import Config as Traits
from traitlets.config.loader import DeferredConfigString

from .handlers import Limits, handlers
from .life import Life
from .misfits import misfit

if TYPE_CHECKING:
    from ..config import Config, Service

ACTIVITY_SECONDS = 10
"""Between two notes that a run is going on, so that nobody takes the server for idle."""


class JupyterAgent(ExtensionApp):
    """Settings (`c.JupyterAgent.<name>`, or JUPYTER_AGENT_<NAME> in the environment) and life of the assistant."""

    name = "jupyter_agent"
    load_other_extensions = True

    model = Unicode(
        "builtin", help='The model that answers unless a person chooses another: "builtin" or "provider:model".'
    ).tag(config=True)
    base_url = Unicode(
        help="Address of a server that speaks OpenAI's protocol, such as http://localhost:8000/v1. Its models are "
        'named "openai-compatible:<model>".'
    ).tag(config=True)
    api_key = Unicode(help="The key for base_url, if it wants one.").tag(config=True)
    providers = Dict(
        help="Model servers of your own, by name: {name: {kind, label, base_url, api_key, api_key_env, models, images, "
        "headers}}. kind is one of openai, openai-chat, anthropic, google, bedrock, openrouter, ollama, vllm, "
        "lmstudio, openai-compatible (the default). As JSON in JUPYTER_AGENT_PROVIDERS."
    ).tag(config=True)
    ca_file = Unicode(help="A file of certificates that are trusted beside the usual ones when a model is asked.").tag(
        config=True
    )
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
    idle_timeout = Float(
        120.0, min=0.1, help="Seconds of silence after which a model has failed. Some think for long before they speak."
    ).tag(config=True)
    tokens = Integer(2_000_000, min=1, help="Tokens that one run reads and writes at most.").tag(config=True)
    seconds = Float(
        7200.0, min=0.1, help="Seconds that one run takes at most, without the time that a person is waited for."
    ).tag(config=True)
    cost = Float(
        5.0, min=0.0, help="US dollars that one run costs at most, as far as the model's prices are known."
    ).tag(config=True)
    body_limit = Integer(1_000_000, min=1000, help="Bytes of a request's body at most.").tag(config=True)
    result_limit = Integer(
        10_000_000, min=1000, help="Bytes of a page's report at most: a whole notebook may be in it."
    ).tag(config=True)
    blob_limit = Integer(10_000_000, min=1000, help="Bytes of an attached file at most.").tag(config=True)

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "jupyter_agent")

    misfit: str | None = None
    """Why the assistant is not started: a setting that cannot be."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.life = Life(self._make)
        self.parts: dict[str, Any] = {}
        """Stand-ins for what `config.build` would make itself: clock, agent, tools, kernels."""
        self._ticker: PeriodicCallback | None = None

    def _link_jupyter_server_extension(self, serverapp: Any) -> None:
        # First, so that files and the command line override it.
        self.update_config(self.environment(os.environ))
        super()._link_jupyter_server_extension(serverapp)

    def update_config(self, config: Traits) -> None:
        """Every source of settings comes through here. With defaults in place of what somebody meant, a mode say, the
        assistant might do what was to be forbidden; so it is not started then. Jupyter goes on.
        """
        try:
            super().update_config(config)
        except TraitError:
            if self.misfit is None:
                self.misfit = misfit(self, config)
                self.log.error("%s", self.misfit)  # noqa: TRY400 - it is for people

    @classmethod
    def environment(cls, variables: Mapping[str, str]) -> Traits:
        """The settings that environment variables name, e.g. JUPYTER_AGENT_MODEL."""
        names = {f"JUPYTER_AGENT_{name.upper()}": name for name in cls.class_own_traits(config=True)}
        said: dict[str, Any] = {
            names[key]: DeferredConfigString(value) for key, value in variables.items() if key in names
        }
        if "providers" in said:
            # What is no JSON is left to traitlets, which says so.
            with contextlib.suppress(ValueError):
                said["providers"] = json.loads(said["providers"])
        return Traits({cls.__name__: said})

    def initialize_handlers(self) -> None:
        """Mount every route under {base_url}jupyter-agent/v1/."""
        limits: Limits = {"body": self.body_limit, "result": self.result_limit, "blob": self.blob_limit}
        self.handlers.extend(handlers(self, limits))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:  # noqa: ARG002 - Jupyter calls it so
        # Runs that a dead server left behind are ended as soon as this one is up.
        if self.misfit is None:
            await self.life.service()

    def current_activity(self) -> dict[str, int] | None:
        """What keeps a server from shutting itself down."""
        return {"runs": self.life.running} if self.life.running else None

    def note_activity(self) -> None:
        """A run counts as use of the server, for Jupyter's own culling and for a hub's."""
        if self.life.running and self.serverapp is not None:
            self.serverapp.web_app.settings["last_activity_times"][self.name] = datetime.now(UTC)

    async def stop_extension(self) -> None:
        """End every run cleanly, let the streams say so, and close the store."""
        if self._ticker is not None:
            self._ticker.stop()
        await self.life.close()

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
            providers=self.providers,
            base_url=self.base_url,
            api_key=self.api_key,
            ca_file=self.ca_file,
            mode=Mode(self.mode),
            approval_timeout=self.approval_timeout,
            action_timeout=self.action_timeout,
            heartbeat=self.heartbeat,
            send_timeout=self.send_timeout,
            steps=self.steps,
            tool_calls=self.tool_calls,
            idle_timeout=self.idle_timeout,
            tokens=self.tokens,
            seconds=self.seconds,
            cost=self.cost,
            body_limit=self.body_limit,
            result_limit=self.result_limit,
            blob_limit=self.blob_limit,
        )
