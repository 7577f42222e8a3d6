"""Explaining an error: what it means, what was probably meant, and the mended cell."""

from __future__ import annotations

import ast
import builtins
import re
from typing import Any

from ...core.person import line_of, raised
from .cells import escaped, report, well
from .look import error_of
from .mending import closest, subscripted, with_key, with_name
from .modules import ALIASES, missing_module
from .reading import assigned, defined
from .replacing import mend
from .steps import Here, Say, Skill, ask, code, joined, regret, use

_OF_THE_KERNEL = frozenset({"NameError", "UnboundLocalError", "KeyError", "AttributeError"})
"""What these were about has gone with the kernel that raised them."""
_MEANINGS = {
    "SyntaxError": "Python could not read the code: something is missing or out of place near the marked spot.",
    "IndentationError": "The lines are not indented alike: check the spaces at their beginnings.",
    "TypeError": "A value has another type than the operation or the function expects.",
    "ValueError": "A value has the right type but cannot be used there.",
    "IndexError": "The code asks for a position that the sequence does not have.",
    "ZeroDivisionError": "Something is divided by zero.",
    "FileNotFoundError": "There is no file at that path. Paths begin at the notebook's own folder.",
    "AttributeError": "The object has nothing of that name.",
    "ImportError": "The module is there, but not what is imported from it.",
    "PermissionError": "The file or folder may not be used that way.",
    "MemoryError": "The kernel ran out of memory.",
    "RecursionError": "A function calls itself without coming to an end.",
    "KeyboardInterrupt": "The run was stopped by hand.",
    "AssertionError": "A condition that the code insists on does not hold.",
    "StdinNotImplementedError": "The code asks for input with `input()`, which only works when you run it yourself.",
}


def explain(here: Here) -> Skill:
    """Explain the error that was met last, and propose the mended cell where that is plain."""
    notebook = yield from ask("read_notebook")
    if notebook is None:
        return
    cells: list[dict[str, Any]] = notebook.get("cells", [])
    cell = _last_failed(cells, notebook.get("activeCellId"))
    if cell is None:
        yield Say(text="No cell of this notebook shows an error.")
        return
    if cell.get("sourceTruncated"):
        whole = yield from ask("read_cells", cell_ids=[cell["id"]])
        if whole is None:
            return
        cell = {**cell, **whole["cells"][0]}
    error = error_of(cell) or {"name": "", "value": "", "text": ""}
    name, value = str(error["name"]), str(error.get("value") or "")
    if cell.get("executionCount") is None:
        yield Say(
            text=f"This error is from before the kernel was restarted: cell {cell['number']} has not been run since."
        )
        if name in _OF_THE_KERNEL:
            yield Say(text=f"{_plainly(cell, name, value, '')}\n\nRun the cell again to see whether it still fails.")
            return
    items: list[dict[str, Any]] = []
    if name in _OF_THE_KERNEL:
        live = yield from ask("list_variables")
        items = live.get("variables", []) if live is not None else []
        if live is not None and not items and _has_forgotten(cells):
            yield Say(
                text="The kernel holds nothing now, so this error is from before it was restarted. Run the cells above "
                f"cell {cell['number']} and then that cell again.\n\n{_plainly(cell, name, value, '')}"
            )
            return
    match name:
        case "NameError" | "UnboundLocalError":
            yield from _name_error(cell, cells, value, items, here)
        case "KeyError":
            yield from _key_error(cell, value, items, here)
        case "AttributeError":
            yield from _attribute_error(cell, value, items, here)
        case "ModuleNotFoundError":
            yield from missing_module(cell, value, here)
        case _:
            yield Say(text=_plainly(cell, name, value, error["text"]))


def _last_failed(cells: list[dict[str, Any]], active: str | None) -> dict[str, Any] | None:
    """The failed cell that the person is in, else the one that was run last."""
    failed = [cell for cell in cells if error_of(cell) is not None]
    for cell in failed:
        if cell["id"] == active:
            return cell
    return max(failed, key=lambda cell: (cell.get("executionCount") or 0, cell["number"]), default=None)


def _has_forgotten(cells: list[dict[str, Any]]) -> bool:
    """Whether an empty kernel has forgotten something: names that cells have once made."""
    ran = [cell for cell in cells if cell.get("executionCount") is not None and error_of(cell) is None]
    return any(cell["type"] == "code" and assigned(cell["source"]) for cell in ran)


