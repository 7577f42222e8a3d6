"""A notebook that is open in a page: reads and guarded writes as actions, success said only after reading back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar, cast

from ..core.errors import ToolError
from ..core.notebook import Cell, CellType, Change, Execution, NotebookView, source_hash
from .actions import Actions, Silence, unreachable
from .reports import InsertDone, Operation, ReadDone, ReplaceDone, RunDone

T = TypeVar("T")


class PageNotebook:
    """One notebook, open in one page (core.notebook.Notebook). For one run.

    A write whose page is gone is looked for in the next page that holds the notebook, and offered there if it is not to
    be found. A run is "unknown-outcome" then, and never sent again.
    """

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._stopped = False

    async def read(
        self, cell_ids: list[str] | None = None, *, outputs: bool = True, output_limit: int = 2000
    ) -> NotebookView:
        arguments = {"cellIds": cell_ids, "outputs": outputs, "outputLimit": output_limit}
        while True:
            try:
                report = cast("ReadDone", await self._actions.perform("read", arguments))
                return self._checked(report.value(), cell_ids)
            except Silence as silence:
                if not silence.gone:
                    raise unreachable() from None
            if not await self._actions.move():
                raise _closed()

    async def insert(self, *, cell_id: str, type: CellType, source: str, after: str | None) -> Change:
        arguments = {"cellId": cell_id, "type": type, "source": source, "afterCellId": after}
        return await self._through(self._insert(arguments))

    async def replace(self, *, cell_id: str, source: str, expected_hash: str) -> Change:
        return await self._through(self._replace({"cellId": cell_id, "source": source}, expected_hash))

    async def run(self, *, cell_id: str, source: str) -> Execution:
        execution = await self._through(self._run({"cellId": cell_id, "source": source}), runs=cell_id)
        return replace(execution, interrupted=self._stopped and execution.status != "ok")

    def _checked(self, view: NotebookView, cell_ids: list[str] | None) -> NotebookView:
        """The view, if it is of the cells that were asked for. Its kernel is the one that the page registered."""
        if cell_ids is not None and {cell.cell_id for cell in view.cells} != set(cell_ids):
            raise _another()
        document = self._actions.latest()
        if document.kernel_refused:
            return replace(view, kernel_id=None, kernel_status="forbidden")
        return replace(view, kernel_id=document.kernel_id if view.kernel_id is not None else None)

    async def _insert(self, arguments: dict[str, Any]) -> Change:
        wanted = source_hash(arguments["source"])
        done: InsertDone | Cell = _of(arguments, await self._write("insert", arguments, None, wanted))
        after = {"type": arguments["type"], "source": arguments["source"], "metadata": {}, "outputs": []}
        return await self._kept(
            Change(
                kind="insert",
                path=self._actions.document.path,
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
        done: ReplaceDone | Cell = _of(arguments, await self._write("replace", arguments, expected_hash, wanted))
        before = {"source": done.before} if isinstance(done, ReplaceDone) else {"sourceHash": expected_hash}
        return await self._kept(
            Change(
                kind="replace",
                path=self._actions.document.path,
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
            channel = self._actions.channel
            await self._actions.records.record_change(channel.owner, channel.run_id, change)
        return change

    async def _write(
        self, operation: Operation, arguments: dict[str, Any], expected_hash: str | None, wanted: str
    ) -> Any:
        """Offer a write. Where its page left before it could report, look for the effect in the next page."""
        while True:
            try:
                return await self._actions.perform(operation, arguments, expected_hash)
            except Silence as silence:
                if silence.sure and not silence.gone:
                    raise unreachable() from None
                if not (silence.gone and await self._actions.move()):
                    raise (_closed() if silence.sure else _unknown("write")) from None
            with contextlib.suppress(ToolError):
                view = await self.read([arguments["cellId"]], outputs=False)
                if view.cells and view.cells[0].source_hash == wanted:
                    return view.cells[0]

    async def _run(self, arguments: dict[str, Any]) -> Execution:
        try:
            done = await self._actions.perform("run", arguments, source_hash(arguments["source"]))
        except Silence as silence:
            if silence.sure:
                raise _closed() if silence.gone else unreachable() from None
            raise _unknown("run") from None
        return _of(arguments, cast("RunDone", done)).value()

    async def _interrupt(self, cell_id: str) -> None:
        """The person pressed Stop while our cell runs."""
        with contextlib.suppress(Silence, ToolError):
            await self._actions.perform("interrupt", {"cellId": cell_id}, seconds=self._actions.patience.stop)

    async def _through(self, work: Coroutine[Any, Any, T], runs: str | None = None) -> T:
        """Do `work`, which may run a cell. When cancelled while a page is at it, give it a moment to end truthfully."""
        if self._stopped:
            work.close()
            raise ToolError("stopped", "The answer was stopped before this was begun, so it was not done.")
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._stopped = True
            if self._actions.busy and self._actions.here():
                await self._linger(task, runs)
            if task.done():
                return task.result()
            raise
        finally:
            await _end(task)

    async def _linger(self, task: asyncio.Future[Any], runs: str | None) -> None:
        """Interrupt the cell that runs, if there is one, and wait for a moment."""
        alarm = asyncio.ensure_future(self._actions.clock.sleep(self._actions.patience.stop))
        others = [alarm, *([asyncio.ensure_future(self._interrupt(runs))] if runs is not None else [])]
        try:
            await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(*others)


async def _end(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _of(arguments: dict[str, Any], done: T) -> T:
    """What was done, if it was done to the cell that was meant."""
    if cast("Any", done).cell_id != arguments["cellId"]:
        raise _another()
    return done


def _another() -> ToolError:
    return ToolError(
        "unknown-outcome",
        "The page reported on another cell than the one that it was asked about, so it is not known what happened. "
        "Read the notebook before you try again.",
    )


def _closed() -> ToolError:
    return ToolError("no-notebook", "The notebook has been closed. Nothing was done. Ask the person to open it again.")


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
