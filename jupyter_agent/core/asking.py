"""Asking a person or a client: open requests with their exact bytes, and the wait for an answer. No answer is a no."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any
from uuid import uuid4

from ag_ui.core import Interrupt

from .clock import Clock
from .errors import ToolError
from .events import custom
from .policy import Risk
from .records import Records, RequestKind, RequestRecord
from .run import Ending, Run, resolved
from .tool import Call, Exact, Plan

SHOWN = 128_000
"""Bytes of exact things that the last event of a run repeats: it has to fit a frame, however many were asked about."""
GLANCE = 1.0
"""Seconds between looks into the store, for an answer that came through another server process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one call is asked about."""

    call: Call
    plan: Plan
    risk: Risk
    kind: RequestKind = "approval"


class Asking:
    """The open requests of one run, and who waits for them.

    With `pause` nothing is waited for: it ends the run, and returns only where an answer has come already.
    """

    def __init__(
        self,
        run: Run,
        records: Records,
        clock: Clock,
        *,
        approval_seconds: float,
        event_bytes: int,
        pause: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._run = run
        self._records = records
        self._clock = clock
        self._approval_seconds = approval_seconds
        self._event_bytes = event_bytes
        self._pause = pause
        self.waited = 0.0
        """Seconds that a person was waited for."""
        self._answers: dict[str, asyncio.Future[RequestRecord]] = {}
        self._by_call: dict[str, tuple[RequestRecord, Plan]] = {}

    def check(self, exact: Exact) -> None:
        """A person is shown everything or nothing. Raises ToolError for what does not fit an event."""
        if len(json.dumps(exact.as_json()).encode()) > self._event_bytes // 2:
            raise ToolError("too-large", "That is too much text for one cell. Make it several smaller cells.")

    async def open(self, asked: Sequence[Asked]) -> None:
        """Store the open requests with their exact bytes, then say that they are open."""
        records = [self._record(one) for one in asked]
        await self._run.committed()
        await self._records.open_requests(records, run_id=self._run.run_id, checkpoint=self._run.checkpoint())
        for record in records:
            await self._run.emit(custom("input_requested", request_json(record)))

    async def answer(self, asked: Asked, along: Sequence[Asked] = ()) -> tuple[RequestRecord, Exact]:
        """The answer about a call, and the exact thing it is an answer to. Asks now if nobody has yet.

        `along` is what else can be asked then, in the order of the calls.
        """
        call = asked.call
        if call.call_id not in self._by_call:
            if self._pause is not None and asked.kind == "tool" and self._by_call:
                # The run ends here anyway. What a person is asked comes first; the client's turn is after that.
                await self._pause()
            self.check(asked.plan.exact)
            await self.open([asked, *along])
        if self._pause is not None:
            await self._pause()
        record, shown = self._by_call.pop(call.call_id)
        since = self._clock.monotonic()
        try:
            answered = await self._wait(record)
        finally:
            self.waited += self._clock.monotonic() - since
            self._answers.pop(record.request_id, None)
        if not self._by_call:
            await self._records.mark_run(self._run.run_id, status="running")
        return answered, shown.exact

    def deliver(self, record: RequestRecord) -> None:
        """A person has answered: wake whoever waits."""
        future = self._answers.get(record.request_id)
        if future is not None and not future.done():
            future.set_result(record)

    def _record(self, asked: Asked) -> RequestRecord:
        now, exact = self._clock.now(), asked.plan.exact
        record = RequestRecord(
            request_id=uuid4().hex,
            run_id=self._run.run_id,
            thread_id=self._run.record.thread_id,
            owner=self._run.owner,
            kind=asked.kind,
            tool_call_id=asked.call.call_id,
            exact=json.dumps(exact.as_json(), ensure_ascii=False),
            hash=exact.hash,
            risk=asked.risk.value,
            created_at=now,
            expires_at=now + int(self._approval_seconds * 1000),
        )
        self._answers[record.request_id] = asyncio.get_running_loop().create_future()
        self._by_call[asked.call.call_id] = (record, asked.plan)
        return record

    async def _wait(self, record: RequestRecord) -> RequestRecord:
        future = self._answers[record.request_id]
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
        return await self._records.request(record.owner, record.request_id) or record


async def withdraw(records: Records, requests: Sequence[RequestRecord]) -> list[str]:
    """Close those that are still open; their ids, for whoever says so on a stream."""
    return [
        request.request_id
        for request in requests
        if request.state == "open"
        and await records.resolve_request(request.owner, request.request_id, state="withdrawn", answer=None)
    ]


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


def waiting(requests: Sequence[RequestRecord]) -> Ending:
    """How a run ends for which these are still open: they can be answered afterwards.

    A person's answers are AG-UI interrupts; a client's tools are calls that are pending, told only when nothing else
    stands before them.
    """
    asked = [request for request in requests if request.kind != "tool"]
    if asked:
        sizes = accumulate(len(request.exact.encode()) for request in asked)
        shown = [_interrupt(request, whole=size <= SHOWN) for request, size in zip(asked, sizes, strict=True)]
        return Ending(outcome="interrupt", interrupts=tuple(shown))
    return Ending(outcome="success", pending=tuple(request.tool_call_id for request in requests))


def _interrupt(request: RequestRecord, *, whole: bool) -> Interrupt:
    """An open request as AG-UI names it in the outcome of a run. The exact thing is in its own event in any case."""
    shown = request_json(request)
    return Interrupt(
        id=request.request_id,
        reason="tool_call" if request.kind == "approval" else "input_required",
        message=json.loads(request.exact)["title"],
        tool_call_id=request.tool_call_id,
        response_schema=_RESPONSES[request.kind],
        expires_at=datetime.fromtimestamp(request.expires_at / 1000, UTC).isoformat(timespec="milliseconds"),
        metadata={"jupyter_agent": shown if whole else {**shown, "exact": None}},
    )


_RESPONSES: dict[str, dict[str, Any]] = {
    "approval": {
        "type": "object",
        "properties": {
            "approved": {"type": "boolean"},
            "editedArgs": {"type": "object", "description": "All arguments, in place of the proposed ones."},
            "reason": {"type": "string", "description": "What the model is told about a no."},
        },
        "required": ["approved"],
    },
    "question": {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]},
}
