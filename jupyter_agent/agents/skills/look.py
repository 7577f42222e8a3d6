"""Looking: at the notebook as a whole, at the kernel's variables, at one of them."""

from __future__ import annotations

from typing import Any

from .reading import headings, what_it_does
from .steps import Say, Skill, ask, code, count, joined

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
        rows = "\n".join(f"| {code(item['name'])} | {item['type']} | {short(item['summary'])} |" for item in main[:60])
        more = f"\n\n… and {len(main) - 60} more." if len(main) > 60 else ""
        held = f"The kernel holds {count(len(main), 'variable')}:"
        yield Say(text=f"{held}\n\n| Name | Type | What |\n| --- | --- | --- |\n{rows}{more}")
    for kind, many in (("module", "Modules"), ("function", "Functions"), ("class", "Classes")):
        names = [code(item["name"]) for item in items if item["kind"] == kind]
        if names:
            yield Say(text=f"{many}: {joined(names)}.")


def cell(number: int) -> Skill:
    """What one cell does, as far as its text tells."""
    notebook = yield from ask("read_notebook")
    if notebook is None:
        return
    cells: list[dict[str, Any]] = notebook.get("cells", [])
    wanted = next((other for other in cells if other["number"] == number), None)
    if wanted is None:
        yield Say(text=f"There is no cell {number}: the notebook has {len(cells)}.")
    elif wanted["type"] != "code":
        titles = [title for _, title in headings(wanted["source"])]
        about = f" under the heading “{titles[0]}”" if titles else ""
        yield Say(text=f"Cell {number} holds text{about}, and nothing to run.")
    elif not wanted["source"].strip():
        yield Say(text=f"Cell {number} is empty.")
    else:
        yield Say(text=f"**Cell {number}** ({state(wanted)}): {what_it_does(wanted['source'])}.")
        if error_of(wanted) is not None:
            yield Say(text="Say **explain the last error** and I will look at it.")


def short(text: str, limit: int = 80) -> str:
    """Text for a table's cell, in one line."""
    text = text.replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= limit else text[: limit - 1] + "…"
