"""Notebooks that are open in a page: each operation is an action that the page carries out and reports.

Theory of operation. The intent is recorded, then said on the run's stream (`jupyter_agent.action`); the page that it
names carries it out if the frame reaches it live, and reports. A page that says "missed" has truthfully not carried it
out, so the same thing may be offered again under a new id. Silence is never taken for a no: a write whose page is gone
is looked for in the next page that holds the notebook, and a run is "outcome unknown" and never sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import uuid4

from ..core.clock import Clock
from ..core.errors import ToolError
from ..core.events import custom
from ..core.notebook import Binding, Cell, CellType, Change, Channel, Execution, Notebook, NotebookView, source_hash
from ..core.records import ActionRecord, Records
from .pages import Document, Pages
from .reports import Ended, Failed, InsertDone, Operation, ReadDone, Refused, ReplaceDone, RunDone, failure, refusal

T = TypeVar("T")

OFFERS = 5
"""How often one thing is offered to pages that miss it."""


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


class _Silence(Exception):
    """No report came. `gone`: the page has left; `sure`: the action cannot have reached it."""

    def __init__(self, *, gone: bool, sure: bool) -> None:
        super().__init__()
        self.gone = gone
        self.sure = sure


class PageHosts:
    """Finds the page that holds a notebook (core.notebook.Hosts)."""

    def __init__(self, pages: Pages, records: Records, clock: Clock, patience: Patience | None = None) -> None:
        self._pages = pages
        self._records = records
        self._clock = clock
        self._patience = patience or Patience()

    async def open(self, channel: Channel, binding: Binding) -> Notebook:
        document = await self._find(channel.owner, binding)
        return PageNotebook(
            channel, document, pages=self._pages, records=self._records, clock=self._clock, patience=self._patience
        )

    async def _find(self, owner: str, binding: Binding) -> Document:
        """The bound document; if it is gone, the only other holder of its path. Never a guess."""
        if binding.document_id is None and binding.path is None:
            raise ToolError(
                "no-notebook",
                "This conversation was not started from an open notebook. Ask the person to open the notebook and to "
                "ask again from there." + self._candidates(owner),
            )

        def found() -> Document | None:
            return self._bound(owner, binding) or self._only_holder(owner, binding)

        asleep = await self._asleep(owner, binding)
        document = found()
        away = self._pages.absence(owner, binding.page_id) if binding.page_id is not None else None
        if document is None and away is not None:
            patience = self._patience.action if asleep else self._patience.arrival
            await self._pages.until(lambda: found() is not None, patience - away)
            document = found()
        if document is not None:
            return document
        if asleep:
            raise _unreachable()
        path = self._path(owner, binding)
        if path is not None and len(self._pages.holders(owner, path)) > 1:
            raise ToolError(
                "no-notebook",
                f"{path} is open in several pages, and the one that this conversation came from is gone. Ask the "
                "person to close all but one, or to ask again from the page that is meant.",
            )
        raise ToolError(
            "no-notebook",
            f"{path or 'The notebook'} is not open any more. Ask the person to open it again."
            + self._candidates(owner),
        )

    def _bound(self, owner: str, binding: Binding) -> Document | None:
        if binding.page_id is None or binding.document_id is None:
            return None
        return self._pages.document(owner, binding.page_id, binding.document_id)

    def _only_holder(self, owner: str, binding: Binding) -> Document | None:
        path = self._path(owner, binding)
        holders = self._pages.holders(owner, path) if path is not None else []
        return holders[0] if len(holders) == 1 else None

    def _path(self, owner: str, binding: Binding) -> str | None:
        renamed = self._pages.last_path(owner, binding.document_id) if binding.document_id else None
        return renamed or binding.path

    async def _asleep(self, owner: str, binding: Binding) -> bool:
        """Whether the bound page is unknown here (a restart) but still claims the notebook."""
        return any(
            lease.page_id == binding.page_id
            and lease.document_id == binding.document_id
            and lease.expires_at > self._clock.now()
            for lease in await self._records.leases(owner)
        )

    def _candidates(self, owner: str) -> str:
        paths = sorted({document.path for document in self._pages.documents(owner)})
        return f" Open now: {', '.join(paths)}." if paths else " No notebook is open."


class PageNotebook:
    """One notebook, open in one page (core.notebook.Notebook). For one run."""

    def __init__(
        self,
        channel: Channel,
        document: Document,
        *,
        pages: Pages,
        records: Records,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._channel = channel
        self._document = document
        self._pages = pages
        self._records = records
        self._clock = clock
        self._patience = patience
        self._offered = 0
        """Actions that the page may be carrying out just now."""

    async def read(
        self, cell_ids: list[str] | None = None, *, outputs: bool = True, output_limit: int = 2000
    ) -> NotebookView:
        arguments = {"cellIds": cell_ids, "outputs": outputs, "outputLimit": output_limit}
        while True:
            try:
                return cast("ReadDone", await self._act("read", arguments)).value()
            except _Silence as silence:
                if not silence.gone:
                    raise _unreachable() from None
            if not await self._move():
                raise _closed()

    async def insert(self, *, cell_id: str, type: CellType, source: str, after: str | None) -> Change:
        arguments = {"cellId": cell_id, "type": type, "source": source, "afterCellId": after}
        return await self._through(self._insert(arguments), None)

    async def replace(self, *, cell_id: str, source: str, expected_hash: str) -> Change:
        return await self._through(self._replace({"cellId": cell_id, "source": source}, expected_hash), None)

    async def run(self, *, cell_id: str, source: str) -> Execution:
        return await self._through(self._run({"cellId": cell_id, "source": source}), self._interrupt(cell_id))

    async def _insert(self, arguments: dict[str, Any]) -> Change:
        wanted = source_hash(arguments["source"])
        done: InsertDone | Cell = await self._write("insert", arguments, None, wanted)
        after = {"type": arguments["type"], "source": arguments["source"], "metadata": {}, "outputs": []}
        return await self._kept(
            Change(
                kind="insert",
                path=self._document.path,
                cell_id=done.cell_id,
                position=done.position,
                type=arguments["type"],
                before=None,
                after=after,
                source_hash=done.source_hash,
                changed=done.changed if isinstance(done, InsertDone) else True,
            ),
            wanted,
        )

    async def _replace(self, arguments: dict[str, Any], expected_hash: str) -> Change:
        wanted = source_hash(arguments["source"])
        done: ReplaceDone | Cell = await self._write("replace", arguments, expected_hash, wanted)
        before = {"source": done.before} if isinstance(done, ReplaceDone) else {"sourceHash": expected_hash}
        return await self._kept(
            Change(
                kind="replace",
                path=self._document.path,
                cell_id=done.cell_id,
                position=done.position,
                type=done.type,
                before={"type": done.type, **before},
                after={"type": done.type, "source": arguments["source"]},
                source_hash=done.source_hash,
            ),
            wanted,
        )

    async def _kept(self, change: Change, wanted: str) -> Change:
        """The change, recorded, once what was read back is what was to be written."""
        if change.source_hash != wanted:
            words = "The cell was written, but it already reads differently. Read it again."
            raise ToolError("changed", words, cellId=change.cell_id)
        if change.changed:
            await self._records.record_change(self._channel.owner, self._channel.run_id, change)
        return change

    async def _write(
        self, operation: Operation, arguments: dict[str, Any], expected_hash: str | None, wanted: str
    ) -> Any:
        """Offer a write. Where its page left before it could report, look for the effect in the next page."""
        while True:
            try:
                return await self._act(operation, arguments, expected_hash)
            except _Silence as silence:
                if silence.sure and not silence.gone:
                    raise _unreachable() from None
                if not (silence.gone and await self._move()):
                    raise (_closed() if silence.sure else _unknown("write")) from None
            with contextlib.suppress(ToolError):
                view = await self.read([arguments["cellId"]], outputs=False)
                if view.cells and view.cells[0].source_hash == wanted:
                    return view.cells[0]

    async def _run(self, arguments: dict[str, Any]) -> Execution:
        try:
            done = await self._act("run", arguments, source_hash(arguments["source"]))
        except _Silence as silence:
            if silence.sure:
                raise _closed() if silence.gone else _unreachable() from None
            raise _unknown("run") from None
        return cast("RunDone", done).value()

    async def _interrupt(self, cell_id: str) -> None:
        """The person pressed Stop while our cell runs."""
        with contextlib.suppress(_Silence, ToolError):
            await self._act("interrupt", {"cellId": cell_id}, seconds=self._patience.stop)

    async def _through(self, work: Coroutine[Any, Any, T], stop: Coroutine[Any, Any, None] | None) -> T:
        """Do `work`; when cancelled while the page is at it, `stop` it and give it a moment to end truthfully."""
        task = asyncio.ensure_future(work)
        tasks: list[asyncio.Future[Any]] = [task]
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._offered and not task.done():
                alarm = asyncio.ensure_future(self._clock.sleep(self._patience.stop))
                tasks.append(alarm)
                if stop is not None:
                    tasks.append(asyncio.ensure_future(stop))
                await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
            raise
        finally:
            for other in tasks:
                other.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if stop is not None:
                stop.close()

    async def _act(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        expected_hash: str | None = None,
        seconds: float | None = None,
    ) -> Ended:
        """Offer an action until a page takes it. Raises ToolError when it is refused or fails, _Silence."""
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
        raise _unreachable()

    async def _reach(self, seconds: float | None) -> None:
        """Wait for the page to be there. Raises _Silence when it has left, or sleeps for too long."""
        limit = self._patience.action if seconds is None else seconds
        await self._pages.until(lambda: self._gone() or self._here(), limit)
        if not self._here():
            raise _Silence(gone=self._gone(), sure=True)

    async def _offer(
        self, operation: Operation, arguments: dict[str, Any], expected_hash: str | None, seconds: float | None
    ) -> Ended:
        """One action from intent to report. Raises _Silence."""
        document, owner = self._document, self._channel.owner
        record = ActionRecord(
            action_id=uuid4().hex,
            run_id=self._channel.run_id,
            owner=owner,
            page_id=document.page_id,
            document_id=document.document_id,
            operation=operation,
            arguments=json.dumps(arguments),
            expected_hash=expected_hash,
            created_at=self._clock.now(),
        )
        await self._records.record_action(record)
        with self._pages.expecting(record.action_id) as answer:
            self._offered += 1
            outcome = "unknown"
            try:
                openings = self._pages.openings(owner, document.page_id)
                await self._say(record, arguments)
                # Only a stream that was open at this moment can have carried the frame live.
                heard = self._here() or self._pages.openings(owner, document.page_id) != openings
                await self._await_report(operation, answer, seconds)
                if not answer.done():
                    await self._give_up(record, answer)
                if not answer.done():
                    raise _Silence(gone=self._gone(), sure=not heard)
                outcome = answer.result().outcome
                return answer.result()
            except asyncio.CancelledError:
                await self._give_up(record, answer)
                outcome = answer.result().outcome if answer.done() else outcome
                raise
            finally:
                self._offered -= 1
                await self._channel.emit(custom("action_resolved", {"actionId": record.action_id, "outcome": outcome}))

    async def _say(self, record: ActionRecord, arguments: dict[str, Any]) -> None:
        await self._channel.emit(
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
            await self._pages.until(lambda: answer.done() or self._gone(), seconds or self._patience.action)
            return
        while True:
            # A cell may run for hours; only a page that is away for long is not waited for.
            await self._pages.until(lambda: answer.done() or self._gone() or not self._here())
            if answer.done() or self._gone():
                return
            back = self._pages.until(lambda: answer.done() or self._gone() or self._here(), self._patience.absence)
            if not await back:
                return

    async def _give_up(self, record: ActionRecord, answer: asyncio.Future[Ended]) -> None:
        """Close the action, unless its report is arriving at this very moment: then take that."""
        given_up = await self._records.resolve_action(record.owner, record.action_id, state="unknown", result=None)
        if not given_up:
            await self._pages.until(answer.done, 1.0)

    async def _move(self) -> bool:
        """Go on with the next page that holds this notebook, if one comes within a moment and is the only one."""
        owner, path = self._channel.owner, self._document.path
        await self._pages.until(lambda: len(self._pages.holders(owner, path)) == 1, self._patience.arrival)
        holders = self._pages.holders(owner, path)
        if len(holders) != 1:
            return False
        self._document = holders[0]
        return True

    def _gone(self) -> bool:
        present = self._pages.document(self._channel.owner, self._document.page_id, self._document.document_id)
        if present is not None:
            self._document = present  # it may have been renamed
        return present is None

    def _here(self) -> bool:
        return not self._gone() and self._pages.reachable(self._channel.owner, self._document.page_id)


def _closed() -> ToolError:
    return ToolError("no-notebook", "The notebook has been closed. Nothing was done. Ask the person to open it again.")


def _unreachable() -> ToolError:
    return ToolError(
        "unreachable",
        "The notebook is open in a page that cannot be reached (asleep, or its connection is down). Nothing was done. "
        "Tell the person, and do not try again before they answer.",
    )


def _unknown(what: str) -> ToolError:
    if what == "run":
        return ToolError(
            "unknown-outcome",
            "The page went away while the cell was running, so it is not known how that ended. Do not run it again "
            "without asking; read the cell to see what is there.",
        )
    return ToolError(
        "unknown-outcome",
        "The page did not say whether the cell was written. Read the notebook before you try again.",
    )
