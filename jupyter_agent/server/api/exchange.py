"""What goes in and comes out of an endpoint, and how the parts of a request are read."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ...core.errors import Invalid, NotFound, RequestError
from ..cursor import parse_cursor

OWNER = "local"
"""The one person of a server that knows people by its token or password only."""
DEPTH = 64
"""Levels of nesting that a body may have."""
LARGE = 256_000
"""Bytes of a body from which on it is looked at in a thread: everybody else's stream goes on meanwhile."""

_ID = re.compile(r"[A-Za-z0-9._:@~+=-]{1,128}", re.ASCII)
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of one owner."""

    owner: str
    params: Mapping[str, str] = field(default_factory=dict)
    """The path's named segments, decoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""
    body: bytes = b""
    kernels: bool = True
    """Whether this owner may use kernels here."""
    belongs: Callable[[str, str], Awaitable[bool]] | None = None
    """Whether a kernel was started for a notebook: (path, kernel id). None where all of them are this owner's."""

    @property
    def large(self) -> bool:
        """Whether its body is better looked at in a thread."""
        return len(self.body) > LARGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer. `content` is sent as it is; else `body` as JSON; else nothing."""

    status: int = 200
    body: Mapping[str, Any] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStream:
    """Answer with the stream of this run."""

    owner: str
    run_id: str
    after: int | None
    quiet: bool = False
    """Every frame is an event of the run: signs of life are comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStream:
    """Answer with the stream of this client."""

    owner: str
    client_id: str
    after: int | None


StreamAnswer = RunStream | ClientStream
Answer = Reply | StreamAnswer


def problem(error: RequestError) -> Reply:
    """A refusal, in words."""
    return Reply(status=error.status, body=error.problem(), headers={"Content-Type": "application/problem+json"})


def segment(request: Request, name: str, noun: str) -> str:
    """An id from the path. One that no id can look like is as unknown as any other."""
    value = request.params[name]
    if not _ID.fullmatch(value):
        raise NotFound(f"unknown-{noun}", f"There is no {noun} with this id.")
    return value


def named(value: object, name: str) -> str:
    """An id from a body or a query. Raises Invalid naming the field."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Invalid(
            "field", f"{name}: must be 1 to 128 letters, digits or . _ : @ ~ + = - (a random UUID is best).", field=name
        )
    return value


def cursor(request: Request) -> int | None:
    """Where to go on: `Last-Event-ID`, else `after`; None where neither says anything."""
    for text, name in ((request.headers.get("last-event-id"), "Last-Event-ID"), (request.query.get("after"), "after")):
        if text:
            return parse_cursor(text, name)
    return None


def integer(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """A number from the query. Raises Invalid naming it."""
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not least <= int(text) <= most:
        raise Invalid("field", f"{name}: must be a whole number from {least} to {most}.", field=name)
    return int(text)


async def read_object(request: Request) -> dict[str, Any]:
    """The body, an object; a large one is parsed in a thread. Raises as `json_object`."""
    return await asyncio.to_thread(json_object, request) if request.large else json_object(request)


def json_object(request: Request) -> dict[str, Any]:
    """The body, an object. Raises Invalid("body-not-json") or ("body-not-object")."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Invalid("body-not-json", "The body has to be JSON: send it with Content-Type: application/json.")
    try:
        value = json.loads(request.body.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # also what is not UTF-8, and numbers without end
        raise Invalid("body-not-json", f"The body is not JSON: {_reason(error)}.") from error
    if request.body.count(b"[") + request.body.count(b"{") > DEPTH:
        _measure(value)
    if not isinstance(value, dict):
        raise Invalid("body-not-object", f"The body has to be a JSON object, not {_kind(value)}.")
    return _sound(value) if _ESCAPED_SURROGATE.search(request.body) else value


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else "it holds a number that is too large"


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}.get(
        type(value), "null"
    )


def _no_constant(name: str) -> float:
    raise json.JSONDecodeError(f"{name} is not a JSON number", name, 0)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("too large")
    return number


def _measure(value: Any) -> None:
    """Raises Invalid for what is nested deeper than later steps can follow."""
    level = [value]
    for _ in range(DEPTH + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Invalid:
    return Invalid("body-not-json", f"The body is nested more than {DEPTH} levels deep.")


def _sound(value: Any) -> Any:
    """The same with every lone half of a surrogate pair, which UTF-8 cannot hold, as U+FFFD."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_sound(item) for item in value]
        case dict():
            return {_sound(key): _sound(item) for key, item in value.items()}
        case _:
            return value
