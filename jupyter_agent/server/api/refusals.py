"""What a binding itself refuses, before an endpoint is asked: the same words at every edge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from ...core.errors import TooLarge
from .exchange import Reply, problem

PROBLEM = "application/problem+json"

_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The address or a header of this request cannot be read."),
    403: ("forbidden", "You are signed in, but not allowed to do this here. Whoever runs the server can change that."),
    404: ("unknown-path", "There is nothing at this address, or it may not be asked for from another site."),
    405: ("method-not-allowed", "Nothing here takes this method."),
    500: ("internal", "Something went wrong inside the assistant's server. Its log has the details."),
}


def refusal(
    status: int, kind: str | None = None, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """A problem body; where nothing is said, in the usual words for this status."""
    phrase = HTTPStatus(status).phrase
    usual, words = _WORDS.get(status, ("http", f"{phrase}."))
    body = {"type": kind or usual, "title": phrase, "detail": detail or words, "status": status}
    return Reply(status=status, body=body, headers={"Content-Type": PROBLEM, **(headers or {})})


def not_allowed(known: Sequence[str]) -> Reply:
    """A method that this address does not take."""
    allowed = ", ".join(known)
    return refusal(405, detail=f"This address takes only: {allowed}.", headers={"Allow": allowed})


def too_large(limit: int) -> Reply:
    """A body over its limit."""
    return problem(
        TooLarge("too-large", f"The body is larger than the {limit} bytes that are taken here.", limit=limit)
    )


def draining() -> Reply:
    """The server is about to end."""
    return refusal(503, "draining", "The server is closing.")


def not_started() -> Reply:
    """The assistant cannot be made; the log has the reason."""
    return refusal(503, "not-started", "The assistant could not be started. The server's log says why.")


def misconfigured(words: str) -> Reply:
    """The assistant is not made, because a setting cannot be."""
    return refusal(503, "misconfigured", words)


def content(reply: Reply) -> bytes | None:
    """The bytes of an answer; None where it has no body."""
    if reply.content is not None or reply.body is None:
        return reply.content
    return json.dumps(reply.body).encode()
