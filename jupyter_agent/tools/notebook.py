"""Tools that look at the notebook and change it: read, insert, replace, run."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..core.errors import ToolError
from ..core.notebook import Cell, Notebook, NotebookView, source_hash
from ..core.policy import Risk
from ..core.tool import Call, Exact, Plan, Result, Scope, Status
from .summaries import had_run, not_run, run_status, was_read
from .words import cell_json, compact, execution_json, number, view_json

GLANCE_SOURCE, GLANCE_OUTPUT = 6_000, 500
"""Characters of one cell that `read_notebook` tells."""
CLOSE_SOURCE, CLOSE_OUTPUT = 50_000, 6_000
"""Characters of one cell that `read_cells` tells."""


class Strict(BaseModel):
    """Arguments refuse what they do not know, so that a model learns of its mistake."""

    model_config = ConfigDict(extra="forbid")


def _lines(source: str) -> str:
    """A bare carriage return ends a line for Python but not for the eye: what is shown must be what runs."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


Source = Annotated[str, AfterValidator(_lines)]


class ReadNotebookArguments(Strict):
    outputs: bool = Field(default=True, description="Whether to include the beginnings of outputs.")


class ReadNotebook:
    """All cells with ids, sources and hashes, and the beginnings of their outputs."""

    name: ClassVar[str] = "read_notebook"
    description: ClassVar[str] = (
        "Read the notebook the person has open, as it is now: every cell with its id, number, source, source hash and "
        "the beginning of its outputs. Read before you change anything."
    )
    risk: ClassVar[Risk] = Risk.READ
    Arguments: ClassVar[type[BaseModel]] = ReadNotebookArguments

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:  # noqa: ARG002 - the port's signature
        return Plan(
            exact=Exact(tool=self.name, title="Read the notebook", arguments=arguments.model_dump()),
            data={"outputs": arguments.outputs},
        )

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        notebook = await scope.notebook()
        view = await notebook.read(outputs=plan.data["outputs"], output_limit=GLANCE_OUTPUT)
        return Result(content=compact(view_json(view, GLANCE_SOURCE)), summary=was_read(view))


class ReadCellsArguments(Strict):
    cell_ids: list[str] = Field(
        min_length=1, max_length=50, description="Ids of the cells, as read_notebook gives them."
    )


class ReadCells:
    """Some cells, with much more of their text and outputs."""

    name: ClassVar[str] = "read_cells"
    description: ClassVar[str] = (
        "Read some cells of the notebook closely: their whole source and more of their outputs."
    )
    risk: ClassVar[Risk] = Risk.READ
    Arguments: ClassVar[type[BaseModel]] = ReadCellsArguments

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:  # noqa: ARG002 - the port's signature
        count = len(arguments.cell_ids)
        title = f"Read {count} cells" if count > 1 else "Read a cell"
        return Plan(
            exact=Exact(tool=self.name, title=title, arguments=arguments.model_dump()),
            data={"cell_ids": arguments.cell_ids},
        )

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        notebook = await scope.notebook()
        view = await notebook.read(plan.data["cell_ids"], output_limit=CLOSE_OUTPUT)
        told = [cell_json(cell, CLOSE_SOURCE) for cell in view.cells]
        return Result(content=compact({"cells": told}), summary=was_read(view))


class InsertCellArguments(Strict):
    source: Source = Field(description="The whole text of the new cell.")
    cell_type: Literal["code", "markdown"] = Field(default="code", description="What kind of cell it is.")
    after_cell_id: str | None = Field(default=None, description="Id of the cell before the new one; null for the end.")
    run: bool = Field(default=False, description="Whether to run the cell after inserting it. Only for code.")


class InsertCell:
    """A new cell, run at once if asked. Its id follows from the call, so that doing it twice makes one cell."""

    name: ClassVar[str] = "insert_cell"
    description: ClassVar[str] = (
        "Insert a new cell into the notebook, after the cell that you name or at the end. With run=true a code cell is "
        "also run, and you get its outputs and its error. The person sees exactly this text before it happens."
    )
    risk: ClassVar[Risk] = Risk.EDIT
    Arguments: ClassVar[type[BaseModel]] = InsertCellArguments

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:
        if arguments.run and arguments.cell_type != "code":
            raise ToolError("not-code", "Only code cells can be run. Leave out run, or make it a code cell.")
        view = await (await scope.notebook()).read(outputs=False)
        cell_id = scope.new_cell_id(call.call_id)
        if arguments.after_cell_id is not None:
            place = f"after {number(_find(view, arguments.after_cell_id))}"
        else:
            place = "at the end" if view.cells else "as the first cell"
        kind = "code" if arguments.cell_type == "code" else "text"
        title = f"Insert a {kind} cell {place}" + (" and run it" if arguments.run else "")
        exact = Exact(
            tool=self.name,
            title=title,
            arguments=arguments.model_dump(),
            code=arguments.source,
            language=_language(view, arguments.cell_type),
            target=_target(scope, view, cell_id),
        )
        data = {**arguments.model_dump(), "cell_id": cell_id}
        return Plan(exact=exact, data=data, risk=Risk.RUN if arguments.run else Risk.EDIT)

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        notebook, data = await scope.notebook(), plan.data
        change = await notebook.insert(
            cell_id=data["cell_id"], type=data["cell_type"], source=data["source"], after=data["after_cell_id"]
        )
        written = {"id": change.cell_id, "number": change.position + 1, "hash": change.source_hash}
        summary = f"Inserted as cell {written['number']}"
        if not data["run"]:
            return Result(content=compact({"inserted": written}), summary=summary)
        return await _then_run(notebook, "inserted", written, data["source"], summary)


