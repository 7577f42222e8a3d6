"""Carrying runs out: from RUN_STARTED to the last event, whatever happens in between."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ag_ui.core import BaseEvent, RunStartedEvent

from .agent import Agent, Budget, RunContext
from .asking import Asking, exact_from, waiting, withdraw
from .client import client_tools
from .clock import Clock
from .errors import Invalid, RunError, StoreError, ToolError
from .gate import Gate, validated
from .input import Accepted
from .log import EventLog
from .notebook import Hosts
from .policy import Mode, Rule
from .records import Records, RequestRecord, RunRecord
from .run import CUT_SHORT, Ending, Run, resolved
from .scope import RunScope
from .tool import Result, Tool

_log = logging.getLogger("jupyter_agent")

INTERNAL = "Something went wrong inside the assistant. The server's log has the details."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run, one message and one wait may cost."""

    approval_seconds: float = 600.0
    budget: Budget = field(default_factory=Budget)
    """Of one run."""
    event_bytes: int = 256_000
    input_bytes: int = 200_000
    """Of one request's messages and properties: less than an event, which repeats them."""
    modes: tuple[Mode, ...] = (Mode.MANUAL, Mode.PLAN)
    sweep_seconds: float = 10.0
    """Between two looks for runs whose process has died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a run begins with beside its record. `adopted` and what follows are for one that goes on after another."""

    accepted: Accepted
    adopted: tuple[str, ...] = ()
    """Calls of the interrupted run that still want a result."""
    recorded: Mapping[str, Result] = field(default_factory=dict)
    """Results of calls of that turn that are done already."""
    decided: Mapping[str, RequestRecord] = field(default_factory=dict)
    """What was answered, by call."""
    waits: bool = True
    """Whether it stays open while it waits for an answer. Else it ends there, and another run goes on."""

    @property
    def resumes(self) -> bool:
        return bool(self.adopted)


@dataclass(slots=True)
class Live:
    """A run that goes on in this process."""

    run: Run
    gate: Gate
    asking: Asking
    task: asyncio.Task[None]
    ending: Ending | None = None
    """How it is to end if its task is cancelled."""


