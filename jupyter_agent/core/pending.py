"""What a thread waits for once a run has ended with something open, and what the next request says about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ag_ui.core import AssistantMessage, Message, ResumeEntry, RunAgentInput, ToolMessage

from .answers import decision, settled
from .client import told
from .errors import Invalid, NotFound
from .input import Accepted
from .records import Records, RequestRecord, RunRecord
from .runner import Start
from .thread import unanswered

Find = Callable[[str], Awaitable[RequestRecord | None]]
Check = Callable[[RequestRecord, Any, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What waits in a thread. Without calls nothing does."""

    run: RunRecord | None = None
    """The newest run, if it has ended."""
    messages: Sequence[Message] = ()
    calls: Sequence[str] = ()
    """Those without a result, in the order they were made."""
    requests: Sequence[RequestRecord] = ()
    """Everything that was ever asked about them, in order."""
    input: RunAgentInput | None = None
    """What that run was told, if there are calls."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Of the tools that the calls name."""

    @property
    def awaited(self) -> frozenset[str]:
        """Calls of the client's own tools."""
        theirs = {tool.name for tool in (self.input.tools if self.input else None) or ()}
        return frozenset(call for call in self.calls if self.names[call] in theirs)

    @property
    def taken(self) -> frozenset[str]:
        """Those of them whose result was taken already, and waits for the others'."""
        return frozenset(request.tool_call_id for request in self.requests if request.state == "answered")

    @property
    def still_open(self) -> list[RequestRecord]:
        return [request for request in self.requests if request.state == "open"]

    def start(self, accepted: Accepted, *, waits: bool = True) -> Start:
        """What the run begins with that goes on from here."""
        latest = {request.tool_call_id: request for request in self.requests}
        done = [message for message in [*self.messages, *accepted.results] if isinstance(message, ToolMessage)]
        return Start(
            accepted=accepted,
            adopted=tuple(self.calls),
            recorded={message.tool_call_id: told(message) for message in done},
            decided={call: request for call, request in latest.items() if request.state != "open"},
            waits=waits,
        )


async def pending(records: Records, owner: str, thread_id: str, *, before: str | None = None) -> Pending:
    """What the thread waits for just now; `before` names a run that has begun to answer that."""
    messages = [stored.message for stored in await records.messages(owner, thread_id)]
    runs = [run for run in await records.runs(owner, thread_id) if run.run_id != before]
    newest = runs[-1] if runs and runs[-1].status == "finished" else None
    calls = unanswered(messages) if newest else []
    if newest is None or not calls:
        return Pending(run=newest, messages=messages)
    return Pending(
        run=newest,
        messages=messages,
        calls=calls,
        requests=[r for r in await records.requests(owner, thread_id=thread_id) if r.tool_call_id in calls],
        input=RunAgentInput.model_validate_json(newest.input),
        names={
            call.id: call.function.name
            for message in messages
            if isinstance(message, AssistantMessage)
            for call in message.tool_calls or ()
        },
    )


async def decisions(
    entries: Sequence[ResumeEntry],
    find: Find,
    *,
    thread_id: str,
    check: Check,
    now: int,
) -> list[RequestRecord]:
    """What a client's `resume` means: the open requests that it names, as they are to be.

    `find` gives the request of an id; `check` raises Invalid for edited arguments that do not fit their tool. Raises
    Invalid naming the field, NotFound, and Conflict with its `state` for a request that is not open any more.
    """
    decided: dict[str, RequestRecord] = {}
    for at, entry in enumerate(entries):
        request = await find(entry.interrupt_id)
        if request is None or request.thread_id != thread_id:
            words = f"resume.{at}.interruptId: this conversation has no question with this id."
            raise NotFound("unknown-request", words)
        if entry.interrupt_id in decided:
            raise _misfit(f"resume.{at}.interruptId", "this question is answered twice")
        decided[entry.interrupt_id] = _decided(request, entry, f"resume.{at}.payload", check, now)
    return list(decided.values())


def _decided(request: RequestRecord, entry: ResumeEntry, field: str, check: Check, now: int) -> RequestRecord:
    late = request.expires_at <= now
    if request.state != "open" or (late and entry.status == "resolved"):
        raise settled(replace(request, state="expired") if request.state == "open" else request)
    if entry.status == "cancelled":
        return replace(request, state="expired" if late else "withdrawn")
    if request.kind == "tool":
        raise _misfit(field, "the result of a tool is brought by a tool message")
    body = _answer(request, entry.payload, field, check)
    state, answer = decision(request, body)
    return replace(request, state=state, answer=answer)


def _answer(request: RequestRecord, payload: Any, field: str, check: Check) -> dict[str, Any]:
    """The payload of an entry as the body of an answer."""
    if not isinstance(payload, Mapping):
        raise _misfit(field, "must be an object, as the question's responseSchema says")
    if request.kind == "question":
        if not isinstance(payload.get("answer"), str):
            raise _misfit(f"{field}.answer", "must be text")
        return {"answer": payload["answer"]}
    approved, reason = payload.get("approved"), payload.get("reason")
    if not isinstance(approved, bool):
        raise _misfit(f"{field}.approved", "must be true or false")
    if reason is not None and not isinstance(reason, str):
        raise _misfit(f"{field}.reason", "must be text")
    body = {"hash": request.hash, "decision": "approve" if approved else "deny", "reason": reason}
    for name in ("editedArgs", "arguments"):
        if approved and payload.get(name) is not None:
            check(request, payload[name], f"{field}.{name}")
            return {**body, "arguments": payload[name]}
    return body


def _misfit(field: str, words: str) -> Invalid:
    return Invalid("field", f"{field}: {words}.", field=field)
