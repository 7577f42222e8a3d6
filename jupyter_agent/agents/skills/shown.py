"""Output as it is repeated in an answer: a few lines, fenced, and an honest word about the rest."""

from __future__ import annotations

import re
from typing import Any

from .steps import fence

LINES = 20
CHARACTERS = 2_000
_OBJECT = re.compile(r"^<[\w.]+(?: object)?(?: at 0x[0-9a-f]+)?>$")
_LEFT_OUT = re.compile(r"\n\[… \d+ characters left out …\]\n")


def quoted(done: dict[str, Any], where: str) -> str:
    """What a run put out as a block of text; "" where it put out nothing that can be read. `where`: "cell 6"."""
    told = [output for output in done.get("run", {}).get("outputs", ()) if readable(output)]
    text = "\n".join(str(output["text"]).rstrip("\n") for output in told)
    # What was cut on its way has lost its middle: only the lines before that are quoted.
    begin = _LEFT_OUT.split(text)[0]
    lines = begin.splitlines()
    shown = lines[:LINES]
    while len(shown) > 1 and sum(map(len, shown)) > CHARACTERS:
        shown.pop()
    if not shown:
        return ""
    wide = len(shown[0]) > CHARACTERS
    block = fence("\n".join(line[:CHARACTERS] for line in shown), "text")
    total = _total(told)
    if total is None:
        return f"{block}\n\n… and more (see {where})"
    rest = total - len(shown)
    if rest > 0:
        return f"{block}\n\n… and {rest:,} more {'line' if rest == 1 else 'lines'} (see {where})"
    return f"{block}\n\n… the line is longer (see {where})" if wide else block


def readable(output: dict[str, Any]) -> bool:
    """Whether an output's text says something: `<IPython.core.display.HTML object>` does not."""
    text = str(output.get("text") or "").strip()
    return bool(text) and _OBJECT.match(text) is None


def _total(outputs: list[dict[str, Any]]) -> int | None:
    """How many lines there were; None where nobody has counted what was cut off."""
    total = 0
    for output in outputs:
        if output.get("truncated") and "lines" not in output:
            return None
        total += int(output.get("lines") or len(str(output["text"]).rstrip("\n").splitlines()))
    return total
