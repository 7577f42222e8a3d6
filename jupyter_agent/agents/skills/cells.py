"""Cells that the assistant adds or runs: where they go, and what is said of how they ended."""

from __future__ import annotations

from typing import Any

from .steps import Outcome, Part, Say, Skill, ask, code, fence, reason, regret, use

SHOWN = 1_500
"""Characters of output that are repeated in an answer."""
OFFER = "Say **explain the last error** and I will look at it."


def given(source: str, run: bool, cell_type: str, tools: frozenset[str]) -> Skill:
    """Add the code that the person gave, and run it if they said so."""
    if not source:
        yield Say(text="There is no code in that message.")
        return
    done = yield from insert(source, tools, run=run, cell_type=cell_type)
    if done is not None:
        yield Say(text=report(done))


def run(number: int | None, tools: frozenset[str]) -> Skill:
    """Run the cell with this number, or the one that the person is in."""
    notebook = yield from ask("read_notebook", outputs=False)
    if notebook is None:
        return
    cells: list[dict[str, Any]] = notebook.get("cells", [])
    active = notebook.get("activeCellId")
    wanted = [cell for cell in cells if (cell["id"] == active if number is None else cell["number"] == number)]
    if not wanted:
        if number is None:
            yield Say(text="I cannot tell which cell you are in. Say its number, for example `run cell 2`.")
        else:
            yield Say(text=f"There is no cell {number}: the notebook has {len(cells)}.")
        return
    cell = wanted[0]
    if cell["type"] != "code":
        yield Say(text=f"Cell {cell['number']} holds text, not code, so there is nothing to run.")
        return
    if "run_cell" not in tools:
        yield Say(text="I may only read in this mode, so I cannot run it. Change the mode and ask me again.")
        return
    outcome = yield from use("run_cell", cell_id=cell["id"])
    yield Say(text=report(outcome.data) if outcome.status == "done" else regret(outcome))


def insert(source: str, tools: frozenset[str], *, run: bool, cell_type: str = "code") -> Part:
    """Add a cell after the one that the person is in, or at the end. Returns the tool's answer."""
    if "insert_cell" not in tools:
        yield Say(text=f"I may only read in this mode, so here it is for you to use:\n\n{fence(source, 'python')}")
        return None
    notebook = yield from ask("read_notebook", outputs=False)
    if notebook is None:
        return None
    active = notebook.get("activeCellId")
    after = active if any(cell["id"] == active for cell in notebook.get("cells", ())) else None
    outcome = yield from use("insert_cell", source=source, cell_type=cell_type, after_cell_id=after, run=run)
    return (yield from settled(outcome))


def settled(outcome: Outcome) -> Part:
    """The answer of a tool that wrote; if it wrote nothing, that is said and None comes back."""
    if outcome.status == "done" or outcome.data.get("inserted") or outcome.data.get("replaced"):
        return outcome.data
    if reason(outcome) == "changed":
        yield Say(text="You have changed that cell meanwhile, so your text was kept and I wrote nothing.")
    else:
        yield Say(text=regret(outcome))
    return None


def failure(done: dict[str, Any]) -> dict[str, Any] | None:
    """The error of a run: {name, value, traceback}."""
    found = done.get("run", {}).get("error")
    return found if isinstance(found, dict) else None


def place(done: dict[str, Any]) -> str:
    """Which cell an answer is about: "cell 4"."""
    cell = done.get("inserted") or done.get("replaced") or done.get("cell") or {}
    return f"cell {cell.get('number', '?')}"


def outputs(done: dict[str, Any]) -> str:
    """All text that a run put out, cut."""
    texts = [output["text"].rstrip() for output in done.get("run", {}).get("outputs", ()) if output.get("text")]
    text = "\n".join(texts)
    return text if len(text) <= SHOWN else text[:SHOWN] + "\n…"


def report(done: dict[str, Any]) -> str:
    """What came of adding, changing or running a cell."""
    where = place(done)
    ran = done.get("run")
    if ran is None:
        return f"Done: it is {where}." if "inserted" in done else f"Done: {where} is changed."
    if ran.get("status") == "refused":
        return f"The text is in {where}, but it could not be run: {ran.get('detail', '')}"
    error = failure(done)
    if error is not None:
        if error["name"] == "StdinNotImplementedError":
            return f"{where.capitalize()} asks for input with `input()`, which only works when you run it yourself."
        said = f": {error['value']}" if error.get("value") else "."
        return f"{where.capitalize()} failed with {code(error['name'])}{said}\n\n{OFFER}"
    if ran.get("status") == "aborted":
        return f"{where.capitalize()} was stopped before it finished."
    pictures = any("image/" in kind for output in ran.get("outputs", ()) for kind in output.get("mimeTypes", ()))
    text = outputs(done)
    if pictures:
        return f"{where.capitalize()} ran, and its picture is below it."
    return (
        f"{where.capitalize()} ran and put out:\n\n{fence(text)}"
        if text
        else f"{where.capitalize()} ran without output."
    )
