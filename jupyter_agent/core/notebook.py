"""The notebook as the agent sees it: cells by id, guarded writes, results that were read back.

Three hosts implement the `Notebook` port: the page that has it open, the collaboration document, the file. Which one it
is does not matter to a tool.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ag_ui.core import BaseEvent

CellType = Literal["code", "markdown", "raw"]

WRITES = frozenset({"insert", "replace", "run"})
"""Operations of a page that leave something behind, in the notebook or in the kernel."""


def source_hash(source: str) -> str:
    """Names one exact text: "sha256:" and 64 hexadecimal digits over its UTF-8 bytes."""
    return "sha256:" + hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output of a cell, as text for a model."""

    kind: Literal["stream", "result", "display", "error"]
    text: str
    """Plain text without ANSI codes, cut to the budget of the read."""
    truncated: bool = False
    mime_types: tuple[str, ...] = ()
    """What the output also is, e.g. "image/png"."""
    error_name: str | None = None
    error_value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell as it was at one read."""

    cell_id: str
    position: int
    """0 for the first cell of the page. For people: add one."""
    type: CellType
    source: str
    source_hash: str
    execution_count: int | None = None
    running: bool = False
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookView:
    """A whole notebook, or the cells that were asked for, at one moment."""

    path: str
    cells: tuple[Cell, ...]
    kernel_id: str | None = None
    kernel_name: str | None = None
    kernel_status: str | None = None
    """Jupyter's word: "idle", "busy", "dead", "starting" …; "forbidden" where there may be one that is not for this
    person; None without a kernel."""
    language: str | None = None
    active_cell_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write that took effect, with both sides, so that undo and review are data."""

    kind: Literal["insert", "replace"]
    path: str
    cell_id: str
    position: int
    type: CellType
    before: dict[str, Any] | None
    """The cell as {type, source, metadata, outputs}; None where there was no cell."""
    after: dict[str, Any] | None
    source_hash: str
    """Hash of what was read back after the write."""
    changed: bool = True
    """False where the write found its effect already there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How one run of one cell ended."""

    cell_id: str
    status: Literal["ok", "error", "aborted"]
    execution_count: int | None
    outputs: tuple[Output, ...]
    error_name: str | None = None
    error_value: str | None = None
    traceback: str | None = None
    duration: float = 0.0
    """Seconds."""
    interrupted: bool = False
    """We were told to stop while it ran, and it did not end well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The document that a run came from; the run acts on this one and on no other."""

    page_id: str | None = None
    document_id: str | None = None
    path: str | None = None
    active_cell_id: str | None = None
    selection: str | None = None


class Notebook(Protocol):
    """One notebook, open somewhere. Writes are carried out once, and success is said only after reading back.

    Every method raises ToolError: "no-notebook" (none is open, or it is gone), "unknown-cell", "changed" (the cell is
    not what `expected_hash` names; facts hold `source` and `sourceHash` as they are now), "no-kernel", "kernel-dead",
    "unreachable" (the page that holds it does not answer), "unknown-outcome" (it may or may not have happened).

    A write that is cancelled while it is carried out still returns, or raises, how it ended, where that is known within
    a moment. Whatever is begun after that raises ToolError "stopped".
    """

    async def read(
        self, cell_ids: list[str] | None = None, *, outputs: bool = True, output_limit: int = 2000
    ) -> NotebookView:
        """All cells, or those asked for in page order; at most `output_limit` characters of output text per cell."""
        ...

    async def insert(self, *, cell_id: str, type: CellType, source: str, after: str | None) -> Change:
        """A new cell with this id after cell `after`, or at the end. An id that exists is not inserted again."""
        ...

    async def replace(self, *, cell_id: str, source: str, expected_hash: str) -> Change:
        """The cell's whole source, if it still is what `expected_hash` names."""
        ...

    async def run(self, *, cell_id: str, source: str) -> Execution:
        """Execute exactly `source`, if that still is the cell's source. Cancelling interrupts the kernel."""
        ...


class Channel(Protocol):
    """What a host needs of a run: whose it is, and a way to say something on its stream."""

    @property
    def owner(self) -> str: ...

    @property
    def run_id(self) -> str: ...

    async def emit(self, event: BaseEvent) -> None:
        """Returns when the event is committed to the log."""
        ...


class Hosts(Protocol):
    """Finds the host that holds a notebook."""

    async def open(self, channel: Channel, binding: Binding) -> Notebook:
        """The notebook that the run came from; never a guess. Raises ToolError "no-notebook" naming the candidates."""
        ...
