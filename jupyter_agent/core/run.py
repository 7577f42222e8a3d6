"""A run: one message being answered. started -> (waiting <-> running) -> finished, with one last event on every path.

Rules of this room:
- Everything that a run says goes through `emit`: grammar first, then the exchange, then the coalescer, then the log.
- `finish` is the only place that writes a last event. It closes what is open, answers what is unanswered, settles the
  thread, and only then says RUN_FINISHED or RUN_ERROR: whoever reads the last event finds the thread complete.
- A run that lost its process is restored from its log and finished by the same code.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from ag_ui.core import (
    BaseEvent,
    Interrupt,
    RunErrorEvent,
    RunFinishedCancelledOutcome,
    RunFinishedEvent,
    RunFinishedInterruptOutcome,
    RunFinishedSuccessOutcome,
    TokenUsage,
    ToolCallResultEvent,
)

from .clock import Clock
from .errors import StoreError
from .events import Coalescer, Sentence, custom, delta_key, sound
from .log import EventLog
from .records import Blob, Outcome, Records, RunRecord
from .thread import NOT_DONE, UNKNOWN, Exchange, dump_messages
from .tool import Result

CUT_SHORT = "The server stopped while this answer was being made. What was done so far is kept; ask again to go on."

IN_DOUBT = Result(content=UNKNOWN, status="unknown", summary="It is not known whether this happened.")
"""What a call is told that was begun and never reported."""
PREVIEW = 8_000
"""Characters of a large result that stay in its event; the whole is a blob."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ends."""

    outcome: Outcome
    code: str | None = None
    message: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    pending: tuple[str, ...] = ()
    """Calls of the client's own tools, whose results are to be brought."""
    unfinished: Result = field(default_factory=lambda: Result(content=NOT_DONE, status="stopped"))
    """What calls without a result are told, unless they wait."""
    in_doubt: frozenset[str] = frozenset()
    """Those of them that may already have taken effect: they are told so."""

    @property
    def waits(self) -> bool:
        """Something stays open and can be answered after the run."""
        return bool(self.interrupts or self.pending)


