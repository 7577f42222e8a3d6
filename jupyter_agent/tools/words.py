"""How tools put things: what a model reads, as compact JSON, and what a person reads, as one plain sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ..core.notebook import Cell, Execution, NotebookView, Output

RUN_BUDGET = 8_000
"""Characters of output text that a model is told of one run of a cell."""
TRACEBACK_BUDGET = 4_000


def compact(value: Any) -> str:
    """JSON text without needless spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cut(text: str, budget: int) -> tuple[str, bool]:
    """The text within `budget` characters: its beginning and its end, with a mark between, if it is too long."""
    if len(text) <= budget:
        return text, False
    tail = budget // 4
    left_out = len(text) - budget
    return f"{text[: budget - tail]}\n[… {left_out} characters left out …]\n{text[len(text) - tail :]}", True


def number(cell: Cell) -> str:
    """A cell as a person counts: "cell 3"."""
    return f"cell {cell.position + 1}"


def cell_json(cell: Cell, source_budget: int) -> dict[str, Any]:
    """One cell for a model. `number` counts from one, as people do."""
    source, truncated = cut(cell.source, source_budget)
    value: dict[str, Any] = {
        "id": cell.cell_id,
        "number": cell.position + 1,
        "type": cell.type,
        "source": source,
        "hash": cell.source_hash,
    }
    if truncated:
        value["sourceTruncated"] = True
    if cell.type == "code":
        value["executionCount"] = cell.execution_count
    if cell.running:
        value["running"] = True
    if cell.outputs:
        value["outputs"] = [output_json(output, output.text) for output in cell.outputs]
    return value


def view_json(view: NotebookView, source_budget: int) -> dict[str, Any]:
    """A notebook, or some of its cells, for a model."""
    return {
        "path": view.path,
        "language": view.language,
        "kernel": {"name": view.kernel_name, "status": view.kernel_status} if view.kernel_id else None,
        "activeCellId": view.active_cell_id,
        "cells": [cell_json(cell, source_budget) for cell in view.cells],
    }


def output_json(output: Output, text: str) -> dict[str, Any]:
    """One output for a model, with `text` standing for its text."""
    value: dict[str, Any] = {"kind": output.kind, "text": text}
    if output.truncated or text != output.text:
        value["truncated"] = True
        if not output.truncated:
            value["lines"] = len(output.text.rstrip("\n").splitlines())
    if output.mime_types:
        value["mimeTypes"] = list(output.mime_types)
    if output.error_name is not None:
        value["error"] = {"name": output.error_name, "value": output.error_value}
    return value


def outputs_json(outputs: Sequence[Output], budget: int = RUN_BUDGET) -> list[dict[str, Any]]:
    """Outputs for a model, within `budget` characters of text all together."""
    told = []
    for output in outputs:
        text, _ = cut(output.text, max(budget, 200))
        budget -= len(text)
        told.append(output_json(output, text))
    return told


def execution_json(execution: Execution) -> dict[str, Any]:
    """How a run of a cell ended, for a model."""
    value: dict[str, Any] = {
        "status": execution.status,
        "executionCount": execution.execution_count,
        "seconds": round(execution.duration, 3),
        "outputs": outputs_json([output for output in execution.outputs if output.kind != "error"]),
    }
    if execution.error_name is not None:
        traceback, _ = cut(execution.traceback or "", TRACEBACK_BUDGET)
        value["error"] = {"name": execution.error_name, "value": execution.error_value, "traceback": traceback}
    if execution.error_name == "StdinNotImplementedError":
        value["note"] = (
            "The code asked the person for input, which is not possible in a cell that the assistant runs. "
            "Put the value into the code, or ask the person to run this cell."
        )
    if execution.interrupted:
        value["note"] = "The run was interrupted when the person stopped the answer, or when the server shut down."
    elif execution.status == "aborted":
        value["note"] = "The run was stopped before it finished."
    return value


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Names for a sentence: "a, b, c and 4 more"."""
    every = list(names)
    if len(every) <= limit:
        return ", ".join(every)
    return f"{', '.join(every[:limit])} and {len(every) - limit} more"
