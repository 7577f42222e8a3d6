"""What is remembered beside the log: threads, messages, runs, requests, actions, leases, changes, blobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ag_ui.core import Message

from .notebook import Change

RunStatus = Literal["running", "waiting", "finished"]
Outcome = Literal["success", "error", "cancelled", "interrupt"]
RequestKind = Literal["approval", "question", "tool"]
"""A person allows something, a person is asked something, the client carries out a tool of its own."""
RequestState = Literal["open", "approved", "denied", "answered", "edited", "expired", "withdrawn"]
ActionState = Literal["offered", "done", "refused", "failed", "missed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRecord:
    thread_id: str
    owner: str
    title: str | None
    notebook: str | None
    """Path of the notebook that its first message came from; a label, not an identity."""
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. It is settled once its messages are in its thread, and sealed once its last event is in the log."""

    run_id: str
    owner: str
    thread_id: str
    parent_run_id: str | None
    instance: str
    """The server process that runs it; when that process is dead, the run is ended by another."""
    body_hash: str
    """Hash of the request that started it: the same id with another body is a conflict."""
    input: str
    """The accepted RunAgentInput as JSON: user messages and forwardedProps."""
    model: str
    mode: str
    status: RunStatus = "running"
    outcome: Outcome | None = None
    error_code: str | None = None
    error_message: str | None = None
    usage: str | None = None
    """JSON list of AG-UI TokenUsage, each with its "cost" in US dollars or null."""
    checkpoint: str | None = None
    """JSON list of the messages so far, stored whenever the run begins to wait for a person."""
    first_seq: int | None = None
    last_seq: int | None = None
    """Set when sealed."""
    started_at: int = 0
    finished_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """Something a run asked a person or a client, with the exact bytes it was about."""

    request_id: str
    run_id: str
    thread_id: str
    owner: str
    kind: RequestKind
    tool_call_id: str
    exact: str
    """JSON of the Exact."""
    hash: str
    risk: str
    created_at: int
    expires_at: int
    """Milliseconds since the epoch."""
    state: RequestState = "open"
    answer: str | None = None
    """JSON of what was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord:
    """The intent to act on a page, recorded before the page hears of it."""

    action_id: str
    run_id: str
    owner: str
    page_id: str
    document_id: str
    operation: str
    arguments: str
    """JSON."""
    expected_hash: str | None
    created_at: int
    state: ActionState = "offered"
    result: str | None = None
    """JSON of what the page reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord:
    """A page's claim on a notebook. It outlives the page's stream."""

    owner: str
    page_id: str
    document_id: str
    path: str
    taken_at: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    run_id: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    blob_id: str
    owner: str
    thread_id: str | None
    content_type: str
    data: bytes