class Run:
    """One run in this process, from its record to its last event."""

    def __init__(
        self,
        record: RunRecord,
        *,
        log: EventLog,
        records: Records,
        clock: Clock,
        event_bytes: int,
        adopted: Iterable[str] = (),
    ) -> None:
        adopted = list(adopted)
        self.record = record
        self.usage: list[TokenUsage] = []
        self.costs: list[float | None] = []
        """Of each of `usage`, in US dollars; None where no price is known."""
        self.ended = asyncio.Event()
        self.last_seq: int | None = None
        self._log = log
        self._records = records
        self._clock = clock
        self._event_bytes = event_bytes
        self._sentence = Sentence()
        self._sentence.known_calls(adopted)
        self._exchange = Exchange(adopted)
        self._coalescer = Coalescer(limit=event_bytes // 12)
        self._outbox: list[BaseEvent] = []
        self._writing: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._failure: StoreError | None = None

    # What a host sees of a run (core.notebook.Channel).
    @property
    def owner(self) -> str:
        return self.record.owner

    @property
    def run_id(self) -> str:
        return self.record.run_id

    async def emit(self, event: BaseEvent) -> None:
        """Say one thing. A delta returns once it is queued; everything else once it is in the log.

        Raises GrammarError, having said nothing, for an event without a place; StoreError when the log fails.
        """
        if self._failure is not None:
            raise self._failure
        event = sound(event)
        self._sentence.accept(event)
        self._exchange.apply(event)
        for part in await self._fitting(event):
            self._outbox.extend(self._coalescer.push(part, self._clock.monotonic()))
        self._set_alarm()
        self._start_writing()
        # A delta need not wait for the disk, but a fast model must not outrun it without bound.
        if delta_key(event) is None or len(self._outbox) > 1000:
            await self.committed()

    async def committed(self) -> None:
        """Everything that has left the coalescer is in the log."""
        while self._outbox or self._writing is not None:
            self._start_writing()
            if self._writing is not None:
                await asyncio.shield(self._writing)
            if self._failure is not None:
                raise self._failure

    def messages(self) -> list[Any]:
        """The exchange so far, as AG-UI messages."""
        return self._exchange.messages()

    def checkpoint(self) -> str:
        """The exchange so far as JSON text."""
        return json.dumps(dump_messages(self.messages()))

    def unanswered(self) -> list[str]:
        """Calls without a result, in order."""
        return self._sentence.unanswered()

    def restore(self, events: Sequence[BaseEvent]) -> None:
        """Take up a run of another process from what its log holds."""
        for event in events:
            self._sentence.accept(event)
            self._exchange.apply(event)

    @property
    def started(self) -> bool:
        return self._sentence.started

    @property
    def complete(self) -> bool:
        """The last event has been said."""
        return self._sentence.ended

    def used(self, usage: TokenUsage, cost: float | None) -> None:
        """Count what a request to a model used."""
        self.usage.append(usage)
        self.costs.append(cost)

    async def result(self, call_id: str, result: Result) -> None:
        """Say how a call ended."""
        ours: dict[str, Any] = {"status": result.status}
        if result.summary is not None:
            ours["summary"] = result.summary
        await self.emit(
            ToolCallResultEvent(
                message_id=f"{call_id}-result",
                tool_call_id=call_id,
                content=result.content,
                metadata={"jupyter_agent": ours},
            )
        )

    async def finish(self, ending: Ending) -> None:
        """End the run as `ending` says, once. A second call does nothing."""
        if self.ended.is_set():
            return
        try:
            if not self._sentence.ended:
                await self._close(ending)
                if not await self._settle(ending):
                    return  # another process took this run for dead and has ended it
                await self.emit(self._last(ending))
            if self.last_seq is not None:
                await self._records.seal_run(self.run_id, self.last_seq)
        finally:
            self.ended.set()

    async def _close(self, ending: Ending) -> None:
        for event in list(self._sentence.closings()):
            await self.emit(event)
        if ending.waits or self.record.status == "finished":
            return  # what a settled run has left unanswered, it has left open
        for call in self.unanswered():
            await self.result(call, IN_DOUBT if call in ending.in_doubt else ending.unfinished)

    async def _settle(self, ending: Ending) -> bool:
        if self.record.status == "finished":
            return True  # a crash came between settling and the last event
        return await self._records.settle_run(
            self.run_id,
            outcome=ending.outcome,
            messages=self.messages(),
            finished_at=self._clock.now(),
            error_code=ending.code,
            error_message=ending.message,
            usage=self._usage_text(),
        )

    def _usage_text(self) -> str | None:
        entries = [
            {**usage.model_dump(mode="json", by_alias=True), "cost": cost}
            for usage, cost in zip(self.usage, self.costs, strict=True)
        ]
        return json.dumps(entries) if entries else None

    def _last(self, ending: Ending) -> BaseEvent:
        usage = self.usage or None
        cost = total_cost(self.costs)
        metadata = {"jupyter_agent": {"cost": cost}} if cost else None
        if ending.outcome == "error":
            return RunErrorEvent(
                message=ending.message or "Internal error",
                code=ending.code or "internal",
                usage=usage,
                metadata=metadata,
            )
        outcome: RunFinishedSuccessOutcome | RunFinishedCancelledOutcome | RunFinishedInterruptOutcome
        match ending.outcome:
            case "interrupt":
                outcome = RunFinishedInterruptOutcome(interrupts=list(ending.interrupts))
            case "cancelled":
                outcome = RunFinishedCancelledOutcome()
            case _:
                outcome = RunFinishedSuccessOutcome(pending_tool_call_ids=list(ending.pending) or None)
        return RunFinishedEvent(
            thread_id=self.record.thread_id, run_id=self.run_id, outcome=outcome, usage=usage, metadata=metadata
        )

    async def _fitting(self, event: BaseEvent) -> list[BaseEvent]:
        """The event in pieces that fit a frame: long deltas are split, a large result becomes a blob with a preview."""
        if isinstance(event, ToolCallResultEvent) and isinstance(event.content, str):
            data = event.content.encode("utf-8", "replace")
            if len(data) > self._event_bytes // 2:
                return [await self._as_blob(event, data)]
            return [event]
        if delta_key(event) is None:
            return [event]
        delta: str = cast("Any", event).delta
        step = self._event_bytes // 12  # six bytes of JSON a character at the most, and room for the rest
        if len(delta) <= step:
            return [event]
        return [event.model_copy(update={"delta": delta[at : at + step]}) for at in range(0, len(delta), step)]

    async def _as_blob(self, event: ToolCallResultEvent, data: bytes) -> ToolCallResultEvent:
        blob = Blob(
            blob_id=uuid4().hex,
            owner=self.owner,
            thread_id=self.record.thread_id,
            content_type="text/plain; charset=utf-8",
            data=data,
        )
        await self._records.put_blob(blob)
        ours = {
            **(event.metadata or {}).get("jupyter_agent", {}),
            "blobId": blob.blob_id,
            "size": len(data),
            "truncated": True,
        }
        preview = str(event.content)[:PREVIEW] + f"\n[… {len(data)} bytes in all]"
        return event.model_copy(update={"content": preview, "metadata": {"jupyter_agent": ours}})

    def _set_alarm(self) -> None:
        due = self._coalescer.due
        if due is not None and self._alarm is None:
            delay = max(0.0, due - self._clock.monotonic())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._outbox.extend(self._coalescer.flush(self._clock.monotonic()))
        self._start_writing()

    def _start_writing(self) -> None:
        if self._outbox and self._writing is None and self._failure is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """Commit what is queued, and what queues up meanwhile, without lingering."""
        try:
            while self._outbox:
                batch, self._outbox = self._outbox, []
                entries = await self._log.append(self.owner, self.run_id, batch)
                self.last_seq = entries[-1].seq
        except StoreError as error:
            self._failure = error
        finally:
            self._writing = None


def total_cost(costs: Iterable[float | None]) -> dict[str, Any] | None:
    """What requests cost together, as the protocol shows it; None where no price is known."""
    known = [cost for cost in costs if cost is not None]
    return {"amount": sum(known), "currency": "USD"} if known else None


def resolved(request_id: str, outcome: str) -> BaseEvent:
    """The event that ends an open request."""
    return custom("input_resolved", {"requestId": request_id, "outcome": outcome})
