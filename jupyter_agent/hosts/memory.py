"""A notebook in memory: the whole Notebook port without a page, a server or a file. A double for tests and trials."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

from nbformat import v4

from ..core.errors import ToolError
from ..core.notebook import (
    Binding,
    Cell,
    CellType,
    Change,
    Channel,
    Execution,
    Notebook,
    NotebookView,
    Output,
    source_hash,
)

Execute = Callable[[str], Awaitable[Execution]]
"""Runs a source as the cell that the Execution names; its `cell_id` is filled in by the notebook."""

_format: Any = v4  # nbformat has no types
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class MemoryNotebook:
    """Implements core.notebook.Notebook over an nbformat 4 document that it owns and that a test may change at will."""

    def __init__(
        self,
        document: Any | None = None,
        *,
        path: str = "Untitled.ipynb",
        execute: Execute | None = None,
        kernel_id: str | None = None,
        language: str | None = "python",
    ) -> None:
        self.document = document if document is not None else _format.new_notebook()
        self.path = path
        self.execute = execute
        self.kernel_id = kernel_id
        self.language = language
        self.kernel_status: str | None = "idle" if kernel_id else None
        self.active_cell_id: str | None = None
        self.changes: list[Change] = []
        """Every write that took effect, in order."""

    async def read(
        self, cell_ids: list[str] | None = None, *, outputs: bool = True, output_limit: int = 2000
    ) -> NotebookView:
        for wanted in cell_ids or ():
            self._at(wanted)
        cells = tuple(
            _cell(cell, position, output_limit if outputs else None)
            for position, cell in enumerate(self.document.cells)
            if cell_ids is None or cell.id in cell_ids
        )
        return NotebookView(
            path=self.path,
            cells=cells,
            kernel_id=self.kernel_id,
            kernel_name="python3" if self.kernel_id else None,
            kernel_status=self.kernel_status,
            language=self.language,
            active_cell_id=self.active_cell_id,
        )

    async def insert(self, *, cell_id: str, type: CellType, source: str, after: str | None) -> Change:
        present = [cell.id for cell in self.document.cells]
        if cell_id in present:
            return self._change("insert", present.index(cell_id), before=None, changed=False)
        position = len(present) if after is None else self._at(after) + 1
        made = {
            "code": _format.new_code_cell,
            "markdown": _format.new_markdown_cell,
            "raw": _format.new_raw_cell,
        }[type](source)
        made.id = cell_id
        self.document.cells.insert(position, made)
        return self._change("insert", position, before=None)

    async def replace(self, *, cell_id: str, source: str, expected_hash: str) -> Change:
        position = self._at(cell_id)
        cell = self.document.cells[position]
        self._must_be(cell, expected_hash)
        before = _frozen(cell)
        cell.source = source
        return self._change("replace", position, before=before)

    async def run(self, *, cell_id: str, source: str) -> Execution:
        cell = self.document.cells[self._at(cell_id)]
        self._must_be(cell, source_hash(source))
        if self.execute is None:
            raise ToolError("no-kernel", "This notebook has no kernel running. Ask the person to start one.")
        done = await self.execute(source)
        cell.execution_count = done.execution_count
        cell.outputs = [_stored(output, done) for output in done.outputs]
        return Execution(
            cell_id=cell_id,
            status=done.status,
            execution_count=done.execution_count,
            outputs=done.outputs,
            error_name=done.error_name,
            error_value=done.error_value,
            traceback=done.traceback,
            duration=done.duration,
        )

    def _at(self, cell_id: str) -> int:
        for position, cell in enumerate(self.document.cells):
            if cell.id == cell_id:
                return position
        raise ToolError("unknown-cell", f"There is no cell with the id {cell_id!r} any more. Read the notebook again.")

    @staticmethod
    def _must_be(cell: Any, expected_hash: str) -> None:
        if source_hash(cell.source) != expected_hash:
            raise ToolError(
                "changed",
                "The cell has been changed since it was read. Nothing was written.",
                source=cell.source,
                sourceHash=source_hash(cell.source),
            )

    def _change(self, kind: Any, position: int, *, before: dict[str, Any] | None, changed: bool = True) -> Change:
        cell = self.document.cells[position]
        change = Change(
            kind=kind,
            path=self.path,
            cell_id=cell.id,
            position=position,
            type=cast("CellType", cell.cell_type),
            before=before,
            after=_frozen(cell),
            source_hash=source_hash(cell.source),
            changed=changed,
        )
        if changed:
            self.changes.append(change)
        return change


class MemoryHosts:
    """Implements core.notebook.Hosts: one notebook for everybody, or none."""

    def __init__(self, notebook: Notebook | None = None) -> None:
        self.notebook = notebook

    async def open(self, channel: Channel, binding: Binding) -> Notebook:  # noqa: ARG002 - the port's signature
        if self.notebook is None:
            raise ToolError("no-notebook", "No notebook is open. Ask the person to open one.")
        return self.notebook


def _cell(cell: Any, position: int, output_limit: int | None) -> Cell:
    is_code = cell.cell_type == "code"
    outputs: tuple[Output, ...] = ()
    if is_code and output_limit is not None:
        left, told = output_limit, []
        for stored in cell.outputs:
            output = _output(stored, max(left, 0))
            left -= len(output.text)
            told.append(output)
        outputs = tuple(told)
    return Cell(
        cell_id=cell.id,
        position=position,
        type=cast("CellType", cell.cell_type),
        source=cell.source,
        source_hash=source_hash(cell.source),
        execution_count=cell.execution_count if is_code else None,
        outputs=outputs,
    )


def _output(stored: Any, limit: int) -> Output:
    kind = stored.output_type
    if kind == "stream":
        text, mime_types = stored.text, ()
    elif kind == "error":
        text, mime_types = "\n".join(stored.traceback), ()
    else:
        text, mime_types = stored.data.get("text/plain", ""), tuple(stored.data)
    text = _ANSI.sub("", text)
    return Output(
        kind={"stream": "stream", "error": "error", "execute_result": "result"}.get(kind, "display"),  # type: ignore[arg-type]  # the values are the literals
        text=text[:limit],
        truncated=len(text) > limit,
        mime_types=mime_types,
        error_name=stored.get("ename"),
        error_value=stored.get("evalue"),
    )


def _stored(output: Output, execution: Execution) -> Any:
    if output.kind == "stream":
        return _format.new_output("stream", name="stdout", text=output.text)
    if output.kind == "error":
        return _format.new_output(
            "error", ename=output.error_name or "", evalue=output.error_value or "", traceback=output.text.split("\n")
        )
    data: dict[str, Any] = {"text/plain": output.text, **dict.fromkeys(set(output.mime_types) - {"text/plain"}, "")}
    if output.kind == "result":
        return _format.new_output("execute_result", data=data, execution_count=execution.execution_count)
    return _format.new_output("display_data", data=data)


def _frozen(cell: Any) -> dict[str, Any]:
    return {
        "type": cell.cell_type,
        "source": cell.source,
        "metadata": dict(cell.metadata),
        "outputs": [dict(output) for output in cell.get("outputs", ())],
    }
