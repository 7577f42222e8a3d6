"""Actions on one document: said on the run's stream, carried out by the page that holds it, reported, never in doubt.

Theory of operation. The intent is recorded, then said (`jupyter_agent.action`); the page that it names carries it out
if the frame reaches it live, and reports. A page that says "missed" has truthfully not carried it out, so the same
thing is offered again under a new id. Silence is never taken for a no.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ..core.clock import Clock
from ..core.errors import ToolError
from ..core.events import custom
from ..core.notebook import Channel
from ..core.records import ActionRecord, Records
from .documents import Document
from .pages import Pages
from .reports import Ended, Failed, Operation, Refused, failure, refusal

OFFERS = 5
"""How often one thing is offered to a page that misses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a page is waited for, in seconds."""

    action: float = 30.0
    """For a page that sleeps to come back, and for a report on anything but a run."""
    absence: float = 30.0
    """For the page of a running cell to come back before the outcome counts as unknown."""
    arrival: float = 5.0
    """For a notebook that nobody holds: a page that is being reloaded is back within this."""
    stop: float = 3.0
    """For a cell to end after Stop."""


class Silence(Exception):
    """No report came. `gone`: the document is not open there any more; `sure`: the page cannot have heard of it."""

    def __init__(self, *, gone: bool, sure: bool) -> None:
        super().__init__()
        self.gone = gone
        self.sure = sure


class Actions:
    """What one run does to one document. One action at a time."""

    def __init__(
        self, channel: Channel, document: Document, *, pages: Pages, records: Records, clock: Clock, patience: Patience
    ) -> None:
        self.channel = channel
        self.document = document
        self.records = records
        self.clock = clock
        self.patience = patience
        self.busy = False
        """The page may be carrying something out just now."""
        self._pages = pages

    async def perform(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        expected_hash: str | None = None,
        seconds: float | None = None,
    ) -> Ended:
        """Offer an action until a page takes it. Raises ToolError when it is refused or fails, Silence."""
        for _ in range(OFFERS):
            await self._reach(seconds)
            report = await self._offer(operation, arguments, expected_hash, seconds)
            match report:
                case Refused():
                    raise refusal(report)
                case Failed():
                    raise failure(report)
                case Ended(outcome="missed"):
                    continue
                case _:
                    return report
        raise unreachable()

    async def _reach(self, seconds: float | None) -> None:
        """Wait for the page to be there. Raises Silence when it has left, or sleeps for too long."""
        limit = self.patience.action if seconds is None else seconds
        await self._pages.until(lambda: self._gone() or self.here(), limit)
        if not self.here():
            raise Silence(gone=self._gone(), sure=True)

    async def _offer(
        self, operation: Operation, arguments: dict[str, Any], expected_hash: str | None, seconds: float | None
    ) -> Ended:
        """One action from intent to report. Raises Silence."""
        document, owner = self.document, self.channel.owner
        record = ActionRecord(
            action_id=uuid4().hex,
            run_id=self.channel.run_id,
            owner=owner,
            page_id=document.page_id,
            document_id=document.document_id,
            operation=operation,
            arguments=json.dumps(arguments),
            expected_hash=expected_hash,
            created_at=self.clock.now(),
        )
        await self.records.record_action(record)
        with self._pages.expecting(record.action_id) as answer:
            self.busy = True
            outcome = "unknown"
            try:
                openings = self._pages.openings(owner, document.page_id)
                await self._say(record, arguments)
                # Only a stream that was open at this moment can have carried the frame live.
                heard = self.here() or self._pages.openings(owner, document.page_id) != openings
                await self._await_report(operation, answer, seconds)
                if not answer.done():
                    await self._give_up(record, answer)
                if not answer.done():
                    raise Silence(gone=self._gone(), sure=not heard)
                outcome = answer.result().outcome
                return answer.result()
            except asyncio.CancelledError:
                await self._give_up(record, answer)
                outcome = answer.result().outcome if answer.done() else outcome
                raise
            finally:
                self.busy = False
                await self.channel.emit(custom("action_resolved", {"actionId": record.action_id, "outcome": outcome}))

    async def _say(self, record: ActionRecord, arguments: dict[str, Any]) -> None:
        await self.channel.emit(
            custom(
                "action",
                {
                    "actionId": record.action_id,
                    "pageId": record.page_id,
                    "documentId": record.document_id,
                    "operation": record.operation,
                    "arguments": arguments,
                    "expectedHash": record.expected_hash,
                },
            )
        )

    async def _await_report(self, operation: Operation, answer: asyncio.Future[Ended], seconds: float | None) -> None:
        """Returns with the report, or when it is not to be waited for any longer."""
        if operation != "run":
            await self._pages.until(lambda: answer.done() or self._gone(), seconds or self.patience.action)
            return
        while True:
            # A cell may run for hours; only a page that is away for long is not waited for.
            await self._pages.until(lambda: answer.done() or self._gone() or not self.here())
            if answer.done() or self._gone():
                return
            back = self._pages.until(lambda: answer.done() or self._gone() or self.here(), self.patience.absence)
            if not await back:
                return

    async def _give_up(self, record: ActionRecord, answer: asyncio.Future[Ended]) -> None:
        """Close the action, unless its report is arriving at this very moment: then take that."""
        given_up = await self.records.resolve_action(record.owner, record.action_id, state="unknown", result=None)
        if not given_up:
            await self._pages.until(answer.done, 1.0)

    async def move(self) -> bool:
        """Go on with the next page that holds this notebook, if one comes within a moment and is the only one."""
        owner, path = self.channel.owner, self.document.path
        await self._pages.until(lambda: len(self._pages.holders(owner, path)) == 1, self.patience.arrival)
        holders = self._pages.holders(owner, path)
        if len(holders) != 1:
            return False
        self.document = holders[0]
        return True

    def latest(self) -> Document:
        """The document as its page told of it last."""
        self._gone()
        return self.document

    def _gone(self) -> bool:
        present = self._pages.document(self.channel.owner, self.document.page_id, self.document.document_id)
        if present is not None:
            self.document = present  # it may have been renamed
        return present is None

    def here(self) -> bool:
        """Whether the page that holds the document can be reached just now."""
        return not self._gone() and self._pages.reachable(self.channel.owner, self.document.page_id)


def unreachable() -> ToolError:
    """The page sleeps, and what was wanted did not reach it."""
    return ToolError(
        "unreachable",
        "The notebook is open in a page that cannot be reached (asleep, or its connection is down). Nothing was done. "
        "Tell the person, and do not try again before they answer.",
    )
