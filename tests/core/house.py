"""A small house for tests: the real assistant and memory store, a played agent, two tools that leave traces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from uuid import uuid4

from ag_ui.core import (
    AssistantMessage,
    BaseEvent,
    RunAgentInput,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
    ToolMessage,
    UserMessage,
)
from pydantic import BaseModel

from jupyter_agent.core.agent import RunContext
from jupyter_agent.core.assistant import Assistant
from jupyter_agent.core.clock import Clock, SystemClock
from jupyter_agent.core.errors import ModelError, StoreError, ToolError
from jupyter_agent.core.events import Sentence, custom, decode
from jupyter_agent.core.log import Entry
from jupyter_agent.core.notebook import Binding, Channel, Hosts, Notebook
from jupyter_agent.core.policy import Risk
from jupyter_agent.core.runner import Limits
from jupyter_agent.core.tool import Call, Exact, Plan, Result, Scope, Tool
from jupyter_agent.stores.memory import MemoryStore

Kind = Literal["text", "open", "call", "cut-call", "turn", "raise", "bug", "nonsense", "hang"]


@dataclass(frozen=True)
class Step:
    """One thing that a played agent does. A turn is several calls that are announced together."""

    kind: Kind
    value: Any = None


class PlayedAgent:
    """Does what its script says; on a resumed run it first performs the calls that are still to be done."""

    def __init__(self, script: Sequence[Step]) -> None:
        self.script = script
        self.contexts: list[RunContext] = []

    async def run(self, context: RunContext) -> AsyncIterator[BaseEvent]:
        self.contexts.append(context)
        if context.resumed:
            await context.tools.announce(calls_of(context))
            for call in calls_of(context):
                await context.tools.perform(call)
            yield TextMessageStartEvent(message_id=str(uuid4()))
            return
        for step in self.script:
            async for event in self._play(step, context):
                yield event

    async def _play(self, step: Step, context: RunContext) -> AsyncIterator[BaseEvent]:
        name = str(uuid4())
        match step.kind:
            case "text" | "open":
                yield TextMessageStartEvent(message_id=name)
                for delta in step.value:
                    yield TextMessageContentEvent(message_id=name, delta=delta)
                if step.kind == "text":
                    yield TextMessageEndEvent(message_id=name)
            case "call" | "turn":
                asked = [step.value] if step.kind == "call" else step.value
                calls = [Call(call_id=str(uuid4()), name=tool, arguments=text) for tool, text in asked]
                for call in calls:
                    yield ToolCallStartEvent(
                        tool_call_id=call.call_id, tool_call_name=call.name, parent_message_id=name
                    )
                    yield ToolCallArgsEvent(tool_call_id=call.call_id, delta=str(call.arguments))
                    yield ToolCallEndEvent(tool_call_id=call.call_id)
                await context.tools.announce(calls)
                for call in calls:
                    await context.tools.perform(call)
            case "cut-call":
                yield ToolCallStartEvent(tool_call_id=name, tool_call_name="touch")
                yield ToolCallArgsEvent(tool_call_id=name, delta='{"na')
            case "raise":
                raise ModelError("The model is away.")
            case "bug":
                raise RuntimeError("secret detail")
            case "nonsense":
                yield TextMessageEndEvent(message_id="never begun")
            case "hang":
                await asyncio.Event().wait()


def calls_of(context: RunContext) -> list[Call]:
    """The calls of the last message that made any."""
    for message in reversed(context.history):
        if isinstance(message, AssistantMessage) and message.tool_calls:
            return [
                Call(call_id=c.id, name=c.function.name, arguments=c.function.arguments) for c in message.tool_calls
            ]
    return []


class Name(BaseModel):
    name: str


@dataclass
class Traces:
    """What the tools really did, and what they find when they look."""

    done: list[str] = field(default_factory=list)
    present: str = "as it was"


class Touch:
    """An edit: it shows what is there, and leaves a trace."""

    name: ClassVar[str] = "touch"
    description: ClassVar[str] = "Leave a trace."
    risk: ClassVar[Risk] = Risk.EDIT
    Arguments: ClassVar[type[BaseModel]] = Name

    def __init__(self, traces: Traces) -> None:
        self.traces = traces

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:
        if arguments.name == "nowhere":
            raise ToolError("unknown-cell", "There is no such cell.")
        exact = Exact(
            tool="touch", title="Leave a trace", arguments={"name": arguments.name}, before=self.traces.present
        )
        return Plan(exact=exact, data={"call": call.call_id})

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        self.traces.done.append(plan.data["call"])
        return Result(content=f"touched {plan.exact.arguments['name']}")


class Send:
    """An edit on a page that never reports: what it sends away may or may not have happened."""

    name: ClassVar[str] = "send"
    description: ClassVar[str] = "Send a write to a page."
    risk: ClassVar[Risk] = Risk.EDIT
    Arguments: ClassVar[type[BaseModel]] = Name

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:
        return Plan(exact=Exact(tool="send", title="Send", arguments={"name": arguments.name}))

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        notebook = await scope.notebook()
        await notebook.run(cell_id="c", source="1")
        return Result(content="never said")


class Look:
    """A read."""

    name: ClassVar[str] = "look"
    description: ClassVar[str] = "Look."
    risk: ClassVar[Risk] = Risk.READ
    Arguments: ClassVar[type[BaseModel]] = Name

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:
        return Plan(exact=Exact(tool="look", title="Look", arguments={"name": arguments.name}))

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        if plan.exact.arguments["name"] == "broken":
            raise RuntimeError("secret detail")
        return Result(content=f"seen {plan.exact.arguments['name']}")


class SilentNotebook:
    """Says the action and hears nothing any more."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def run(self, *, cell_id: str, source: str) -> None:
        value = {"actionId": "a", "operation": "run", "arguments": {"cellId": cell_id, "source": source}}
        await self._channel.emit(custom("action", value))
        await asyncio.Event().wait()