class Records(Protocol):
    """All look-ups are by owner. Methods marked FULL are durable against power loss when they return.

    "CAS" methods change a row only if it is still in its first state, and say whether they did. Raises StoreError.
    """

    # Runs
    async def start_run(
        self, run: RunRecord, *, title: str | None, notebook: str | None, decided: Sequence[RequestRecord] = ()
    ) -> tuple[RunRecord, bool]:
        """Record a new run, making its thread if need be (title and notebook are the new thread's). FULL.

        `decided` are open requests of this owner as the run's own request answers them: they get this state and answer.

        Returns (the stored run, True), or (the run that already has this id, False). Raises Conflict("run-going-on",
        runId=…) while another run of the thread is not settled, Conflict with its `state` when a decided request is not
        open any more, and NotFound("unknown-run") when the id belongs to another owner. All in one transaction.
        """
        ...

    async def run(self, owner: str, run_id: str) -> RunRecord | None: ...

    async def runs(self, owner: str, thread_id: str) -> list[RunRecord]:
        """In the order in which they began."""
        ...

    async def unsealed(self, owner: str | None = None) -> list[RunRecord]:
        """Runs whose last event is not yet known to be in the log; of every owner if None."""
        ...

    async def mark_run(self, run_id: str, *, status: RunStatus | None = None, first_seq: int | None = None) -> None: ...

    async def settle_run(
        self,
        run_id: str,
        *,
        outcome: Outcome,
        messages: Sequence[Message],
        finished_at: int,
        error_code: str | None = None,
        error_message: str | None = None,
        usage: str | None = None,
    ) -> bool:
        """CAS on "not finished": status finished, and the exchange's messages appended to the thread. FULL."""
        ...

    async def seal_run(self, run_id: str, last_seq: int) -> None: ...

    async def adopt_run(self, run_id: str, *, dead: str, instance: str) -> bool:
        """CAS: the run of the dead instance becomes ours, so that only one process ends it. FULL."""
        ...

    # Threads
    async def thread(self, owner: str, thread_id: str) -> ThreadRecord | None: ...

    async def threads(
        self, owner: str, *, query: str | None = None, notebook: str | None = None, limit: int = 50
    ) -> list[tuple[ThreadRecord, str, str | None]]:
        """(thread, preview of its first user message, id of the run that goes on) newest first.

        `query` matches titles and message texts, case-insensitively and literally.
        """
        ...

    async def messages(self, owner: str, thread_id: str) -> list[StoredMessage]: ...

    async def append_messages(self, owner: str, thread_id: str, run_id: str, messages: Sequence[Message]) -> None:
        """More messages at the end of the thread, e.g. results for calls that will never be done. FULL."""
        ...

    async def rename_thread(self, owner: str, thread_id: str, title: str) -> bool: ...

    async def delete_thread(self, owner: str, thread_id: str) -> list[str]:
        """Delete the thread and all that hangs on it for good; the ids of its runs, for the log. FULL.

        Raises Conflict("run-going-on", runId=…) in the same transaction while a run of it is not sealed.
        """
        ...

    # Requests
    async def open_requests(self, requests: Sequence[RequestRecord], *, run_id: str, checkpoint: str) -> None:
        """The open requests, the messages so far and the run's status "waiting", in one transaction. FULL.

        Raises Conflict("run-finished") when the run has ended meanwhile, as it has when another process took it over.
        """
        ...

    async def request(self, owner: str, request_id: str) -> RequestRecord | None: ...

    async def requests(
        self, owner: str, *, run_id: str | None = None, thread_id: str | None = None
    ) -> list[RequestRecord]:
        """In the order in which they were opened, whatever their state."""
        ...

    async def resolve_request(self, owner: str, request_id: str, *, state: RequestState, answer: str | None) -> bool:
        """CAS on "open". FULL."""
        ...

    # Effects
    async def begin_effect(self, owner: str, thread_id: str, call_id: str) -> bool:
        """The intent to carry a call out, before anything happens. FULL. False if it was begun before: never again."""
        ...

    async def begun_effects(self, owner: str, thread_id: str) -> frozenset[str]:
        """Calls of the thread that were begun. One of them without a result may have taken effect."""
        ...

    # Actions
    async def record_action(self, action: ActionRecord) -> None:
        """FULL, and before the page is told."""
        ...

    async def action(self, owner: str, action_id: str) -> ActionRecord | None: ...

    async def actions(self, owner: str, run_id: str) -> list[ActionRecord]: ...

    async def resolve_action(self, owner: str, action_id: str, *, state: ActionState, result: str | None) -> bool:
        """CAS on "offered". FULL."""
        ...

    async def record_change(self, owner: str, run_id: str, change: Change) -> None:
        """One write that took effect. FULL."""
        ...

    async def changes(self, owner: str, run_id: str) -> list[Change]: ...

    # Leases
    async def claim(self, lease: LeaseRecord) -> None:
        """Insert or refresh the lease of (owner, page_id, document_id)."""
        ...

    async def release(self, owner: str, page_id: str, document_id: str | None = None) -> None: ...

    async def leases(self, owner: str, path: str | None = None) -> list[LeaseRecord]:
        """Also those that have expired: whoever asks knows the time."""
        ...

    # Blobs
    async def put_blob(self, blob: Blob) -> None: ...

    async def blob(self, owner: str, blob_id: str) -> Blob | None: ...


def as_dict(change: Change) -> dict[str, Any]:
    """A change as plain JSON values, for stores."""
    return {
        "kind": change.kind,
        "path": change.path,
        "cell_id": change.cell_id,
        "position": change.position,
        "type": change.type,
        "before": change.before,
        "after": change.after,
        "source_hash": change.source_hash,
        "changed": change.changed,
    }
