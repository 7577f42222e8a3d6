"""Proposing a mended cell in place of one that failed."""

from __future__ import annotations

from typing import Any

from .cells import report, settled, well
from .steps import Here, Say, Skill, fence, use


def mend(cell: dict[str, Any], source: str, here: Here) -> Skill:
    """Propose the mended cell and run it."""
    if source == cell["source"]:
        yield Say(text="The cell has been changed since it failed. Run it again to see whether it is right now.")
        return
    if "replace_cell" not in here.tools:
        yield Say(text=f"I may only read in this mode, so here is the mended cell:\n\n{fence(source, 'python')}")
        return
    outcome = yield from use("replace_cell", cell_id=cell["id"], source=source, expected_hash=cell["hash"], run=True)
    done = yield from settled(outcome)
    if done is None:
        return
    if well(done):
        yield Say(text="That was it. " + report(done))
    else:
        yield Say(text=report(done))