def _name_error(
    cell: dict[str, Any], cells: list[dict[str, Any]], value: str, items: list[dict[str, Any]], here: Here
) -> Skill:
    found = re.search(r"(?:name|variable) '([^']+)'", value)
    if found is None:
        yield Say(text=_plainly(cell, "NameError", value, ""))
        return
    missing = found.group(1)
    what = f"Cell {cell['number']} uses the name {code(missing)}, which the kernel does not know."
    others = [other for other in cells if other["type"] == "code" and other["id"] != cell["id"]]
    makers = [other for other in others if missing in defined(other["source"])]
    if makers:
        yield Say(text=f"{what} Cell {makers[0]['number']} gives it that name: it has to be run first.")
        yield from _run_first(makers[0], here)
        return
    known = [item["name"] for item in items]
    meant = closest(missing, [*known, *dir(builtins)])
    if missing in ALIASES and meant not in known:
        line = ALIASES[missing]
        yield Say(text=f"{what} It is usually made by {code(line)}, which has not been run.")
        yield from mend(cell, f"{line}\n{cell['source']}", here)
    elif meant is not None:
        yield Say(text=f"{what} Did you mean {code(meant)}?")
        yield from mend(cell, with_name(cell["source"], missing, meant), here)
    else:
        yield Say(text=f"{what} No cell defines it, and nothing in the kernel is called nearly so.")


def _run_first(cell: dict[str, Any], here: Here) -> Skill:
    if "run_cell" not in here.tools:
        return
    outcome = yield from use("run_cell", cell_id=cell["id"])
    if not well(outcome.data):
        yield Say(text=report(outcome.data) if outcome.data.get("run") else regret(outcome))
    else:
        yield Say(text=f"Cell {cell['number']} has been run. Run the failed cell again, and it should find the name.")


def _key_error(cell: dict[str, Any], value: str, items: list[dict[str, Any]], here: Here) -> Skill:
    wanted = _literal(value)
    holder = subscripted(cell["source"], wanted)
    what = f"Cell {cell['number']} asks for {code(wanted)}, which is not there."
    if not isinstance(wanted, str):
        yield Say(text=f"{what} {_keys_of(holder, items)}".strip())
        return
    where = [item for item in items if item["name"] == holder] or items
    meant = closest(wanted, [key for item in where for key in _keys(item)])
    if meant is None:
        yield Say(text=f"{what} {_keys_of(holder, items)}".strip())
        return
    owner = next((item["name"] for item in where if meant in _keys(item)), None)
    yield Say(text=f"{what} {code(owner)} has {code(meant)}; that is probably what you meant.")
    yield from mend(cell, with_key(cell["source"], wanted, meant), here)


def _attribute_error(cell: dict[str, Any], value: str, items: list[dict[str, Any]], here: Here) -> Skill:
    found = re.search(r"has no attribute '([^']+)'", value)
    columns = [key for item in items if item["kind"] == "table" for key in _keys(item)]
    meant = closest(found.group(1), columns) if found and "DataFrame" in value else None
    if found is None or meant is None:
        yield Say(text=_plainly(cell, "AttributeError", value, ""))
        return
    asked = code(found.group(1))
    yield Say(text=f"Cell {cell['number']} asks a table for {asked}. Did you mean its column {code(meant)}?")
    yield from mend(cell, re.sub(rf"\.{re.escape(found.group(1))}\b", f".{meant}", cell["source"]), here)


def _keys(item: dict[str, Any]) -> list[str]:
    details = item.get("details", {})
    names = [column["name"] for column in details.get("columns", ())] + list(details.get("keys", ()))
    return [name for name in names if isinstance(name, str)]


def _keys_of(holder: str | None, items: list[dict[str, Any]]) -> str:
    for item in items:
        if item["name"] == holder and _keys(item):
            return f"{code(holder)} has {joined([code(key) for key in _keys(item)])}."
    return ""


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _plainly(cell: dict[str, Any], name: str, value: str, text: str) -> str:
    said = f"Cell {cell['number']} raised {escaped(raised(name, value))}"
    meaning = _MEANINGS.get(name, "")
    line = _line(cell, value, text)
    where = f"\n\nIt happened in this line: {code(line.strip())}" if line.strip() else ""
    return f"{said}\n\n{meaning}{where}".strip()


def _line(cell: dict[str, Any], value: str, text: str) -> str:
    """The line of the cell that the error is about."""
    at = line_of(value)
    lines = cell["source"].splitlines()
    if at is not None:
        return lines[at - 1].strip() if 1 <= at <= len(lines) else ""
    marked = re.findall(r"^-+> *\d+ (.*)$", text, re.MULTILINE)
    return marked[0].strip() if marked else ""
