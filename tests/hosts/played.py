"""A notebook page played in Python: it carries out actions by the rules of the wire, on cells in a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jupyter_agent.core.notebook import source_hash


@dataclass
class PlayedCell:
    cell_id: str
    source: str
    type: str = "code"
    count: int | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list)

    def report(self, position: int) -> dict[str, Any]:
        return {
            "cellId": self.cell_id,
            "position": position,
            "type": self.type,
            "source": self.source,
            "sourceHash": source_hash(self.source),
            "executionCount": self.count,
            "outputs": self.outputs,
            "running": False,
        }


class PlayedNotebook:
    """One open notebook. `execute` says what running a source puts out; `ran` holds every source that was executed."""

    def __init__(self, path: str = "penguins.ipynb", *sources: str, kernel: str | None = "idle") -> None:
        self.path = path
        self.kernel = kernel
        self.kernel_id = "kernel-1"
        self.cells = [PlayedCell(f"cell-{at}", source) for at, source in enumerate(sources, 1)]
        self.ran: list[str] = []
        self.interrupted = 0
        self.execute: Callable[[str], list[dict[str, Any]]] = lambda source: [
            {"kind": "result", "text": f"<{source}>", "truncated": False, "mimeTypes": ["text/plain"]}
        ]

    def perform(self, action: dict[str, Any]) -> dict[str, Any]:
        """The result that a page reports for this action."""
        given = action["arguments"]
        match action["operation"]:
            case "read":
                return self._read(given)
            case "insert":
                return self._insert(given)
            case "interrupt":
                self.interrupted += 1
                return {"outcome": "done", "interrupted": True}
            case _:
                return self._on_cell(action, given)

    def _on_cell(self, action: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        at = self._find(given["cellId"])
        if at is None:
            return {"outcome": "refused", "reason": "unknown-cell"}
        cell = self.cells[at]
        if source_hash(cell.source) != action["expectedHash"]:
            return {
                "outcome": "refused",
                "reason": "changed",
                "source": cell.source,
                "sourceHash": source_hash(cell.source),
            }
        return self._replace(cell, at, given) if action["operation"] == "replace" else self._run(cell, given)

    def source(self, cell_id: str) -> str:
        at = self._find(cell_id)
        assert at is not None
        return self.cells[at].source

    def _find(self, cell_id: str | None) -> int | None:
        return next((at for at, cell in enumerate(self.cells) if cell.cell_id == cell_id), None)

    def _read(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = given["cellIds"]
        if any(self._find(cell_id) is None for cell_id in wanted or ()):
            return {"outcome": "refused", "reason": "unknown-cell"}
        cells = [cell.report(at) for at, cell in enumerate(self.cells) if wanted is None or cell.cell_id in wanted]
        notebook = {
            "path": self.path,
            "kernelId": self.kernel_id if self.kernel else None,
            "kernelStatus": self.kernel,
            "kernelName": "python3" if self.kernel else None,
            "language": "python",
            "activeCellId": None,
            "cells": cells,
        }
        return {"outcome": "done", "notebook": notebook}

    def _insert(self, given: dict[str, Any]) -> dict[str, Any]:
        there = self._find(given["cellId"])
        if there is None:
            after = len(self.cells) - 1 if given["afterCellId"] is None else self._find(given["afterCellId"])
            if after is None:
                return {"outcome": "refused", "reason": "unknown-cell"}
            self.cells.insert(after + 1, PlayedCell(given["cellId"], given["source"], given["type"]))
        at = self._find(given["cellId"])
        assert at is not None
        return {
            "outcome": "done",
            "cellId": given["cellId"],
            "position": at,
            "sourceHash": source_hash(self.cells[at].source),
            "changed": there is None,
        }

    def _replace(self, cell: PlayedCell, at: int, given: dict[str, Any]) -> dict[str, Any]:
        before, cell.source = cell.source, given["source"]
        return {
            "outcome": "done",
            "cellId": cell.cell_id,
            "position": at,
            "sourceHash": source_hash(cell.source),
            "before": before,
            "type": cell.type,
        }

    def _run(self, cell: PlayedCell, given: dict[str, Any]) -> dict[str, Any]:
        if self.kernel is None:
            return {"outcome": "refused", "reason": "no-kernel"}
        if self.kernel == "dead":
            return {"outcome": "refused", "reason": "kernel-dead"}
        self.ran.append(given["source"])
        cell.count = len(self.ran)
        cell.outputs = self.execute(given["source"])
        return {
            "outcome": "done",
            "cellId": cell.cell_id,
            "executionCount": cell.count,
            "status": "ok",
            "outputs": cell.outputs,
            "error": None,
            "durationMs": 12.5,
            "sourceHash": source_hash(cell.source),
        }
