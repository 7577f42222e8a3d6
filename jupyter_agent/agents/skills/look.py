"""Looking: at the notebook as a whole, at the kernel's variables, at one of them."""

from __future__ import annotations

import difflib
import re
from typing import Any

from .reading import headings, what_it_does
from .steps import Say, Skill, ask, code, count, fence, joined

CELLS = 40
"""So many cells are told one by one."""
_LESSER = ("module", "function", "class")


def summarise() -> Skill:
    """What the notebook holds, cell by cell, and in what state it is."""
    notebook = yield from ask("read_notebook")
    if notebook is None:
        return
    cells: list[dict[str, Any]] = notebook.get("cells", [])
    if not cells:
        yield Say(text="This notebook is empty.")
        return
    code_cells = [cell for cell in cells if cell["type"] == "code"]
    texts = [cell for cell in cells if cell["type"] == "markdown"]
    name = str(notebook.get("path", "")).rpartition("/")[2]
    yield Say(
        text=f"**{name or 'This notebook'}** has {count(len(cells), 'cell')}: "
        f"{len(code_cells)} of code and {len(texts)} of text."
    )
    titles = [title for cell in texts for title in headings(cell["source"])]
    if titles:
        yield Say(
            text="Its headings:\n\n" + "\n".join(f"{'  ' * (level - 1)}- {title}" for level, title in titles[:CELLS])
        )
    rows = [
        f"- **Cell {cell['number']}** ({state(cell)}): {what_it_does(cell['source'])}" for cell in code_cells[:CELLS]
    ]
    if rows:
        more = f"\n- … and {len(code_cells) - CELLS} more" if len(code_cells) > CELLS else ""
        yield Say(text="The code:\n\n" + "\n".join(rows) + more)
        yield Say(text=_tally(code_cells))


def state(cell: dict[str, Any]) -> str:
    """What has become of a code cell, in a few words."""
    error = error_of(cell)
    if cell.get("running"):
        return "running"
    if error is not None:
        return f"failed with {error['name']}"
    if not cell["source"].strip():
        return "empty"
    return "not run" if cell.get("executionCount") is None else "run"


def error_of(cell: dict[str, Any]) -> dict[str, Any] | None:
    """The error among a cell's outputs: {name, value, text}."""
    for output in cell.get("outputs", ()):
        if "error" in output:
            return {**output["error"], "text": output.get("text", "")}
    return None


def _tally(cells: list[dict[str, Any]]) -> str:
    states = [state(cell) for cell in cells]
    failed = [f"cell {cell['number']}" for cell, what in zip(cells, states, strict=True) if what.startswith("failed")]
    waiting = [f"cell {cell['number']}" for cell, what in zip(cells, states, strict=True) if what == "not run"]
    done = states.count("run") + len(failed)
    if done == 0:
        return "No code cell has been run yet."
    if done == len(cells):
        every = {1: "Its code cell has", 2: "Both code cells have"}.get(done, f"All {done} code cells have")
        words = f"{every} been run."
    else:
        words = f"{done} of {len(cells)} code cells {'has' if done == 1 else 'have'} been run."
    if failed:
        words += f" {joined(failed).capitalize()} failed: say **explain the last error** and I will look at it."
    if waiting:
        words += f" Not run yet: {joined(waiting)}."
    return words


def variables() -> Skill:
    """What the kernel holds."""
    found = yield from ask("list_variables")
    if found is None:
        return
    items: list[dict[str, Any]] = found.get("variables", [])
    main = [item for item in items if item["kind"] not in _LESSER]
    if not items:
        yield Say(text="The kernel holds no variables yet. Run your cells and ask me again.")
        return
    if main:
        rows = "\n".join(f"| {code(item['name'])} | {item['type']} | {_short(item['summary'])} |" for item in main[:60])
        more = f"\n\n… and {len(main) - 60} more." if len(main) > 60 else ""
        held = f"The kernel holds {count(len(main), 'variable')}:"
        yield Say(text=f"{held}\n\n| Name | Type | What |\n| --- | --- | --- |\n{rows}{more}")
    for kind, many in (("module", "Modules"), ("function", "Functions"), ("class", "Classes")):
        names = [code(item["name"]) for item in items if item["kind"] == kind]
        if names:
            yield Say(text=f"{many}: {joined(names)}.")


