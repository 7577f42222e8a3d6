"""Cells that the assistant adds or runs: where they go, and what is said of how they ended."""

from __future__ import annotations

import re
from typing import Any

from ...core.person import clause, raised
from .reading import assigned
from .shown import quoted
from .steps import Here, Outcome, Part, Say, Skill, ask, fence, in_words, reason, regret, use

OFFER = "Say **explain the last error** and I will look at it."


def given(source: str, run: bool, cell_type: str, here: Here) -> Skill:
    """Add the code that the person gave, and run it if they said so."""
    if not source:
        yield Say(text="There is no code in that message.")
        return
    done = yield from insert(source, here, run=run, cell_type=cell_type)
    if done is not None:
        yield Say(text=report(done))


def run(number: int | None, here: Here) -> Skill:
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
    if "run_cell" not in here.tools:
        yield Say(text="I may only read in this mode, so I cannot run it. Change the mode and ask me again.")
        return
    outcome = yield from use("run_cell", cell_id=cell["id"])
    yield Say(text=report(outcome.data) if outcome.data.get("run") else regret(outcome))


def insert(source: str, here: Here, *, run: bool, cell_type: str = "code", needs: str | None = None) -> Part:
    """Add a cell where it belongs (`after`). Returns the tool's answer."""
    if "insert_cell" not in here.tools:
        yield Say(text=f"I may only read in this mode, so here it is for you to use:\n\n{fence(source, 'python')}")
        return None
    notebook = yield from ask("read_notebook", outputs=False)
    if notebook is None:
        return None
    outcome = yield from use(
        "insert_cell", source=source, cell_type=cell_type, after_cell_id=after(notebook, here.inserted, needs), run=run
    )
    return (yield from settled(outcome))


def after(notebook: dict[str, Any], inserted: tuple[str, ...], needs: str | None = None) -> str | None:
    """The cell below which a new one goes: the active one and what this thread has put right below it; None: the end.

    So cells that are asked for one after the other stand one below the other, as long as the person stays where they
    are, and the next one goes elsewhere as soon as they move. None goes above the cell that sets what it `needs`.
    """
    cells = notebook.get("cells", ())
    names = [str(cell["id"]) for cell in cells]
    active = notebook.get("activeCellId")
    if active not in names:
        return None
    at = names.index(active)
    makers = [
        place
        for place, cell in enumerate(cells)
        if needs is not None and cell["type"] == "code" and needs in assigned(cell["source"])
    ]
    at = max(at, min(makers, default=0))
    while at + 1 < len(names) and names[at + 1] in inserted:
        at += 1
    return names[at]


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


def well(done: dict[str, Any]) -> bool:
    """Whether this tells of a run that ended without an error."""
    return failure(done) is None and done.get("run", {}).get("status") == "ok"


def report(done: dict[str, Any]) -> str:
    """What came of adding, changing or running a cell."""
    where = place(done)
    ran = done.get("run")
    if ran is None:
        return f"Done: it is {where}." if "inserted" in done else f"Done: {where} is changed."
    why = str(ran.get("reason", ""))
    if why == "unknown-outcome":
        return (
            "The run had started, and how it ended is not known. If the page was closed, a change that was not saved "
            "may be gone with it. Look at the notebook before you try again."
        )
    if ran.get("status") == "refused":
        return f"The text is in {where}. It was not run: {clause(in_words(why, str(ran.get('detail', ''))))}."
    error = failure(done)
    if error is not None:
        if error.get("name") == "StdinNotImplementedError":
            return f"{where.capitalize()} asks for input with `input()`, which only works when you run it yourself."
        return f"{where.capitalize()} raised {escaped(raised(str(error.get('name')), error.get('value')))}\n\n{OFFER}"
    if ran.get("status") == "aborted":
        return f"{where.capitalize()} was stopped before it finished."
    return f"{where.capitalize()} {_put_out(done, where)}"


def escaped(text: str) -> str:
    """Somebody's words in a sentence of Markdown: they are shown as they are, and form nothing."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", text)


def _put_out(done: dict[str, Any], where: str) -> str:
    outputs = done.get("run", {}).get("outputs", ())
    kinds = [kind for output in outputs for kind in output.get("mimeTypes", ())]
    if any("image/" in kind for kind in kinds):
        return "ran, and its picture is below it."
    text = quoted(done, where)
    if text:
        return f"ran and put out:\n\n{text}"
    return "ran, and its output is below it." if outputs else "ran without output."