class ReplaceCellArguments(Strict):
    cell_id: str = Field(description="Id of the cell.")
    source: Source = Field(description="The new text of the whole cell.")
    expected_hash: str = Field(description="Hash of the source as you read it.")
    run: bool = Field(default=False, description="Whether to run the cell after replacing it. Only for code.")


class ReplaceCell:
    """A new source for a cell, if the cell still is what the model read."""

    name: ClassVar[str] = "replace_cell"
    description: ClassVar[str] = (
        "Replace the whole source of a cell. Give the hash of the source that you read: if the person has changed the "
        "cell since, nothing is written and you get the present text. With run=true the cell is also run."
    )
    risk: ClassVar[Risk] = Risk.EDIT
    Arguments: ClassVar[type[BaseModel]] = ReplaceCellArguments

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:  # noqa: ARG002 - the port's signature
        view = await (await scope.notebook()).read([arguments.cell_id], outputs=False)
        cell = _find(view, arguments.cell_id)
        if arguments.run and cell.type != "code":
            raise ToolError("not-code", f"Only code cells can be run, and {number(cell)} is a {cell.type} cell.")
        if cell.source_hash != arguments.expected_hash:
            raise ToolError(
                "changed",
                f"{number(cell).capitalize()} is not what you read: nothing was written. This is what it says now.",
                source=cell.source,
                sourceHash=cell.source_hash,
            )
        title = f"Change {number(cell)}" + (" and run it" if arguments.run else "")
        exact = Exact(
            tool=self.name,
            title=title,
            arguments=arguments.model_dump(),
            code=arguments.source,
            language=_language(view, cell.type),
            before=cell.source,
            target=_target(scope, view, cell.cell_id),
        )
        return Plan(exact=exact, data=arguments.model_dump(), risk=Risk.RUN if arguments.run else Risk.EDIT)

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        notebook, data = await scope.notebook(), plan.data
        change = await notebook.replace(
            cell_id=data["cell_id"], source=data["source"], expected_hash=data["expected_hash"]
        )
        written = {"id": change.cell_id, "number": change.position + 1, "hash": change.source_hash}
        summary = f"Changed cell {written['number']}"
        if not data["run"]:
            return Result(content=compact({"replaced": written}), summary=summary)
        return await _then_run(notebook, "replaced", written, data["source"], summary)


class RunCellArguments(Strict):
    cell_id: str = Field(description="Id of the cell.")


class RunCell:
    """Runs the source that was looked at, and no other."""

    name: ClassVar[str] = "run_cell"
    description: ClassVar[str] = (
        "Run a code cell of the notebook and get its outputs and its error. The person sees the code before it runs."
    )
    risk: ClassVar[Risk] = Risk.RUN
    Arguments: ClassVar[type[BaseModel]] = RunCellArguments

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:  # noqa: ARG002 - the port's signature
        view = await (await scope.notebook()).read([arguments.cell_id], outputs=False)
        cell = _find(view, arguments.cell_id)
        if cell.type != "code":
            raise ToolError("not-code", f"Only code cells can be run, and {number(cell)} is a {cell.type} cell.")
        exact = Exact(
            tool=self.name,
            title=f"Run {number(cell)}",
            arguments=arguments.model_dump(),
            code=cell.source,
            language=_language(view, cell.type),
            target=_target(scope, view, cell.cell_id),
        )
        return Plan(exact=exact, data={"cell_id": cell.cell_id, "source": cell.source, "number": cell.position + 1})

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        notebook, data = await scope.notebook(), plan.data
        execution = await notebook.run(cell_id=data["cell_id"], source=data["source"])
        cell = {"id": data["cell_id"], "number": data["number"], "hash": source_hash(data["source"])}
        content = compact({"cell": cell, "run": execution_json(execution)})
        return Result(
            content=content, status=run_status(execution), summary=had_run(execution, f"Cell {data['number']}")
        )


async def _then_run(notebook: Notebook, verb: str, written: dict[str, Any], source: str, summary: str) -> Result:
    """Run what was just written. If that is refused, the write still stands and is told."""
    try:
        execution = await notebook.run(cell_id=written["id"], source=source)
    except ToolError as error:
        status = "unknown" if error.reason == "unknown-outcome" else "refused"
        refused = {"status": status, "reason": error.reason, "detail": error.detail}
        content = compact({verb: written, "run": refused})
        ended: Status = "stopped" if error.reason == "stopped" else "failed"
        return Result(content=content, status=ended, summary=not_run(error, summary))
    before = f"{summary}; its run" if execution.interrupted else f"{summary} and"
    content = compact({verb: written, "run": execution_json(execution)})
    return Result(content=content, status=run_status(execution), summary=had_run(execution, before))


def _find(view: NotebookView, cell_id: str) -> Cell:
    for cell in view.cells:
        if cell.cell_id == cell_id:
            return cell
    raise ToolError("unknown-cell", f"There is no cell with the id {cell_id!r} any more. Read the notebook again.")


def _language(view: NotebookView, cell_type: str) -> str | None:
    if cell_type == "code":
        return view.language or "python"
    return "markdown" if cell_type == "markdown" else None


def _target(scope: Scope, view: NotebookView, cell_id: str) -> dict[str, Any]:
    return {"documentId": scope.binding.document_id, "path": view.path, "cellId": cell_id}
