"""The gate: the only way from an agent to an effect. It checks, decides, asks a person, performs and reports.

Theory of operation. A call is *prepared* (read-only: what exactly would happen?), *decided* (policy), if need be
*asked* (the person sees the exact bytes), then prepared again and *performed*, provided that the second look shows the
very effect that was approved. If it shows another one, the approval is void and the person is asked anew about what is
there now. Nothing is ever allowed by default: no answer is a no.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ag_ui.core import BaseEvent, CustomEvent, Interrupt
from pydantic import ValidationError

from .agent import ToolDefinition
from .clock import Clock
from .errors import AssistantError, Invalid, ToolError
from .events import PREFIX, custom
from .notebook import WRITES, Binding, Hosts, Notebook
from .person import for_person
from .policy import Decision, Mode, Risk, Rule, decide
from .records import Records, RequestRecord
from .run import IN_DOUBT, Run, resolved
from .tool import Call, Exact, Plan, Result, Tool

_log = logging.getLogger("jupyter_agent")

HARMLESS = frozenset({Risk.TALK, Risk.READ})
"""What may be done twice without harm."""
ROUNDS = 5
"""How often one call may be asked about, because the notebook or the arguments changed meanwhile."""
GLANCE = 1.0
"""Seconds between looks into the store, for an answer that came through another server process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """A run's channel that remembers which writes were said on it (core.notebook.Channel)."""

    run: Run
    offered: list[str]

    @property
    def owner(self) -> str:
        return self.run.owner

    @property
    def run_id(self) -> str:
        return self.run.run_id

    async def emit(self, event: BaseEvent) -> None:
        if isinstance(event, CustomEvent) and event.name == PREFIX + "action" and event.value["operation"] in WRITES:
            self.offered.append(event.value["actionId"])
        await self.run.emit(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScope:
    """What tools reach of a run (core.tool.Scope)."""

    run: Run
    hosts: Hosts
    binding: Binding
    offered: list[str] = field(default_factory=list)
    """Writes that the call at work has sent to a page: whatever ends it now, they may have taken effect."""

    @property
    def owner(self) -> str:
        return self.run.owner

    @property
    def run_id(self) -> str:
        return self.run.run_id

    async def notebook(self) -> Notebook:
        return await self.hosts.open(_Watched(run=self.run, offered=self.offered), self.binding)

    def new_cell_id(self, call_id: str) -> str:
        # Of the thread, not of the run: a call that a resumed run carries out has to make the cell that was approved.
        return hashlib.sha256(f"{self.run.record.thread_id}\0{call_id}".encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Waiting:
    """Open requests of this run, and who waits for them."""

    answers: dict[str, asyncio.Future[RequestRecord]] = field(default_factory=dict)
    by_call: dict[str, tuple[RequestRecord, Plan]] = field(default_factory=dict)


class Gate:
    """The toolbox of one run (core.agent.Toolbox)."""

    def __init__(
        self,
        *,
        run: Run,
        tools: Mapping[str, Tool],
        mode: Mode,
        rules: Sequence[Rule],
        scope: RunScope,
        records: Records,
        clock: Clock,
        approval_seconds: float,
        event_bytes: int,
        recorded: Mapping[str, Result] | None = None,
        decided: Mapping[str, RequestRecord] | None = None,
    ) -> None:
        self._run = run
        self._tools = tools
        self._mode = mode
        self._rules = rules
        self._scope = scope
        self._records = records
        self._clock = clock
        self._approval_seconds = approval_seconds
        self._event_bytes = event_bytes
        self._recorded = dict(recorded or {})
        self._decided = dict(decided or {})
        self._waiting = _Waiting()
        self.busy = False
        """A tool is at work."""
        self._at_work: str | None = None

    def definitions(self) -> list[ToolDefinition]:
        return [
            ToolDefinition(name=tool.name, description=tool.description, parameters=tool.Arguments.model_json_schema())
            for tool in self._tools.values()
            if decide(self._mode, tool.risk, tool.name, self._rules) is not Decision.DENY
        ]

    async def announce(self, calls: Sequence[Call]) -> None:
        """Open the requests of a whole turn at once. What cannot be prepared yet is asked when its turn comes."""
        asked: list[tuple[Call, Plan, Risk]] = []
        for call in calls:
            if call.call_id in self._recorded or call.call_id in self._decided:
                continue
            try:
                tool, arguments = self._parse(call)
                plan = await tool.prepare(arguments, call, self._scope)
                self._check_size(plan.exact)
            except ToolError:
                continue
            risk = plan.risk or tool.risk
            if decide(self._mode, risk, tool.name, self._rules) is Decision.ASK:
                asked.append((call, plan, risk))
        if asked:
            await self._open(asked)

    async def perform(self, call: Call) -> Result:
        if call.call_id in self._recorded:
            return self._recorded[call.call_id]
        try:
            result = await self._carry_out(call)
        except ToolError as error:
            result = Result(content=_refusal(error), status="failed", summary=for_person(error))
        self._recorded[call.call_id] = result
        await self._run.result(call.call_id, result)
        return result

    @property
    def in_doubt(self) -> frozenset[str]:
        """The call that was cut off after it had sent a write away, if there is one."""
        return frozenset([self._at_work] if self._at_work is not None and self._scope.offered else [])

    def check(self, request: RequestRecord, arguments: Any) -> None:
        """Whether a person's own arguments fit the tool that asked. Raises Invalid."""
        tool = self._tools[exact_from(request.exact).tool]
        try:
            self._validate(tool, arguments)
        except ToolError as error:
            raise Invalid("field", error.detail) from error

    def deliver(self, record: RequestRecord) -> None:
        """A person has answered: wake whoever waits."""
        future = self._waiting.answers.get(record.request_id)
        if future is not None and not future.done():
            future.set_result(record)

    async def _carry_out(self, call: Call) -> Result:
        tool, arguments = self._parse(call)
        approved: Exact | None = None
        for _ in range(ROUNDS):
            plan = await tool.prepare(arguments, call, self._scope)
            risk = plan.risk or tool.risk
            decision = decide(self._mode, risk, tool.name, self._rules)
            if decision is Decision.DENY:
                return Result(content=f"Not allowed: {self._mode.value} mode does not {_verb(risk)}.", status="denied")
            if decision is Decision.ALLOW or (approved is not None and same_effect(approved, plan.exact)):
                return await self._effect(call, tool, plan, risk)
            record, shown = await self._ask(call, plan, risk)
            match record.state:
                case "approved":
                    approved = shown
                case "edited":
                    arguments = self._validate(tool, json.loads(record.answer or "{}").get("arguments"))
                    approved = None
                case _:
                    return _denied(record)
        raise ToolError("changing", "The notebook kept changing while this was being approved. Read it again.")

    async def _effect(self, call: Call, tool: Tool, plan: Plan, risk: Risk) -> Result:
        """Do it, at most once in the life of the thread: what was begun and never reported is not begun again."""
        thread_id = self._run.record.thread_id
        if risk not in HARMLESS and not await self._records.begin_effect(self._run.owner, thread_id, call.call_id):
            return IN_DOUBT
        self.busy, self._at_work = True, call.call_id
        self._scope.offered.clear()
        try:
            result = await tool.perform(plan, self._scope)
        except ToolError:
            self._scope.offered.clear()
            raise
        except AssistantError:
            raise
        except Exception as error:
            _log.exception("the tool %s failed", tool.name)
            self._scope.offered.clear()
            raise ToolError("internal", f"The tool {tool.name} failed inside. It may not have taken effect.") from error
        else:
            self._scope.offered.clear()
            return result
        finally:
            self.busy = False

    async def _ask(self, call: Call, plan: Plan, risk: Risk) -> tuple[RequestRecord, Exact]:
        """The person's answer, and the exact thing it is an answer to."""
        earlier = self._decided.pop(call.call_id, None)
        if earlier is not None:
            return earlier, exact_from(earlier.exact)
        if call.call_id not in self._waiting.by_call:
            self._check_size(plan.exact)
            await self._open([(call, plan, risk)])
        record, shown = self._waiting.by_call.pop(call.call_id)
        try:
            answered = await self._answer(record)
        finally:
            self._waiting.answers.pop(record.request_id, None)
        if not self._waiting.by_call:
            await self._records.mark_run(self._run.run_id, status="running")
        return answered, shown.exact

    async def _answer(self, record: RequestRecord) -> RequestRecord:
        future = self._waiting.answers[record.request_id]
        while True:
            left = (record.expires_at - self._clock.now()) / 1000
            if left <= 0:
                return await self._expire(record)
            glance = asyncio.ensure_future(self._clock.sleep(min(GLANCE, left)))
            waits: list[asyncio.Future[Any]] = [future, glance]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                glance.cancel()
            if future.done():
                return future.result()
            stored = await self._records.request(self._run.owner, record.request_id)
            if stored is not None and stored.state != "open":
                await self._run.emit(resolved(record.request_id, stored.state))
                return stored

    async def _expire(self, record: RequestRecord) -> RequestRecord:
        if await self._records.resolve_request(record.owner, record.request_id, state="expired", answer=None):
            await self._run.emit(resolved(record.request_id, "expired"))
        stored = await self._records.request(record.owner, record.request_id)
        return stored if stored is not None else record

    async def _open(self, asked: Sequence[tuple[Call, Plan, Risk]]) -> None:
        """Store the open requests with their exact bytes, then say that they are open."""
        now = self._clock.now()
        opened: list[tuple[RequestRecord, Exact]] = []
        for call, plan, risk in asked:
            record = RequestRecord(
                request_id=uuid4().hex,
                run_id=self._run.run_id,
                thread_id=self._run.record.thread_id,
                owner=self._run.owner,
                kind="approval",
                tool_call_id=call.call_id,
                exact=json.dumps(plan.exact.as_json(), ensure_ascii=False),
                hash=plan.exact.hash,
                risk=risk.value,
                created_at=now,
                expires_at=now + int(self._approval_seconds * 1000),
            )
            opened.append((record, plan.exact))
            self._waiting.answers[record.request_id] = asyncio.get_running_loop().create_future()
            self._waiting.by_call[call.call_id] = (record, plan)
        await self._run.committed()
        await self._records.open_requests(
            [record for record, _ in opened], run_id=self._run.run_id, checkpoint=self._run.checkpoint()
        )
        for record, _ in opened:
            await self._run.emit(custom("input_requested", request_json(record)))

    def _check_size(self, exact: Exact) -> None:
        """A person is shown everything or nothing: what does not fit an event cannot be asked about."""
        if len(json.dumps(exact.as_json()).encode()) > self._event_bytes // 2:
            raise ToolError("too-large", "That is too much text for one cell. Make it several smaller cells.")

    def _parse(self, call: Call) -> tuple[Tool, Any]:
        tool = self._tools.get(call.name)
        if tool is None:
            known = ", ".join(sorted(self._tools)) or "none"
            raise ToolError("unknown-tool", f"There is no tool named {call.name!r}. The tools are: {known}.")
        arguments: Any = call.arguments
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments or "{}")
            except ValueError as error:
                raise ToolError("arguments", f"The arguments of {call.name} are not JSON: {error}.") from error
        return tool, self._validate(tool, arguments)

    @staticmethod
    def _validate(tool: Tool, arguments: Any) -> Any:
        if not isinstance(arguments, Mapping):
            raise ToolError("arguments", f"The arguments of {tool.name} must be a JSON object.")
        try:
            return tool.Arguments.model_validate(arguments)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors())
            raise ToolError("arguments", f"The arguments of {tool.name} do not fit: {problems}.") from error


