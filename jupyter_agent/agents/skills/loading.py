"""Data that a request is about and that is not loaded yet: the cells that would load it, run one by one."""

from __future__ import annotations

import re
from typing import Any

from .cells import report, well
from .reading import assigned, read_files
from .steps import Here, Part, Say, Skill, ask, code, joined, regret, use
from .tables import columns_in, named, tables

MOST = 15
"""More cells than these are left for the person to run."""


def loaded(question: str, here: Here, *, guess: bool = True) -> Part:
    """What `list_variables` tells, once the data that the message is about is there.

    Where a cell would set a name that the message says, or (`guess`) nothing is loaded and a cell reads a file, that
    cell is run, and before it the cells above that have not been run.
    """
    found = yield from ask("list_variables")
    if found is None:
        return None
    live = {item["name"] for item in found.get("variables", ())}
    among = tables(found)
    said = not guess and question in live
    if said or named(question, among) or any(columns_in(question, table) for table in among):
        return found
    notebook = yield from ask("read_notebook", outputs=False)
    if notebook is None:
        return None
    cells = [cell for cell in notebook.get("cells", ()) if cell["type"] == "code" and cell["source"].strip()]
    maker = _maker(question, cells, live, guess=guess and not among)
    if maker is None:
        return found
    name, cell = maker
    before = [c for c in cells if c["number"] < cell["number"] and (not live or c.get("executionCount") is None)]
    ran = yield from _run_all(name, [*before, cell], here)
    return (yield from ask("list_variables")) if ran is not None else None


def _maker(
    question: str, cells: list[dict[str, Any]], live: set[str], *, guess: bool
) -> tuple[str, dict[str, Any]] | None:
    """(name, cell) of the cell that would make what the message is about."""
    words = set(re.findall(r"[^\W\d]\w*", question))
    folded = {word.lower() for word in words}
    made = [(name, cell) for cell in cells for name in assigned(cell["source"]) if name not in live]
    for name, cell in made:
        if name in words or name.lower() in folded:
            return name, cell
    if guess:
        for name, cell in made:
            if read_files(cell["source"]):
                return name, cell
    return None


def _run_all(name: str, cells: list[dict[str, Any]], here: Here) -> Part:
    maker = cells[-1]["number"]
    said = f"{code(name)} is not loaded: cell {maker} sets it."
    which = _cells(cells)
    if "run_cell" not in here.tools:
        yield Say(text=f"{said} I may only read in this mode, so run {which} yourself and ask me again.")
        return None
    if len(cells) > MOST:
        yield Say(text=f"{said} {len(cells)} cells have to be run for it, which I leave to you. Then ask me again.")
        return None
    yield Say(text=f"{said} I run {which} first.")
    for cell in cells:
        outcome = yield from use("run_cell", cell_id=cell["id"])
        if not well(outcome.data):
            yield Say(text=report(outcome.data) if outcome.data.get("run") else regret(outcome))
            return None
    return {}


def run_all(here: Here) -> Skill:
    """Run the code cells that have not been run, in order, each after a question of its own."""
    notebook = yield from ask("read_notebook", outputs=False)
    if notebook is None:
        return
    cells = [cell for cell in notebook.get("cells", ()) if cell["type"] == "code" and cell["source"].strip()]
    waiting = [cell for cell in cells if cell.get("executionCount") is None]
    again = "To run every cell anew, use **Run All Cells** in the Run menu."
    if not cells:
        yield Say(text="This notebook has no code to run.")
    elif not waiting:
        yield Say(text=f"Every code cell has been run already. {again}")
    elif "run_cell" not in here.tools:
        yield Say(text="I may only read in this mode, so I cannot run anything. Change the mode and ask me again.")
    else:
        yield from _in_turn(waiting)


def _in_turn(waiting: list[dict[str, Any]]) -> Skill:
    now = waiting[:MOST]
    more = f" These are the first {MOST} of {len(waiting)}." if len(waiting) > MOST else ""
    yield Say(text=f"I run what has not been run yet: {_cells(now)}.{more}")
    for at, cell in enumerate(now):
        outcome = yield from use("run_cell", cell_id=cell["id"])
        if not well(outcome.data):
            yield Say(text=report(outcome.data) if outcome.data.get("run") else regret(outcome))
            if at + 1 < len(now):
                yield Say(text="I stopped there and left the cells after it as they are.")
            return
    rest = " Say **run all cells** to go on." if len(waiting) > MOST else ""
    yield Say(text=f"{'All of them' if len(now) > 1 else 'It'} ran without an error.{rest}")


def _cells(cells: list[dict[str, Any]]) -> str:
    return joined([f"cell {cell['number']}" for cell in cells], MOST)
