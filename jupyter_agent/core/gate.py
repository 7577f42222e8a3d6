"""The gate: the only way from an agent to an effect. It checks, decides, asks a person, performs and reports.

Theory of operation. A call is *prepared* (read-only: what exactly would happen?), *decided* (policy), if need be
*asked* (the person sees the exact bytes), then prepared again and *performed*, provided that the second look shows the
very effect that was approved. If it shows another one, the approval is void and the person is asked anew about what is
there now. Nothing is ever allowed by default: no answer is a no.

A tool that the client has offered is not performed here: the client is told to, and its result is waited for. Nobody
approves that: the application that offered it answers for what it does. A mode that denies edits denies it too, since
nobody here knows what it changes.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from .agent import ToolDefinition
from .asking import Asked, Asking, exact_from, same_effect
from .client import ClientTool, outcome
from .errors import AssistantError, ToolError
from .person import for_person
from .policy import Decision, Mode, Risk, Rule, decide
from .records import Records, RequestRecord
from .run import IN_DOUBT, Run
from .scope import RunScope
from .secrets import MARK
from .tool import Call, Exact, Plan, Result, Tool

_log = logging.getLogger("jupyter_agent")

HARMLESS = frozenset({Risk.TALK, Risk.READ})
"""What may be done twice without harm."""
HIDDEN = (
    f"The arguments contain “{MARK} …⟩”. That stands in place of a value which is hidden from you because it looks "
    "like a secret, and writing it would destroy the value. Leave it alone, or ask the person to make this change."
)
ROUNDS = 5
"""How often one call may be asked about, because the notebook or the arguments changed meanwhile."""


class Gate:
    """The toolbox of one run (core.agent.Toolbox)."""

    def __init__(
        self,
        *,
        run: Run,
        tools: Mapping[str, Tool],
        theirs: Mapping[str, ClientTool],
        mode: Mode,
        rules: Sequence[Rule],
        scope: RunScope,
        records: Records,
        asking: Asking,
        recorded: Mapping[str, Result] | None = None,
        decided: Mapping[str, RequestRecord] | None = None,
    ) -> None:
        self._run = run
        self._tools = tools
        self._theirs = theirs
        self._mode = mode
        self._rules = rules
        self._scope = scope
        self._records = records
        self._asking = asking
        self._recorded = dict(recorded or {})
        self._decided = dict(decided or {})
        self._turn: Sequence[Call] = ()
        self.busy = False
        """A tool is at work."""
        self._at_work: str | None = None
        self._stopped = False

    @property
    def waited(self) -> float:
        return self._asking.waited

    def definitions(self) -> list[ToolDefinition]:
        ours = [
            ToolDefinition(name=tool.name, description=tool.description, parameters=tool.Arguments.model_json_schema())
            for tool in self._tools.values()
            if decide(self._mode, tool.risk, tool.name, self._rules) is not Decision.DENY
        ]
        return [*ours, *(tool.definition for tool in self._theirs.values() if self._may_be_theirs(tool))]

    async def announce(self, calls: Sequence[Call]) -> None:
        """Open the approvals of a whole turn at once. What cannot be prepared yet is asked when its turn comes.

        So are the client's tools: whoever is told to do something does it at once, and not before what comes first.
        """
        self._turn = calls
        asked: list[Asked] = []
        for call in calls:
            if self._is_settled(call) or call.name in self._theirs:
                continue
            try:
                tool, arguments = self._parse(call)
                plan = await tool.prepare(arguments, call, self._scope)
                self._asking.check(plan.exact)
            except ToolError:
                continue
            risk = plan.risk or tool.risk
            if decide(self._mode, risk, tool.name, self._rules) is Decision.ASK:
                asked.append(Asked(call=call, plan=plan, risk=risk))
        if asked:
            await self._asking.open(asked)

    async def perform(self, call: Call) -> Result:
        if call.call_id in self._recorded:
            return self._recorded[call.call_id]
        try:
            result = await self._carry_out(call)
        except ToolError as error:
            result = Result(content=_refusal(error), status="failed", summary=for_person(error))
        self._recorded[call.call_id] = result
        await self._run.result(call.call_id, result)
        if self._stopped:
            raise asyncio.CancelledError
        return result

    @property
    def in_doubt(self) -> frozenset[str]:
        """The call that was cut off after it had sent a write away, if there is one."""
        return frozenset([self._at_work] if self._at_work is not None and self._scope.offered else [])

    async def _carry_out(self, call: Call) -> Result:
        if (theirs := self._theirs.get(call.name)) is not None:
            return await self._wait_for(call, theirs)
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
            earlier = self._decided.pop(call.call_id, None)
            if earlier is not None:
                record, shown = earlier, exact_from(earlier.exact)
            else:
                record, shown = await self._asking.answer(Asked(call=call, plan=plan, risk=risk))
            match record.state:
                case "approved":
                    # They may be the person's own, given to an earlier run.
                    approved, arguments = shown, validated(tool, shown.arguments)
                case "edited":
                    arguments = validated(tool, json.loads(record.answer or "{}").get("arguments"))
                    approved = None
                case _:
                    return _denied(record)
        raise ToolError("changing", "The notebook kept changing while this was being approved. Read it again.")

    async def _wait_for(self, call: Call, tool: ClientTool) -> Result:
        """The result of a call that the client carries out."""
        asked = self._theirs_to_do(call, tool)
        if not self._may_be_theirs(tool):
            return Result(content=f"Not allowed: {self._mode.value} mode does not use {tool.name}.", status="denied")
        record = self._decided.pop(call.call_id, None)
        if record is None:
            record, _ = await self._asking.answer(asked, self._next_of_theirs(call))
        return outcome(record)

    def _theirs_to_do(self, call: Call, tool: ClientTool) -> Asked:
        plan = tool.plan(call)
        _write_nothing_hidden(plan.exact.arguments)
        return Asked(call=call, plan=plan, risk=Risk.EDIT, kind="tool")

    def _next_of_theirs(self, call: Call) -> list[Asked]:
        """The client's calls that follow this one in its turn, with nothing in between: it is told of all at once."""
        ids = [one.call_id for one in self._turn]
        found: list[Asked] = []
        for one in self._turn[ids.index(call.call_id) + 1 :] if call.call_id in ids else ():
            tool = self._theirs.get(one.name)
            if tool is None or self._is_settled(one):
                break
            try:
                asked = self._theirs_to_do(one, tool)
                self._asking.check(asked.plan.exact)
            except ToolError:
                continue  # the model is told when its turn comes
            found.append(asked)
        return found

    def _may_be_theirs(self, tool: ClientTool) -> bool:
        return decide(self._mode, Risk.EDIT, tool.name, self._rules) is not Decision.DENY

    def _is_settled(self, call: Call) -> bool:
        return call.call_id in self._recorded or call.call_id in self._decided

    async def _effect(self, call: Call, tool: Tool, plan: Plan, risk: Risk) -> Result:
        """Do it, at most once in the life of the thread: what was begun and never reported is not begun again."""
        thread_id = self._run.record.thread_id
        if risk not in HARMLESS and not await self._records.begin_effect(self._run.owner, thread_id, call.call_id):
            return IN_DOUBT
        self.busy, self._at_work = True, call.call_id
        self._scope.offered.clear()
        try:
            result = await self._to_its_end(tool.perform(plan, self._scope))
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

    async def _to_its_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What `work` comes to. To be cancelled is to cancel it, once; what it still says then is told before we go."""
        task = asyncio.ensure_future(work)
        cancelled = False
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                if not cancelled:
                    task.cancel()
                cancelled = self._stopped = True
        return task.result()

    def _parse(self, call: Call) -> tuple[Tool, Any]:
        tool = self._tools.get(call.name)
        if tool is None:
            known = ", ".join(sorted([*self._tools, *self._theirs])) or "none"
            raise ToolError("unknown-tool", f"There is no tool named {call.name!r}. The tools are: {known}.")
        arguments: Any = call.arguments
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments or "{}")
            except ValueError as error:
                raise ToolError("arguments", f"The arguments of {call.name} are not JSON: {error}.") from error
        _write_nothing_hidden(arguments)
        return tool, validated(tool, arguments)


def _write_nothing_hidden(arguments: Any) -> None:
    """Raises ToolError for a call that would put a placeholder where a secret stands."""
    if MARK in json.dumps(arguments, ensure_ascii=False):
        raise ToolError("hidden", HIDDEN)


def validated(tool: Tool, arguments: Any) -> Any:
    """The arguments as the tool takes them. Raises ToolError for those that do not fit it."""
    if not isinstance(arguments, Mapping):
        raise ToolError("arguments", f"The arguments of {tool.name} must be a JSON object.")
    try:
        return tool.Arguments.model_validate(arguments)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors())
        raise ToolError("arguments", f"The arguments of {tool.name} do not fit: {problems}.") from error


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
