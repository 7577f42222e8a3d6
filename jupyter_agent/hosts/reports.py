"""What a page says about itself and about its actions, as the protocol writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from ..core.errors import Invalid, ToolError
from ..core.notebook import Cell, CellType, Execution, NotebookView, Output
from ..core.shape import Shape, fit

Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Position = Annotated[int, Field(ge=0)]
Operation = Literal["read", "insert", "replace", "run", "interrupt"]

DOCUMENTS = 200
"""Open in one page."""
CELLS, OUTPUTS = 10_000, 20_000
"""In one report, whatever its bytes: each takes its time to be looked at."""


class DocumentReport(Shape):
    """One notebook that is open in a page."""

    document_id: Id
    path: str = Field(max_length=4096)
    kernel_id: str | None = Field(default=None, max_length=256)


class Registration(Shape):
    """PUT pages/{pageId}."""

    client_id: Id
    threads: list[Id] = Field(default_factory=list, max_length=1000)
    documents: list[DocumentReport] = Field(default_factory=list, max_length=DOCUMENTS)


class Ended(Shape):
    """How an action ended."""

    outcome: Literal["done", "refused", "failed", "missed"]


class Refused(Ended):
    """The page saw a reason not to do it; `source` and `source_hash` are a changed cell as it is now."""

    reason: str
    detail: str = ""
    """The page's own sentence."""
    source: str | None = None
    source_hash: str | None = None


class Failed(Ended):
    """The page tried and could not."""

    reason: str = "failed"
    detail: str = ""
    """The page's own sentence."""


class OutputReport(Shape):
    """One output of a cell."""

    kind: Literal["stream", "result", "display", "error"]
    text: str
    truncated: bool = False
    mime_types: list[str] = Field(default_factory=list)
    ename: str | None = None
    evalue: str | None = None

    def value(self) -> Output:
        """As the core has it."""
        return Output(
            kind=self.kind,
            text=self.text,
            truncated=self.truncated,
            mime_types=tuple(self.mime_types),
            error_name=self.ename,
            error_value=self.evalue,
        )


class CellReport(Shape):
    """One cell as it was at one read."""

    cell_id: str
    """Whatever the notebook's file calls it."""
    position: Position
    type: CellType
    source: str
    source_hash: str
    execution_count: int | None = None
    outputs: list[OutputReport] = Field(default_factory=list)
    running: bool = False

    def value(self) -> Cell:
        """As the core has it."""
        return Cell(
            cell_id=self.cell_id,
            position=self.position,
            type=self.type,
            source=self.source,
            source_hash=self.source_hash,
            execution_count=self.execution_count,
            running=self.running,
            outputs=tuple(output.value() for output in self.outputs),
        )


class NotebookReport(Shape):
    """A notebook as it was at one read."""

    path: str
    kernel_id: str | None = None
    kernel_status: str | None = None
    kernel_name: str | None = None
    language: str | None = None
    active_cell_id: str | None = None
    cells: list[CellReport]


class ReadDone(Ended):
    """The cells that were asked for."""

    notebook: NotebookReport

    def value(self) -> NotebookView:
        """As the core has it."""
        notebook = self.notebook
        return NotebookView(
            path=notebook.path,
            cells=tuple(cell.value() for cell in notebook.cells),
            kernel_id=notebook.kernel_id,
            kernel_name=notebook.kernel_name,
            kernel_status=notebook.kernel_status,
            language=notebook.language,
            active_cell_id=notebook.active_cell_id,
        )


class InsertDone(Ended):
    """The cell is there; `changed` is false where it was there before."""

    cell_id: str
    position: Position
    source_hash: str
    changed: bool = True


class ReplaceDone(Ended):
    """The cell has its new source; `before` is what it had."""

    cell_id: str
    position: Position
    source_hash: str
    before: str
    type: CellType = "code"


class ErrorReport(Shape):
    """The error that a cell's code raised."""

    ename: str
    evalue: str
    traceback: str = ""


