"""Explaining an error: what it means, what was probably meant, and the mended cell."""

from __future__ import annotations

import ast
import builtins
import re
from typing import Any

from .cells import failure, report, settled
from .look import error_of
from .mending import closest, subscripted, with_key, with_name
from .reading import defined
from .steps import Say, Skill, ask, code, fence, joined, regret, use

_PACKAGES = {
    "sklearn": "scikit-learn",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "skimage": "scikit-image",
    "dotenv": "python-dotenv",
    "dateutil": "python-dateutil",
    "Crypto": "pycryptodome",
    "serial": "pyserial",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "fitz": "pymupdf",
    "git": "gitpython",
    "umap": "umap-learn",
    "attr": "attrs",
    "jwt": "pyjwt",
    "MySQLdb": "mysqlclient",
    "psycopg2": "psycopg2-binary",
    "OpenSSL": "pyopenssl",
    "usb": "pyusb",
    "win32api": "pywin32",
    "wx": "wxpython",
    "igraph": "igraph",
    "ruamel": "ruamel.yaml",
    "google.protobuf": "protobuf",
}
_ALIASES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "pl": "import polars as pl",
    "px": "import plotly.express as px",
    "tf": "import tensorflow as tf",
    **{
        module: f"import {module}"
        for module in ("math", "os", "sys", "re", "json", "random", "time", "datetime", "csv")
    },
    **{
        module: f"import {module}"
        for module in ("itertools", "collections", "functools", "pathlib", "statistics", "glob")
    },
    "Path": "from pathlib import Path",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
}
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


def explain(tools: frozenset[str]) -> Skill:
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
    match name:
        case "NameError" | "UnboundLocalError":
            yield from _name_error(cell, cells, value, tools)
        case "KeyError":
            yield from _key_error(cell, value, tools)
        case "AttributeError":
            yield from _attribute_error(cell, value, tools)
        case "ModuleNotFoundError":
            yield from _missing_module(cell, value)
        case _:
            yield Say(text=_plainly(cell, name, value, error["text"]))


def _last_failed(cells: list[dict[str, Any]], active: str | None) -> dict[str, Any] | None:
    """The failed cell that the person is in, else the one that was run last."""
    failed = [cell for cell in cells if error_of(cell) is not None]
    for cell in failed:
        if cell["id"] == active:
            return cell
    return max(failed, key=lambda cell: (cell.get("executionCount") or 0, cell["number"]), default=None)


def _name_error(cell: dict[str, Any], cells: list[dict[str, Any]], value: str, tools: frozenset[str]) -> Skill:
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
        yield from _run_first(makers[0], tools)
        return
    live = yield from ask("list_variables")
    known = [item["name"] for item in live.get("variables", ())] if live is not None else []
    meant = closest(missing, [*known, *dir(builtins)])
    if missing in _ALIASES and meant not in known:
        line = _ALIASES[missing]
        yield Say(text=f"{what} It is usually made by {code(line)}, which has not been run.")
        yield from _mend(cell, f"{line}\n{cell['source']}", tools)
    elif meant is not None:
        yield Say(text=f"{what} Did you mean {code(meant)}?")
        yield from _mend(cell, with_name(cell["source"], missing, meant), tools)
    else:
        yield Say(text=f"{what} No cell defines it, and nothing in the kernel is called nearly so.")


def _run_first(cell: dict[str, Any], tools: frozenset[str]) -> Skill:
    if "run_cell" not in tools:
        return
    outcome = yield from use("run_cell", cell_id=cell["id"])
    if outcome.status != "done":
        yield Say(text=regret(outcome))
    elif failure(outcome.data) is not None:
        yield Say(text=report(outcome.data))
    else:
        yield Say(text=f"Cell {cell['number']} has been run. Run the failed cell again, and it should find the name.")


def _key_error(cell: dict[str, Any], value: str, tools: frozenset[str]) -> Skill:
    wanted = _literal(value)
    live = yield from ask("list_variables")
    items = live.get("variables", []) if live is not None else []
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
    yield from _mend(cell, with_key(cell["source"], wanted, meant), tools)


def _attribute_error(cell: dict[str, Any], value: str, tools: frozenset[str]) -> Skill:
    found = re.search(r"has no attribute '([^']+)'", value)
    live = yield from ask("list_variables")
    items = live.get("variables", []) if live is not None else []
    columns = [key for item in items if item["kind"] == "table" for key in _keys(item)]
    meant = closest(found.group(1), columns) if found and "DataFrame" in value else None
    if found is None or meant is None:
        yield Say(text=_plainly(cell, "AttributeError", value, ""))
        return
    asked = code(found.group(1))
    yield Say(text=f"Cell {cell['number']} asks a table for {asked}. Did you mean its column {code(meant)}?")
    yield from _mend(cell, re.sub(rf"\.{re.escape(found.group(1))}\b", f".{meant}", cell["source"]), tools)


def _missing_module(cell: dict[str, Any], value: str) -> Skill:
    found = re.search(r"No module named '([^']+)'", value)
    module = found.group(1) if found else value
    root = module.split(".")[0]
    package = _PACKAGES.get(module) or _PACKAGES.get(root) or root
    other = f" The module {code(root)} comes with the package {code(package)}." if package != root else ""
    number, command = cell["number"], fence(f"%pip install {package}", "python")
    yield Say(text=f"Cell {number} imports {code(module)}, which is not installed where this kernel runs.{other}")
    yield Say(text=f"To install it, run this in a cell, then run cell {number} again:\n\n{command}")


def _mend(cell: dict[str, Any], source: str, tools: frozenset[str]) -> Skill:
    """Propose the mended cell and run it."""
    if source == cell["source"]:
        yield Say(text="The cell has been changed since it failed. Run it again to see whether it is right now.")
        return
    if "replace_cell" not in tools:
        yield Say(text=f"I may only read in this mode, so here is the mended cell:\n\n{fence(source, 'python')}")
        return
    outcome = yield from use("replace_cell", cell_id=cell["id"], source=source, expected_hash=cell["hash"], run=True)
    done = yield from settled(outcome)
    if done is None:
        return
    if failure(done) is None and done.get("run", {}).get("status") == "ok":
        yield Say(text="That was it. " + report(done))
    else:
        yield Say(text=report(done))


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
    said = f"Cell {cell['number']} failed with {code(name)}" + (f": {value}" if value else ".")
    meaning = _MEANINGS.get(name, "")
    line = re.findall(r"^-+> *\d+ (.*)$", text, re.MULTILINE)
    where = f"\n\nIt happened in this line:\n\n{fence(line[0].strip(), 'python')}" if line and line[0].strip() else ""
    return f"{said}\n\n{meaning}{where}".strip()
