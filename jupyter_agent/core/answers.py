"""A person's answers: what a body means, when it is refused, and how a run goes on that a restart had interrupted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ag_ui.core import Message, ResumeEntry, ToolMessage

from .errors import Conflict, Invalid, NotFound
from .input import adopt
from .records import RequestRecord, RequestState, RunRecord
from .runner import Start
from .thread import unanswered
from .tool import Result


def asked(body: Mapping[str, Any]) -> str:
    """The id of the request that a body answers. Raises Invalid."""
    request_id = body.get("requestId")
    if not isinstance(request_id, str):
        raise Invalid("field", "requestId: must be the id of the request that is being answered.")
    return request_id


def answerable(request: RequestRecord | None, run_id: str, now: int) -> RequestRecord:
    """The request if it can still be answered. Raises NotFound, or Conflict with its `state`."""
    if request is None or request.run_id != run_id:
        raise NotFound("unknown-request", "This run has no request with this id.")
    if request.state != "open":
        raise settled(request)
    if request.expires_at <= now:
        raise settled(replace(request, state="expired"))
    return request


def settled(request: RequestRecord) -> Conflict:
    """The refusal of a second or a late answer."""
    if request.state == "expired":
        words = "This question has expired, and nothing was done. Ask again."
        return Conflict("request-expired", words, state="expired")
    return Conflict("request-answered", f"This question was already answered: {request.state}.", state=request.state)


def decision(request: RequestRecord, body: Mapping[str, Any]) -> tuple[RequestState, str]:
    """The state and the stored answer that a body means. Raises Invalid, and Conflict when it is about other bytes."""
    if request.kind == "question":
        if not isinstance(body.get("answer"), str):
            raise Invalid("field", "answer: must be text.")
        return "answered", json.dumps({"answer": body["answer"]})
    if body.get("hash") != request.hash:
        words = "What you answered is not what is being asked now. Look at it again."
        raise Conflict("request-changed", words, state="open", hash=request.hash)
    reason = body.get("reason")
    if reason is not None and not isinstance(reason, str):
        raise Invalid("field", "reason: must be text.")
    match body.get("decision"):
        case "approve" if body.get("arguments") is not None:
            if not isinstance(body["arguments"], Mapping):
                raise Invalid("field", "arguments: must be an object.")
            return "edited", json.dumps({"arguments": body["arguments"]})
        case "approve":
            return "approved", json.dumps({})
        case "deny":
            return "denied", json.dumps({"reason": reason} if reason else {})
        case _:
            raise Invalid("field", 'decision: must be "approve" or "deny".')


def resumption(
    ended: RunRecord, requests: Sequence[RequestRecord], messages: Sequence[Message], *, instance: str, now: int
) -> tuple[RunRecord, Start]:
    """The run that goes on where `ended` was interrupted, with every answer that was given.

    Its id follows from the ended run's, so that two answers that arrive together start one run.
    """
    run_id = str(uuid5(NAMESPACE_URL, f"jupyter-agent:resume:{ended.run_id}"))
    latest = {request.tool_call_id: request for request in requests}
    entries = [
        ResumeEntry(
            interrupt_id=request.request_id,
            status="resolved" if request.state in {"approved", "edited", "answered"} else "cancelled",
            payload={"decision": request.state},
        )
        for request in latest.values()
    ]
    accepted = adopt(ended, run_id, entries)
    calls = unanswered(messages)
    record = replace(
        ended,
        run_id=run_id,
        parent_run_id=ended.run_id,
        instance=instance,
        body_hash=accepted.hash,
        input=accepted.text,
        status="running",
        outcome=None,
        usage=None,
        checkpoint=None,
        first_seq=None,
        last_seq=None,
        started_at=now,
        finished_at=None,
    )
    start = Start(
        accepted=accepted,
        adopted=tuple(calls),
        recorded={m.tool_call_id: Result(content=str(m.content)) for m in messages if isinstance(m, ToolMessage)},
        decided={call: latest[call] for call in calls if call in latest},
    )
    return record, start
