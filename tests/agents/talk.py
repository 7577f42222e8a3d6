"""A conversation with a real model over a real wire, through the real front door; at the other end a fake provider."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from ag_ui.core import RunAgentInput, UserMessage

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.models import Models
from jupyter_agent.agents.retries import Patience
from jupyter_agent.agents.scripted import ScriptedModel
from jupyter_agent.core.assistant import Assistant
from jupyter_agent.core.clock import SystemClock
from jupyter_agent.core.log import Entry, follow
from jupyter_agent.core.policy import Decision, Rule
from jupyter_agent.hosts.memory import MemoryHosts
from jupyter_agent.stores.instance import MemoryInstance
from jupyter_agent.stores.memory import MemoryStore
from jupyter_agent.tools import build_tools
from tests.agents.bench import Bench
from tests.agents.wires import configured

KEY = "sk-secret-0123456789"
TRIES = 3
HASTE = Patience(retries=TRIES - 1, first=0.001, jitter=lambda: 0.0)
Step = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a message."""

    said: str
    problem: str | None
    """What the person reads when it went wrong."""
    code: str | None
    waits: int
    requests: int


class Talk:
    """A conversation with a real model over a real wire, through the real front door."""

    def __init__(self, fake: FakeProvider, assistant: Assistant, store: MemoryStore, bench: Bench) -> None:
        self.fake = fake
        self.assistant = assistant
        self.bench = bench
        self._store = store
        self._runs = 0

    async def send(self, text: str) -> str:
        """Only send: returns the id of the run."""
        self._runs += 1
        run_id = f"r{self._runs}"
        message = UserMessage(id=f"u-{run_id}", content=text)
        await self.assistant.send("ann", RunAgentInput(thread_id="t", run_id=run_id, messages=[message]))
        return run_id

    async def say(self, text: str = "go") -> Answer:
        before = len(self.fake.requests)
        run_id = await self.send(text)
        events = [event async for event in self._events(run_id)]
        last = events[-1]
        return Answer(
            said="".join(event["delta"] for event in events if event["type"] == "TEXT_MESSAGE_CONTENT"),
            problem=last.get("message"),
            code=last.get("code"),
            waits=sum(event.get("name") == "jupyter_agent.waiting" for event in events),
            requests=len(self.fake.requests) - before,
        )

    async def thread(self) -> list[str]:
        """What the assistant has said, as it is kept."""
        messages = [stored.message for stored in await self._store.records.messages("ann", "t")]
        return [str(message.content) for message in messages if message.role == "assistant" and message.content]

    async def log(self) -> list[Entry]:
        return await self._store.log.read("ann", 0)

    async def _events(self, run_id: str) -> AsyncIterator[dict[str, Any]]:
        async for entries in follow(self._store.log, "ann", 0, run_id=run_id):
            for entry in entries:
                yield json.loads(entry.data)
                if entry.type in ("RUN_FINISHED", "RUN_ERROR"):
                    return


@contextlib.asynccontextmanager
async def talk(wire: str, *turns: list[Step], idle: float = 20.0, endless: bool = False) -> AsyncIterator[Talk]:
    """A house around the fake provider. Everything is allowed in it, so that what may not run would be seen to."""
    store, bench = MemoryStore(SystemClock()), Bench()
    async with FakeProvider(ScriptedModel(turns, endless=endless), key=KEY) as fake:
        assistant = Assistant(
            log=store.log,
            records=store.records,
            clock=SystemClock(),
            instance=MemoryInstance(),
            agent=Loop(Models(providers=configured(fake, KEY), environ={}).resolve, idle=idle, patience=HASTE),
            tools=build_tools(bench.kernel),
            hosts=MemoryHosts(bench.notebook),
            model=f"{wire}:fake",
            rules=[Rule(tool="*", decision=Decision.ALLOW)],
        )
        await assistant.open()
        try:
            yield Talk(fake, assistant, store, bench)
        finally:
            await assistant.close()
