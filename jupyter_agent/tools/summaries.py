"""One plain sentence for the person about what a tool has done; what the model reads is words.py's affair."""

from __future__ import annotations

from ..core.errors import ToolError
from ..core.kernel import Variable
from ..core.notebook import Execution, NotebookView
from ..core.person import clause, for_person, raised
from ..core.tool import Status


def was_read(view: NotebookView) -> str:
    """Such as "Read 5 cells of penguins.ipynb"."""
    return f"Read {counted(len(view.cells), 'cell')} of {view.path.rpartition('/')[2] or 'the notebook'}"


def was_listed(total: int) -> str:
    """Such as "Found 3 variables"."""
    return f"Found {counted(total, 'variable')}" if total else "The kernel holds no variables yet"


def was_described(variable: Variable) -> str:
    """Such as "penguins: 344 rows x 8 columns"."""
    return f"{variable.name}: {variable.summary or variable.type}"


def had_run(execution: Execution, before: str) -> str:
    """How a run ended, after `before`: "Inserted as cell 6 and ran in 0.3 s", or for a run alone "Cell 6 ran …"."""
    if execution.interrupted:
        return f"{before} was interrupted"
    if execution.status == "aborted":
        return f"{before} was stopped before it finished"
    if execution.error_name == "StdinNotImplementedError":
        return f"{before} ran: it asks for input, which only works when you run it yourself"
    if execution.status == "error":
        return f"{before} ran: {shortened(raised(execution.error_name or 'an error', execution.error_value))}"
    return f"{before} ran in {_seconds(execution.duration)}"


def not_run(error: ToolError, written: str) -> str:
    """What was written stands, and its run was refused; or it had started, and nobody knows more."""
    if error.reason == "unknown-outcome":
        return (
            "The cell was written and its run had started, and how it ended is not known. If the page was closed, a "
            "change that was not saved may be gone with it."
        )
    return f"{written}. It was not run: {clause(for_person(error))}."


def run_status(execution: Execution) -> Status:
    """How the call of a tool ended that ran this."""
    if execution.interrupted:
        return "stopped"
    return "done" if execution.status == "ok" else "failed"


def counted(number: int, one: str) -> str:
    """So many: "1 cell", "1,200 cells"."""
    return f"{number:,} {one if number == 1 else one + 's'}"


def shortened(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{max(seconds, 0.1):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