class RunDone(Ended):
    """The cell has run."""

    cell_id: str
    execution_count: int | None = None
    status: Literal["ok", "error", "aborted"]
    outputs: list[OutputReport] = Field(default_factory=list)
    error: ErrorReport | None = None
    duration_ms: float = Field(default=0, ge=0)
    source_hash: str | None = None

    def value(self) -> Execution:
        """As the core has it."""
        return Execution(
            cell_id=self.cell_id,
            status=self.status,
            execution_count=self.execution_count,
            outputs=tuple(output.value() for output in self.outputs),
            error_name=self.error.ename if self.error else None,
            error_value=self.error.evalue if self.error else None,
            traceback=self.error.traceback if self.error else None,
            duration=self.duration_ms / 1000,
        )


class InterruptDone(Ended):
    """Whether the cell was still running and its kernel was interrupted."""

    interrupted: bool


_DONE: Mapping[str, type[Ended]] = {
    "read": ReadDone,
    "insert": InsertDone,
    "replace": ReplaceDone,
    "run": RunDone,
    "interrupt": InterruptDone,
}

Report = Ended | Refused | Failed | ReadDone | InsertDone | ReplaceDone | RunDone | InterruptDone
"""Whatever a page may report, for whoever describes it."""


def ended(operation: str, body: Mapping[str, Any]) -> Ended:
    """POST actions/{actionId}/result, in the shape that this operation has. Raises Invalid naming the field."""
    outcome = fit(Ended, body).outcome
    match outcome:
        case "done":
            shape = _DONE.get(operation)
            if shape is None:
                raise Invalid("field", f"outcome: {operation} is not an operation that can be done.", field="outcome")
            _measure(body)
            return fit(shape, body)
        case "refused":
            return fit(Refused, body)
        case "failed":
            return fit(Failed, body)
        case "missed":
            return Ended(outcome=outcome)


def _measure(body: Mapping[str, Any]) -> None:
    """Raises Invalid for a report with more in it than can be looked at. Other faults of its shape are found later."""
    notebook = body.get("notebook")
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    cells = cells if isinstance(cells, list) else []
    if len(cells) > CELLS:
        words = f"notebook.cells: a notebook of more than {CELLS} cells cannot be read."
        raise Invalid("field", words, field="notebook.cells")
    lists = [part.get("outputs") for part in (body, *cells) if isinstance(part, Mapping)]
    if sum(len(outputs) for outputs in lists if isinstance(outputs, list)) > OUTPUTS:
        raise Invalid("field", f"outputs: more than {OUTPUTS} outputs cannot be read at once.", field="outputs")


_SLUG, _WORDS = 60, 1000
"""Characters of a page's reason, and of its sentence, that are passed on."""
_REFUSALS: Mapping[str, str] = {
    "changed": "The cell was changed after you read it. Its present source is in the facts: decide anew.",
    "unknown-cell": "There is no cell with this id any more. Read the notebook again and use an id from there.",
    "no-kernel": "The notebook has no kernel, so nothing can be run. Ask the person to start one (Kernel menu).",
    "kernel-dead": "The kernel is dead, so nothing was run. Ask the person to restart it (Kernel menu).",
    "kernel-starting": "The kernel is still starting, so nothing was run. Try again in a moment.",
    "read-only": "The notebook cannot be changed. Ask the person to make it writable.",
}


def refusal(report: Refused) -> ToolError:
    """What a model is told when the page refuses."""
    if report.reason == "unknown-document":
        return ToolError("no-notebook", "The notebook has been closed. Ask the person to open it again.")
    facts = {
        name: value
        for name, value in (("source", report.source), ("sourceHash", report.source_hash))
        if value is not None
    }
    own = f"The page refused, and nothing was done: {_sentence(report)}"
    return ToolError(report.reason[:_SLUG], _REFUSALS.get(report.reason, own), **facts)


def failure(report: Failed) -> ToolError:
    """What a model is told when the page tried and could not."""
    return ToolError(report.reason[:_SLUG], f"The page tried, and could not: {_sentence(report)}")


def _sentence(report: Refused | Failed) -> str:
    return (report.detail or f"{report.reason}.")[:_WORDS]