class Runner:
    """All runs of this process. A run that `begin` returned gets its last event on every path."""

    def __init__(
        self,
        *,
        log: EventLog,
        records: Records,
        clock: Clock,
        agent: Agent,
        tools: Sequence[Tool],
        hosts: Hosts,
        rules: Sequence[Rule],
        limits: Limits,
    ) -> None:
        self.live: dict[str, Live] = {}
        self._starting: Counter[str] = Counter()
        self._begun = asyncio.Event()
        """Set, and replaced, when a run is not among those any more."""
        self.trouble: str | None = None
        """What the store said when a run could not be ended; None once all is well again."""
        self._log = log
        self._records = records
        self._clock = clock
        self._agent = agent
        self._tools = {tool.name: tool for tool in tools}
        self._hosts = hosts
        self._rules = tuple(rules)
        self._limits = limits

    def new_run(self, record: RunRecord, adopted: Sequence[str] = ()) -> Run:
        """A run over this process's log and records, not begun."""
        return Run(
            record,
            log=self._log,
            records=self._records,
            clock=self._clock,
            event_bytes=self._limits.event_bytes,
            adopted=adopted,
        )

    @contextlib.contextmanager
    def starting(self, run_id: str) -> Iterator[None]:
        """While a run of ours is in the records and not yet among the live ones, nobody may take it for lost."""
        self._starting[run_id] += 1
        try:
            yield
        finally:
            self._starting[run_id] -= 1
            if not self._starting[run_id]:
                del self._starting[run_id]
                self._begun.set()
                self._begun = asyncio.Event()

    def carries_out(self, run_id: str) -> bool:
        """Whether this process is at it."""
        return run_id in self.live or run_id in self._starting

    async def begun(self, run_id: str) -> None:
        """Return when the run is not starting: it is live, or has ended, or came to nothing."""
        while run_id in self._starting:
            await self._begun.wait()

    async def begin(self, record: RunRecord, start: Start, closed: Sequence[RequestRecord] = ()) -> Run:
        """Say RUN_STARTED, and which questions of the thread are `closed` by it; then set the agent to work."""
        run = self.new_run(record, start.adopted)
        await run.emit(_started(record, start.accepted))
        first = run.last_seq
        for request in closed:
            await run.emit(resolved(request.request_id, request.state))
        run.record = replace(record, first_seq=first)
        await self._records.mark_run(record.run_id, first_seq=first)
        history = [stored.message for stored in await self._records.messages(record.owner, record.thread_id)]
        asking = Asking(
            run,
            self._records,
            self._clock,
            approval_seconds=self._limits.approval_seconds,
            event_bytes=self._limits.event_bytes,
            pause=None if start.waits else partial(self._pause, record.run_id),
        )
        gate = self._gate(run, start, asking)
        accepted = start.accepted
        context = RunContext(
            owner=record.owner,
            thread_id=record.thread_id,
            run_id=record.run_id,
            model=record.model,
            mode=Mode(record.mode),
            history=[*history, *(accepted.results if start.resumes else accepted.messages)],
            then=accepted.users if start.resumes else (),
            context=accepted.input.context or (),
            binding=accepted.binding,
            tools=gate,
            clock=self._clock,
            resumed=start.resumes,
            budget=self._limits.budget.tightened(accepted.budget),
            report=run.used,
            blob=partial(self._blob, record.owner),
        )
        task = asyncio.get_running_loop().create_task(self._carry_out(run, context), name=f"run {record.run_id}")
        self.live[record.run_id] = Live(run=run, gate=gate, asking=asking, task=task)
        return run

    async def stop(self, live: Live, ending: Ending) -> None:
        """End a run as `ending` says; returns when its last event is written."""
        live.ending = live.ending or ending
        live.task.cancel()
        await asyncio.wait([live.task])
        # A task that is cancelled before its first step never reaches its own ending.
        await self._finish(live.run, live.ending)

    async def drain(self) -> None:
        """End all runs because the server stops: those that only wait for a person can be answered after a restart."""
        going_on = list(self.live.values())
        await asyncio.gather(*[self.stop(live, await self._drained(live)) for live in going_on])

    async def _blob(self, owner: str, blob_id: str) -> bytes | None:
        blob = await self._records.blob(owner, blob_id)
        return blob.data if blob is not None else None

    def check(self, request: RequestRecord, arguments: object, field: str = "arguments") -> None:
        """Whether a person's own arguments fit the tool that asked. Raises Invalid naming the field."""
        tool = self._tools.get(exact_from(request.exact).tool)
        if tool is None:
            raise Invalid("field", f"{field}: the tool that asked is not there any more.", field=field)
        try:
            validated(tool, arguments)
        except ToolError as error:
            raise Invalid("field", f"{field}: {error.detail}", field=field) from error

    @property
    def tool_names(self) -> frozenset[str]:
        """Of the server's own tools."""
        return frozenset(self._tools)

    def _gate(self, run: Run, start: Start, asking: Asking) -> Gate:
        return Gate(
            run=run,
            tools=self._tools,
            theirs=client_tools(start.accepted.input.tools),
            mode=Mode(run.record.mode),
            rules=self._rules,
            scope=RunScope(run=run, hosts=self._hosts, binding=start.accepted.binding),
            records=self._records,
            asking=asking,
            recorded=start.recorded,
            decided=start.decided,
        )

    async def _carry_out(self, run: Run, context: RunContext) -> None:
        """Let the agent think, then end the run, whatever happened. Never raises."""
        ending = Ending(outcome="success")
        try:
            await self._listen(run, self._agent.run(context))
        except asyncio.CancelledError:
            ending = self.live[run.run_id].ending or Ending(outcome="cancelled")
        except RunError as error:
            ending = Ending(outcome="error", code=error.code, message=str(error))
        except Exception:  # noqa: BLE001 - the one place that turns any bug of an agent into a last event
            _log.exception("run %s ended in an internal error", run.run_id)
            ending = Ending(outcome="error", code="internal", message=INTERNAL)
        finisher = asyncio.ensure_future(self._finish(run, ending))
        while not finisher.done():
            # A second cancel must not leave the run without its last event.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(finisher)

    @staticmethod
    async def _listen(run: Run, events: AsyncIterator[BaseEvent]) -> None:
        """Put what the agent says on the run, and close its iterator whatever happens."""
        try:
            async for event in events:
                await run.emit(event)
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()

    async def _finish(self, run: Run, ending: Ending) -> None:
        live = self.live.get(run.run_id)
        if live is not None:
            ending = replace(ending, in_doubt=live.gate.in_doubt)
        try:
            if not ending.waits and not run.ended.is_set():
                await self._withdraw(run)
            await run.finish(ending)
        except StoreError as error:
            # The sweep ends it from the log as soon as the store can be written again.
            self.trouble = str(error)
            _log.exception("run %s could not be ended in the store", run.run_id)
        except Exception:  # noqa: BLE001 - a bug here must not take the server's other runs along
            _log.exception("run %s could not be ended", run.run_id)
        finally:
            self.live.pop(run.run_id, None)

    async def _withdraw(self, run: Run) -> None:
        for request_id in await withdraw(self._records, await self._records.requests(run.owner, run_id=run.run_id)):
            await run.emit(resolved(request_id, "withdrawn"))

    async def _pause(self, run_id: str) -> None:
        """End the run that calls this, here, with what it has asked left open; unless that was answered just now."""
        live = self.live[run_id]
        if still_open := await self._still_open(live.run):
            live.ending = live.ending or waiting(still_open)
            live.task.cancel()
            await asyncio.Event().wait()  # which is cancelled at once

    async def _drained(self, live: Live) -> Ending:
        still_open = await self._still_open(live.run)
        if still_open and not live.gate.busy:
            return waiting(still_open)
        return Ending(outcome="error", code="interrupted", message=CUT_SHORT)

    async def _still_open(self, run: Run) -> list[RequestRecord]:
        requests = await self._records.requests(run.owner, run_id=run.run_id)
        return [request for request in requests if request.state == "open"]


def _started(record: RunRecord, accepted: Accepted) -> RunStartedEvent:
    ours = {"model": record.model, "mode": record.mode, "notebook": accepted.binding.path, "title": accepted.title}
    return RunStartedEvent(
        thread_id=record.thread_id,
        run_id=record.run_id,
        parent_run_id=record.parent_run_id,
        input=accepted.input,
        metadata={"jupyter_agent": ours},
    )