def same_effect(approved: Exact, present: Exact) -> bool:
    """Whether two looks at a call show the same effect. A rename or a moved cell changes labels, not the effect."""

    def essence(exact: Exact) -> tuple[Any, ...]:
        target = exact.target or {}
        place = (target.get("documentId"), target.get("cellId"))
        return (exact.tool, exact.arguments, exact.code, exact.language, exact.before, place)

    return essence(approved) == essence(present)


def exact_from(text: str) -> Exact:
    """The Exact that a request's record holds as JSON."""
    return Exact(**json.loads(text))


def request_json(record: RequestRecord) -> dict[str, Any]:
    """An open request as the protocol shows it."""
    return {
        "requestId": record.request_id,
        "runId": record.run_id,
        "threadId": record.thread_id,
        "kind": record.kind,
        "toolCallId": record.tool_call_id,
        "exact": json.loads(record.exact),
        "hash": record.hash,
        "risk": record.risk,
        "expiresAt": record.expires_at,
    }


def interrupts(requests: Sequence[RequestRecord]) -> tuple[Interrupt, ...]:
    """Open requests as AG-UI names them in the outcome of a run."""
    return tuple(
        Interrupt(
            id=request.request_id,
            reason=request.kind,
            message=json.loads(request.exact)["title"],
            tool_call_id=request.tool_call_id,
            metadata={"jupyter_agent": request_json(request)},
        )
        for request in requests
    )


def _refusal(error: ToolError) -> str:
    facts = f"\n{json.dumps(error.facts, ensure_ascii=False)}" if error.facts else ""
    return f"{error.detail} ({error.reason}){facts}"


def _denied(record: RequestRecord) -> Result:
    if record.state == "denied":
        reason = json.loads(record.answer or "{}").get("reason")
        return Result(
            content="The person did not allow this." + (f" They said: {reason}" if reason else ""), status="denied"
        )
    if record.state == "expired":
        return Result(content="Nobody answered in time, so this was not done.", status="denied")
    return Result(content="The question was withdrawn, so this was not done.", status="denied")


def _verb(risk: Risk) -> str:
    return {
        Risk.EDIT: "change the notebook",
        Risk.RUN: "run code",
        Risk.SHELL: "use the shell",
        Risk.OUTWARD: "send anything out",
    }.get(risk, "allow this")
