"""Asking a person: open requests with their exact bytes, and the wait for an answer. No answer is a no."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from ag_ui.core import Interrupt

from .clock import Clock
from .errors import ToolError
from .events import custom
from .policy import Risk
from .records import Records, RequestRecord
from .run import Run, resolved
from .tool import Call, Exact, Plan

GLANCE = 1.0
"""Seconds between looks into the store, for an answer that came through another server process."""


class Asking:
    """The open requests of one run, and who waits for them."""

    def __init__(self, run: Run, records: Records, clock: Clock, *, approval_seconds: float, event_bytes: int) -> None:
        self._run = run
        self._records = records
        self._clock = clock
        self._approval_seconds = approval_seconds
        self._event_bytes = event_bytes
        self._answers: dict[str, asyncio.Future[RequestRecord]] = {}
        self._by_call: dict[str, tuple[RequestRecord, Plan]] = {}

    def check(self, exact: Exact) -> None:
        """A person is shown everything or nothing. Raises ToolError for what does not fit an event."""
        if len(json.dumps(exact.as_json()).encode()) > self._event_bytes // 2:
            raise ToolError("too-large", "That is too much text for one cell. Make it several smaller cells.")

    async def open(self, asked: Sequence[tuple[Call, Plan, Risk]]) -> None:
        """Store the open requests with their exact bytes, then say that they are open."""
        records = [self._record(call, plan, risk) for call, plan, risk in asked]
        await self._run.committed()
        await self._records.open_requests(records, run_id=self._run.run_id, checkpoint=self._run.checkpoint())
        for record in records:
            await self._run.emit(custom("input_requested", request_json(record)))

    async def answer(self, call: Call, plan: Plan, risk: Risk) -> tuple[RequestRecord, Exact]:
        """The person's answer about a call, and the exact thing it is an answer to. Asks now if nobody has yet."""
        if call.call_id not in self._by_call:
            self.check(plan.exact)
            await self.open([(call, plan, risk)])
        record, shown = self._by_call.pop(call.call_id)
        try:
            answered = await self._wait(record)
        finally:
            self._answers.pop(record.request_id, None)
        if not self._by_call:
            await self._records.mark_run(self._run.run_id, status="running")
        return answered, shown.exact

    def deliver(self, record: RequestRecord) -> None:
        """A person has answered: wake whoever waits."""
        future = self._answers.get(record.request_id)
        if future is not None and not future.done():
            future.set_result(record)

    def _record(self, call: Call, plan: Plan, risk: Risk) -> RequestRecord:
        now = self._clock.now()
        record = RequestRecord(
            request_id=uuid4().hex,
            run_id=self._run.run_id,
            thread_id=self._run.record.thread_id,
            owner=self._run.owner,
            kind="approval",
            tool_call_id=call.call_id,
            exact=json.dumps(plan.exact.as_json(), ensure_ascii=False),
            hash=plan.exact.hash,
            risk=risk.value,
            created_at=now,
            expires_at=now + int(self._approval_seconds * 1000),
        )
        self._answers[record.request_id] = asyncio.get_running_loop().create_future()
        self._by_call[call.call_id] = (record, plan)
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


def interrupts(requests: Sequence[RequestRecord]) -> tuple[Interrupt, ...]:
    """Open requests as AG-UI names them in the outcome of a run."""
    return tuple(
        Interrupt(
            id=request.request_id,
            reason=request.kind,
            message=json.loads(request.exact)["title"],
            tool_call_id=request.tool_call_id,
            metadata={"jupyter_agent": request_json(request)},
        )
        for request in requests
    )
