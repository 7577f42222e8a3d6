"""What can be configured, as one frozen value, and the wiring: the rooms put together into one running service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ag_ui.core import BaseEvent

from .agents.models import Models
from .core.agent import Agent, Budget, RunContext
from .core.assistant import Assistant
from .core.clock import Clock, SystemClock
from .core.errors import StoreError
from .core.kernel import Kernels
from .core.policy import Mode
from .core.runner import Limits
from .core.tool import Tool
from .hosts.actions import Patience
from .hosts.page import PageHosts
from .hosts.pages import Pages
from .server.api.about import About
from .server.api.api import Api
from .server.api.exchange import ClientStream, RunStream, StreamAnswer
from .server.api.operations import Operations
from .server.api.routes import Limit
from .server.sse import BEAT, COMMENT, Streams
from .stores.instance import FileInstance, MemoryInstance
from .stores.memory import MemoryStore
from .stores.sqlite import SqliteStore, open_sqlite
from .tools import build_tools
from .version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that an administrator or a person can set. Times in seconds, sizes in bytes."""

    data_dir: Path | None
    """Where conversations are kept; None keeps them in memory."""
    model: str = "builtin"
    providers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Endpoints of one's own: name -> {kind, label, base_url, api_key, api_key_env, models, images, headers}."""
    base_url: str = ""
    """Of a server that speaks OpenAI's protocol: the provider "openai-compatible"."""
    api_key: str = field(default="", repr=False)
    """For base_url, if it wants one."""
    ca_file: str = ""
    """Certificates that are trusted beside the usual ones."""
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    """Where keys and addresses of providers are found; None is the process's own environment."""
    mode: Mode = Mode.MANUAL
    approval_timeout: float = 600.0
    action_timeout: float = 30.0
    heartbeat: float = 15.0
    send_timeout: float = 30.0
    idle_timeout: float = 120.0
    """After which a model that says nothing has failed."""
    steps: int = Budget().steps
    tool_calls: int = Budget().tool_calls
    tokens: int = Budget().tokens
    seconds: float = Budget().seconds
    cost: float = Budget().cost
    body_limit: int = 1_000_000
    result_limit: int = 10_000_000
    """Of what a page reports about an action: a whole notebook may be in it."""
    blob_limit: int = 10_000_000

    @property
    def budget(self) -> Budget:
        """What one run may use up at most."""
        return Budget(
            steps=self.steps, tool_calls=self.tool_calls, tokens=self.tokens, seconds=self.seconds, cost=self.cost
        )

    @property
    def body_limits(self) -> Mapping[Limit, int]:
        """The largest body of each kind of request."""
        return {"body": self.body_limit, "result": self.result_limit, "blob": self.blob_limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An assistant and the ways to it. Made by `build`. Whoever uses it opens and closes the assistant first."""

    assistant: Assistant
    about: About
    pages: Pages
    api: Api
    streams: Streams
    store: SqliteStore | MemoryStore
    instance: FileInstance | MemoryInstance

    def frames(self, answer: StreamAnswer, stop: asyncio.Event) -> AsyncGenerator[bytes, None]:
        """The bytes of the stream that an endpoint answers with, until `stop` is set."""
        match answer:
            case RunStream():
                beat = COMMENT if answer.quiet else BEAT
                return self.streams.run(answer.owner, answer.run_id, answer.after, stop, beat=beat)
            case ClientStream():
                return self.streams.client(answer.owner, answer.client_id, answer.after, stop)

    async def close(self) -> None:
        """Let go of the files."""
        await asyncio.to_thread(self.store.close)
        await asyncio.to_thread(self.instance.close)


class LateAgent:
    """The agent of the loop room, imported when somebody comes: a server that nobody asks does not pay for it."""

    def __init__(self, load: Callable[[], Agent]) -> None:
        self._load = load
        self._loading: asyncio.Future[Agent] | None = None

    def load(self) -> asyncio.Future[Agent]:
        """Import the real one in a thread, once, while the person is still typing."""
        if self._loading is None or (self._loading.done() and self._loading.exception() is not None):
            self._loading = asyncio.ensure_future(asyncio.to_thread(self._load))
            # A failure is told to whoever runs; if nobody does, it is nobody's concern.
            self._loading.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._loading

    async def run(self, context: RunContext) -> AsyncIterator[BaseEvent]:
        """Think with the real one."""
        loop = await asyncio.shield(self.load())
        events: Any = loop.run(context)
        async with contextlib.aclosing(events):
            async for event in events:
                yield event


async def build(
    config: Config,
    *,
    clock: Clock | None = None,
    kernels: Kernels | None = None,
    agent: Agent | None = None,
    tools: Sequence[Tool] | None = None,
) -> Service:
    """Put the rooms together. `agent` and `tools` stand in for the usual ones; without `kernels` none is looked at."""
    clock = clock or SystemClock()
    store, instance = await asyncio.to_thread(_open_store, config, clock)
    limits = Limits(approval_seconds=config.approval_timeout, budget=config.budget)
    if config.mode not in limits.modes:
        limits = replace(limits, modes=(*limits.modes, config.mode))
    pages = Pages(store.records, clock)
    models = models_of(config)
    late = LateAgent(partial(_import_loop, models, config))
    assistant = Assistant(
        log=store.log,
        records=store.records,
        clock=clock,
        instance=instance,
        agent=agent or late,
        tools=build_tools(kernels) if tools is None else tools,
        hosts=PageHosts(pages, store.records, clock, Patience(action=config.action_timeout)),
        limits=limits,
        model=config.model,
        mode=config.mode,
        offers=models.offers,
    )
    about = About(
        version=__version__,
        model=config.model,
        mode=config.mode,
        modes=limits.modes,
        choices=models.choices,
        providers=models.providers,
        store=asdict(store.description),
        warnings=_warnings(config, models, store, instance),
        body_bytes=config.body_limit,
        event_bytes=limits.event_bytes,
        approval_seconds=config.approval_timeout,
    )
    operations = Operations(assistant=assistant, pages=pages, about=about, expect=late.load if agent is None else None)
    return Service(
        assistant=assistant,
        about=about,
        pages=pages,
        api=Api(operations, config.body_limits),
        streams=Streams(log=store.log, records=store.records, audience=pages, clock=clock, heartbeat=config.heartbeat),
        store=store,
        instance=instance,
    )


def models_of(config: Config) -> Models:
    """The models that can be reached with these settings."""
    return Models(
        model=config.model,
        providers=config.providers,
        base_url=config.base_url,
        api_key=config.api_key,
        ca_file=config.ca_file,
        environ=config.environ,
    )


def _open_store(config: Config, clock: Clock) -> tuple[SqliteStore | MemoryStore, FileInstance | MemoryInstance]:
    """The store on disk; where it cannot be used, one in memory that says why. The file is left as it is."""
    if config.data_dir is None:
        return MemoryStore(clock), MemoryInstance()
    try:
        # Without its lock on the instance a process could take another one's live runs for dead.
        instance = FileInstance(config.data_dir / "instances", clock)
    except OSError as error:
        reason = f"{config.data_dir} cannot be used: {error.strerror or error}."
        return MemoryStore(clock, reason=reason), MemoryInstance()
    try:
        return open_sqlite(config.data_dir / "assistant.sqlite3", clock), instance
    except StoreError as error:
        instance.close()
        return MemoryStore(clock, reason=str(error)), MemoryInstance()


def _warnings(
    config: Config, models: Models, store: SqliteStore | MemoryStore, instance: FileInstance | MemoryInstance
) -> tuple[str, ...]:
    """What a person should know. A store in memory is worth a word only where it was not asked for."""
    said = [store.description.message if config.data_dir is not None else None]
    said.append(instance.message if isinstance(instance, FileInstance) else None)
    said += models.warnings
    return tuple(words for words in said if words)


def _import_loop(models: Models, config: Config) -> Agent:
    from .agents.loop import Loop

    models.prepare(config.model)
    return Loop(models.resolve, idle=config.idle_timeout)
