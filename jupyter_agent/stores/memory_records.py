"""What is remembered beside the log, in dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ag_ui.core import Message

from jupyter_agent.core.answers import settled
from jupyter_agent.core.clock import Clock
from jupyter_agent.core.errors import StoreError
from jupyter_agent.core.notebook import Change
from jupyter_agent.core.records import (
    ActionRecord,
    ActionState,
    Blob,
    LeaseRecord,
    Outcome,
    RequestRecord,
    RequestState,
    RunRecord,
    RunStatus,
    StoredMessage,
    ThreadRecord,
)

from .codec import decode_change, decode_message, encode_change, encode_message
from .refusals import not_going_on, run_going_on, unknown_run
from .search import found, preview, words_of


@dataclass(slots=True, kw_only=True)
class _Stored:
    """A message as text, so that nobody who holds the object can change what was stored."""

    run_id: str
    role: str
    words: str
    data: str


@dataclass(slots=True, kw_only=True)
class _Thread:
    record: ThreadRecord
    touched: int = 0
    messages: list[_Stored] = field(default_factory=list)


class MemoryRecords:
    """The Records port in memory, for one event loop: each method is one step, so it is one transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._touches = 0
        self._threads: dict[tuple[str, str], _Thread] = {}
        self._runs: dict[str, RunRecord] = {}
        self._requests: dict[str, RequestRecord] = {}
        self._actions: dict[str, ActionRecord] = {}
        self._changes: list[tuple[str, str, str]] = []
        self._leases: dict[tuple[str, str, str], LeaseRecord] = {}
        self._effects: dict[tuple[str, str], set[str]] = {}
        self._blobs: dict[tuple[str, str], Blob] = {}

    # Runs

    async def start_run(
        self, run: RunRecord, *, title: str | None, notebook: str | None, decided: Sequence[RequestRecord] = ()
    ) -> tuple[RunRecord, bool]:
        earlier = self._runs.get(run.run_id)
        if earlier is not None:
            if earlier.owner != run.owner:
                raise unknown_run()
            return earlier, False
        going_on = self._going_on(run.owner, run.thread_id)
        if going_on is not None:
            raise run_going_on(going_on.run_id)
        for request in decided:
            stored = self._requests.get(request.request_id)
            if stored is None or stored.state != "open":
                raise settled(stored or request)
        self._requests |= {request.request_id: request for request in decided}
        key = (run.owner, run.thread_id)
        if key not in self._threads:
            record = ThreadRecord(
                thread_id=run.thread_id,
                owner=run.owner,
                title=title,
                notebook=notebook,
                created_at=run.started_at,
                updated_at=run.started_at,
            )
            self._threads[key] = _Thread(record=record)
        self._touch(self._threads[key], run.started_at)
        self._runs[run.run_id] = run
        return run, True

    async def run(self, owner: str, run_id: str) -> RunRecord | None:
        run = self._runs.get(run_id)
        return run if run is not None and run.owner == owner else None

    async def runs(self, owner: str, thread_id: str) -> list[RunRecord]:
        return [run for run in self._runs.values() if (run.owner, run.thread_id) == (owner, thread_id)]

    async def unsealed(self, owner: str | None = None) -> list[RunRecord]:
        return [run for run in self._runs.values() if run.last_seq is None and owner in {None, run.owner}]

    async def mark_run(self, run_id: str, *, status: RunStatus | None = None, first_seq: int | None = None) -> None:
        if run := self._runs.get(run_id):
            if status is not None and run.status != "finished":
                run = replace(run, status=status)
            if first_seq is not None:
                run = replace(run, first_seq=first_seq)
            self._runs[run_id] = run

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
        run = self._runs.get(run_id)
        if run is None or run.status == "finished":
            return False
        self._runs[run_id] = replace(
            run,
            status="finished",
            outcome=outcome,
            finished_at=finished_at,
            error_code=error_code,
            error_message=error_message,
            usage=usage,
        )
        self._append(run.owner, run.thread_id, run_id, messages, finished_at)
        return True

    async def seal_run(self, run_id: str, last_seq: int) -> None:
        run = self._runs.get(run_id)
        if run is not None and run.last_seq is None:
            self._runs[run_id] = replace(run, last_seq=last_seq)

    async def adopt_run(self, run_id: str, *, dead: str, instance: str) -> bool:
        run = self._runs.get(run_id)
        if run is None or run.instance != dead or run.last_seq is not None:
            return False
        self._runs[run_id] = replace(run, instance=instance)
        return True

    # Threads

    async def thread(self, owner: str, thread_id: str) -> ThreadRecord | None:
        thread = self._threads.get((owner, thread_id))
        return thread.record if thread else None

    async def threads(
        self, owner: str, *, query: str | None = None, notebook: str | None = None, limit: int = 50
    ) -> list[tuple[ThreadRecord, str, str | None]]:
        folded = (query or "").casefold()
        listed = [
            thread
            for thread in self._threads.values()
            if thread.record.owner == owner
            and notebook in {None, thread.record.notebook}
            and (found(thread.record.title or "", folded) or any(found(m.words, folded) for m in thread.messages))
        ]
        listed.sort(key=lambda thread: thread.touched, reverse=True)
        return [self._summary(thread) for thread in listed[: max(limit, 0)]]

    def _summary(self, thread: _Thread) -> tuple[ThreadRecord, str, str | None]:
        first = next((m.words for m in thread.messages if m.role == "user"), "")
        run = next((r for r in self._runs.values() if r.status != "finished" and _in(thread.record, r)), None)
        return thread.record, preview(first), run.run_id if run else None

    async def messages(self, owner: str, thread_id: str) -> list[StoredMessage]:
        thread = self._threads.get((owner, thread_id))
        stored = thread.messages if thread else []
        return [StoredMessage(run_id=m.run_id, message=decode_message(m.data)) for m in stored]

    async def append_messages(self, owner: str, thread_id: str, run_id: str, messages: Sequence[Message]) -> None:
        self._append(owner, thread_id, run_id, messages, self._clock.now())

    async def rename_thread(self, owner: str, thread_id: str, title: str) -> bool:
        thread = self._threads.get((owner, thread_id))
        if thread is None:
            return False
        thread.record = replace(thread.record, title=title)
        return True

    async def delete_thread(self, owner: str, thread_id: str) -> list[str]:
        of_thread = await self.runs(owner, thread_id)
        unsealed = next((run for run in of_thread if run.last_seq is None), None)
        if unsealed is not None:
            raise run_going_on(unsealed.run_id)
        runs = [run.run_id for run in of_thread]
        self._threads.pop((owner, thread_id), None)
        self._effects.pop((owner, thread_id), None)
        self._requests = {k: r for k, r in self._requests.items() if r.run_id not in runs}
        self._actions = {k: a for k, a in self._actions.items() if a.run_id not in runs}
        self._changes = [change for change in self._changes if change[1] not in runs]
        self._blobs = {k: b for k, b in self._blobs.items() if (b.owner, b.thread_id) != (owner, thread_id)}
        for run_id in runs:
            del self._runs[run_id]
        return runs

    # Requests

    async def open_requests(self, requests: Sequence[RequestRecord], *, run_id: str, checkpoint: str) -> None:
        run = self._runs.get(run_id)
        if run is None or run.status == "finished":
            raise not_going_on(run_id)
        if any(request.request_id in self._requests for request in requests):
            raise StoreError("A request with this id is in the store already.")
        self._requests |= {request.request_id: request for request in requests}
        self._runs[run_id] = replace(run, status="waiting", checkpoint=checkpoint)

    async def request(self, owner: str, request_id: str) -> RequestRecord | None:
        request = self._requests.get(request_id)
        return request if request is not None and request.owner == owner else None

    async def requests(
        self, owner: str, *, run_id: str | None = None, thread_id: str | None = None
    ) -> list[RequestRecord]:
        return [
            request
            for request in self._requests.values()
            if request.owner == owner and run_id in {None, request.run_id} and thread_id in {None, request.thread_id}
        ]

    async def resolve_request(self, owner: str, request_id: str, *, state: RequestState, answer: str | None) -> bool:
        request = await self.request(owner, request_id)
        if request is None or request.state != "open":
            return False
        self._requests[request_id] = replace(request, state=state, answer=answer)
        return True

    # Effects

    async def begin_effect(self, owner: str, thread_id: str, call_id: str) -> bool:
        begun = self._effects.setdefault((owner, thread_id), set())
        first = call_id not in begun
        begun.add(call_id)
        return first

    async def begun_effects(self, owner: str, thread_id: str) -> frozenset[str]:
        return frozenset(self._effects.get((owner, thread_id), ()))

    # Actions

    async def record_action(self, action: ActionRecord) -> None:
        if action.action_id in self._actions:
            raise StoreError("An action with this id is in the store already.")
        self._actions[action.action_id] = action

    async def action(self, owner: str, action_id: str) -> ActionRecord | None:
        action = self._actions.get(action_id)
        return action if action is not None and action.owner == owner else None

    async def actions(self, owner: str, run_id: str) -> list[ActionRecord]:
        return [action for action in self._actions.values() if (action.owner, action.run_id) == (owner, run_id)]

    async def resolve_action(self, owner: str, action_id: str, *, state: ActionState, result: str | None) -> bool:
        action = await self.action(owner, action_id)
        if action is None or action.state != "offered":
            return False
        self._actions[action_id] = replace(action, state=state, result=result)
        return True

    async def record_change(self, owner: str, run_id: str, change: Change) -> None:
        self._changes.append((owner, run_id, encode_change(change)))

    async def changes(self, owner: str, run_id: str) -> list[Change]:
        return [decode_change(data) for of, run, data in self._changes if (of, run) == (owner, run_id)]

    # Leases

    async def claim(self, lease: LeaseRecord) -> None:
        self._leases[lease.owner, lease.page_id, lease.document_id] = lease

    async def release(self, owner: str, page_id: str, document_id: str | None = None) -> None:
        for key in list(self._leases):
            if key[:2] == (owner, page_id) and document_id in {None, key[2]}:
                del self._leases[key]

    async def leases(self, owner: str, path: str | None = None) -> list[LeaseRecord]:
        return [lease for lease in self._leases.values() if lease.owner == owner and path in {None, lease.path}]

    # Blobs

    async def put_blob(self, blob: Blob) -> None:
        self._blobs[blob.owner, blob.blob_id] = blob

    async def blob(self, owner: str, blob_id: str) -> Blob | None:
        return self._blobs.get((owner, blob_id))

    # Inside

    def _going_on(self, owner: str, thread_id: str) -> RunRecord | None:
        for run in self._runs.values():
            if (run.owner, run.thread_id) == (owner, thread_id) and run.status != "finished":
                return run
        return None

    def _append(self, owner: str, thread_id: str, run_id: str, messages: Sequence[Message], now: int) -> None:
        if thread := self._threads.get((owner, thread_id)):
            thread.messages += [
                _Stored(run_id=run_id, role=m.role, words=words_of(m), data=encode_message(m)) for m in messages
            ]
            self._touch(thread, now)

    def _touch(self, thread: _Thread, now: int) -> None:
        """Order is by a counter: clocks go back."""
        self._touches += 1
        thread.touched = self._touches
        thread.record = replace(thread.record, updated_at=now)


def _in(thread: ThreadRecord, run: RunRecord) -> bool:
    return (run.owner, run.thread_id) == (thread.owner, thread.thread_id)
