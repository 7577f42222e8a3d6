"""The table of endpoints. Bindings are generated from it; it imports nothing, so that a server starts at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PREFIX = "jupyter-agent/v1"

Body = Literal["none", "json", "bytes"]
Limit = Literal["body", "result", "blob"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    """Relative to the prefix; `{name}` stands for one path segment."""
    operation: str
    """The name of a coroutine in `operations`."""
    body: Body = "none"
    limit: Limit = "body"
    """Which of the configured sizes its body may have."""
    names_kernels: bool = False
    """Its body names kernels, so that whoever asks has to be allowed to use them."""
    streams: bool = False
    """A success is an event stream."""


ROUTES: tuple[Route, ...] = (
    Route(method="GET", path="health", operation="health"),
    Route(method="GET", path="capabilities", operation="capabilities"),
    Route(method="POST", path="runs", operation="start_run", body="json"),
    Route(method="GET", path="runs/{runId}", operation="read_run"),
    Route(method="DELETE", path="runs/{runId}", operation="cancel_run"),
    Route(method="GET", path="runs/{runId}/events", operation="follow_run", streams=True),
    Route(method="POST", path="runs/{runId}/inputs", operation="answer_run", body="json"),
    Route(method="POST", path="agui", operation="agui", body="json", streams=True),
    Route(method="GET", path="events", operation="follow_client", streams=True),
    Route(method="PUT", path="pages/{pageId}", operation="put_page", body="json", names_kernels=True),
    Route(method="DELETE", path="pages/{pageId}", operation="remove_page"),
    Route(method="POST", path="actions/{actionId}/result", operation="report_action", body="json", limit="result"),
    Route(method="GET", path="threads", operation="list_threads"),
    Route(method="GET", path="threads/{threadId}", operation="read_thread"),
    Route(method="PATCH", path="threads/{threadId}", operation="rename_thread", body="json"),
    Route(method="DELETE", path="threads/{threadId}", operation="delete_thread"),
    Route(method="POST", path="blobs", operation="put_blob", body="bytes", limit="blob"),
    Route(method="GET", path="blobs/{blobId}", operation="read_blob"),
)


def by_path() -> dict[str, list[Route]]:
    """The routes of each path, in the order of the table."""
    paths: dict[str, list[Route]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, []).append(route)
    return paths


def pattern(path: str) -> str:
    """A regular expression for a route's path as it stands in an address, where %2F is a part of its segment."""
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