class SilentHosts:
    async def open(self, channel: Channel, binding: Binding) -> Notebook:
        return SilentNotebook(channel)  # type: ignore[return-value]  # the one operation that is used


@dataclass(frozen=True)
class Process:
    """One of several server processes; `living` is shared by them."""

    id: str
    living: set[str]

    def alive(self, other: str) -> bool:
        return other in self.living


class Mortal:
    """A store that dies at its n-th operation: from then on nothing is written, as if the process were gone."""

    def __init__(self, inner: Any, countdown: list[int], pace: list[int]) -> None:
        self._inner = inner
        self._countdown = countdown
        """Operations that still succeed. Whoever holds the list can give it life again: a disk that has room again."""
        self._pace = pace
        """How many turns of the loop the next operations take before they happen: others come first meanwhile."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            for _ in range(self._pace.pop(0) if self._pace else 0):
                await asyncio.sleep(0)
            self._countdown[0] -= 1
            if self._countdown[0] < 0:
                raise StoreError("The process is dead.")
            return await method(*args, **kwargs)

        return call


class House:
    """One store, and server processes that come and go on it."""

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self.clock = clock or SystemClock()
        self.limits = limits or Limits()
        self.store = MemoryStore(self.clock)
        self.traces = Traces()
        self.living: set[str] = set()
        self.hosts: Hosts = SilentHosts()
        self.tools: list[Tool] = [Touch(self.traces), Look(), Send()]
        self.countdown = [0]
        """Of the newest process."""
        self.pace: list[int] = []
        """Of all processes."""
        self.agent = PlayedAgent([])
        """Of the newest process."""

    def process(self, script: Sequence[Step], *, dies_at: int | None = None) -> Assistant:
        countdown = self.countdown = [10**9 if dies_at is None else dies_at]
        process = Process(id=str(uuid4()), living=self.living)
        self.living.add(process.id)
        self.agent = PlayedAgent(script)
        return Assistant(
            log=Mortal(self.store.log, countdown, self.pace),
            records=Mortal(self.store.records, countdown, self.pace),
            clock=self.clock,
            instance=process,
            agent=self.agent,
            tools=self.tools,
            hosts=self.hosts,
            offers=lambda name: name != "unheard-of",
            limits=self.limits,
        )

    def kill(self, assistant: Assistant) -> None:
        self.living.discard(assistant._instance.id)

    async def entries(self, run_id: str, owner: str = "me") -> list[Entry]:
        return await self.store.log.read(owner, 0, run_id=run_id, limit=100_000)

    async def sentence(self, run_id: str) -> Sentence:
        """The run's log, read by the grammar; it raises where it is no sentence."""
        record = await self.store.records.run("me", run_id)
        assert record is not None
        sentence = Sentence()
        if record.parent_run_id:
            earlier = await self.store.records.messages("me", record.thread_id)
            sentence.known_calls(
                c.id
                for m in earlier
                if m.run_id != run_id and isinstance(m.message, AssistantMessage)
                for c in m.message.tool_calls or ()
            )
        for entry in await self.entries(run_id):
            sentence.accept(decode(entry.data))
        return sentence

    async def open_calls(self, thread_id: str) -> list[str]:
        """Calls in the thread that have no result. Raises if a result stands before its call or twice."""
        waiting: list[str] = []
        for stored in await self.store.records.messages("me", thread_id):
            message = stored.message
            if isinstance(message, AssistantMessage):
                waiting += [call.id for call in message.tool_calls or ()]
            elif isinstance(message, ToolMessage):
                waiting.remove(message.tool_call_id)
        return waiting


def question(text: str = "Hello?", *, thread: str = "t", run: str | None = None, **ours: Any) -> RunAgentInput:
    return RunAgentInput(
        thread_id=thread,
        run_id=run or str(uuid4()),
        messages=[UserMessage(id=str(uuid4()), content=text)],
        forwarded_props={"jupyterAgent": ours},
    )


async def types(house: House, run_id: str) -> list[str]:
    """The run's event types in order; CUSTOM by name."""
    return [entry.name or entry.type for entry in await house.entries(run_id)]


async def until_ended(assistant: Assistant, run_id: str) -> None:
    """Follow the run to its last event."""
    async for entries in assistant.follow("me", 0, run_id, beat=5):
        assert entries, "silence: the run hangs"
        if entries[-1].type in {"RUN_FINISHED", "RUN_ERROR"}:
            return


async def until_asked(assistant: Assistant, run_id: str, count: int = 1) -> list[dict[str, Any]]:
    """Follow the run until so many requests were opened, and return them."""
    found: list[dict[str, Any]] = []
    async for entries in assistant.follow("me", 0, run_id, beat=5):
        assert entries, "silence: nobody asks"
        found += [
            decode(e.data).value  # type: ignore[attr-defined]  # a CUSTOM event has one
            for e in entries
            if e.name == "jupyter_agent.input_requested"
        ]
        if len(found) >= count:
            return found
    raise AssertionError
