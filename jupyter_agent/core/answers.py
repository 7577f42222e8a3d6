"""Answers to open requests: what a body means, and when it is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .errors import Conflict, Invalid, NotFound, RequestError
from .records import RequestRecord, RequestState


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


def repeats(request: RequestRecord, body: Mapping[str, Any]) -> bool:
    """Whether this is the answer that was taken."""
    try:
        return decision(request, body) == (request.state, request.answer)
    except RequestError:
        return False


def decision(request: RequestRecord, body: Mapping[str, Any]) -> tuple[RequestState, str]:
    """The state and the stored answer that a body means. Raises Invalid, and Conflict when it is about other bytes."""
    if request.kind == "tool":
        for name in ("result", "error"):
            if isinstance(body.get(name), str):
                return "answered", json.dumps({name: body[name]})
        raise Invalid("field", "result: must be text, or give the reason why there is none as `error`.")
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