def describe(name: str) -> Skill:
    """One variable, found even if it is a little misspelt; or a column of that name."""
    found = yield from ask("list_variables")
    if found is None:
        return
    items: list[dict[str, Any]] = found.get("variables", [])
    known = {item["name"]: item for item in items}
    match = _match(name, list(known))
    if match is None:
        yield from _describe_column(name, items)
        return
    if match != name:
        yield Say(text=f"There is no {code(name)}; I take it you mean {code(match)}.")
    closely = yield from ask("describe_variable", name=match)
    if closely is not None:
        yield Say(text=told(closely.get("variable", {})))


def _describe_column(name: str, items: list[dict[str, Any]]) -> Skill:
    for item in items:
        for column in item["details"].get("columns", ()):
            if str(column["name"]).lower() == name.lower():
                yield Say(
                    text=f"{code(column['name'])} is a column of {code(item['name'])}, of type {column['dtype']}. "
                    f"Say `plot {column['name']}` to see it, or `profile {item['name']}` for the whole table."
                )
                return
    columns = [str(column["name"]) for item in items for column in item["details"].get("columns", ())]
    close = difflib.get_close_matches(name, [*(item["name"] for item in items), *columns], n=3, cutoff=0.5)
    hint = (
        f"Close to it: {joined([code(other) for other in close])}." if close else "Say **list variables** to see all."
    )
    yield Say(text=f"The kernel holds nothing named {code(name)}. {hint}")


def told(variable: dict[str, Any]) -> str:
    """A variable in words and tables."""
    details = variable.get("details", {})
    head = f"{code(variable.get('name', ''))} is of type {code(variable.get('type', ''))}"
    head += f": {_short(variable['summary'], 400)}." if variable.get("summary") else "."
    columns = details.get("columns")
    if columns:
        has_missing = any("missing" in column for column in columns)
        top = "| Column | Type | Missing |\n| --- | --- | --- |" if has_missing else "| Column | Type |\n| --- | --- |"
        rows = [_row(column, has_missing) for column in columns]
        more = details.get("columnCount", 0) - len(columns)
        return f"{head}\n\n{top}\n" + "\n".join(rows) + (f"\n\n… and {more} more columns." if more > 0 else "")
    if "mean" in details:
        head += f" Smallest {details['min']}, largest {details['max']}, mean {details['mean']:.6g}."
    if details.get("missing"):
        head += f" {count(details['missing'], 'value is', 'values are')} missing."
    keys = details.get("keys")
    if keys:
        head += f" Keys: {joined([code(key) for key in keys])}."
    elif details.get("first"):
        head += "\n\nIt begins with:\n\n" + fence("\n".join(str(item) for item in details["first"]))
    return head


def name_in(words: str) -> str | None:
    """The variable's name in the words after "describe" or "what is"."""
    words = words.strip().rstrip("?.! ")
    ticked = re.search(r"[`'\"\u201c\u2018]([^`'\"\u201d\u2019]+)[`'\"\u201d\u2019]", words)
    if ticked:
        return ticked.group(1).strip()
    tokens = words.split()
    if len(tokens) == 1 and re.fullmatch(r"[^\W\d]\w*", tokens[0]):
        return tokens[0]
    named = [
        token for token in tokens if re.fullmatch(r"[^\W\d]\w*", token) and ("_" in token or token != token.lower())
    ]
    if len(named) == 1:
        return named[0]
    return tokens[0] if len(tokens) == 2 and tokens[1] in ("variable", "dataframe", "table") else None


def _match(name: str, known: list[str]) -> str | None:
    if name in known:
        return name
    folded = {other.lower(): other for other in known}
    if name.lower() in folded:
        return folded[name.lower()]
    close = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.8)
    return folded[close[0]] if close else None


def _short(text: str, limit: int = 80) -> str:
    text = text.replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _row(column: dict[str, Any], has_missing: bool) -> str:
    row = f"| {code(column['name'])} | {column['dtype']} |"
    if not has_missing:
        return row
    missing = column.get("missing")
    return f"{row} {'?' if missing is None else format(missing, ',')} |"
