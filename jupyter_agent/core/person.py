"""What a person reads when something could not be done. What the model reads is the ToolError's own text."""

from __future__ import annotations

import re

from .errors import ToolError

_WORDS = {
    "arguments": "The assistant asked for this in a way that does not fit, and was told so.",
    "changed": "The cell has changed meanwhile. What you wrote was kept, and nothing was written.",
    "changing": "The notebook kept changing while this was being approved, so it was not done.",
    "failed": "The page that has the notebook open tried this and could not do it.",
    "forbidden": "You may not look at this notebook's kernel on this server.",
    "hidden": "This would have written a placeholder over a value that is hidden from the model, so it was not done.",
    "internal": "Something went wrong inside the assistant. The server's log has the details.",
    "kernel": "The kernel could not be looked at.",
    "kernel-busy": "The kernel is busy and cannot be looked at now. Ask again when it is done.",
    "kernel-dead": "The kernel has died. Restart it from the Kernel menu.",
    "kernel-starting": "The kernel is still starting. Try again in a moment.",
    "language": "Only Python kernels can be looked at, and this notebook has another one.",
    "no-kernel": "This notebook has no kernel running. Start one from the Kernel menu.",
    "no-notebook": "The notebook that this is about is not open. Open it and ask again.",
    "not-code": "Only code cells can be run, and this is not one.",
    "read-only": "This notebook cannot be changed: it is read-only.",
    "stopped": "The answer was stopped before this was done.",
    "too-large": "That is too much text for one cell.",
    "unknown-cell": "That cell is not there any more.",
    "unknown-outcome": "This had started, and how it ended is not known. If the page was closed, a change that was not "
    "saved may be gone with it. Look at the notebook before you try again.",
    "unknown-tool": "The assistant asked for something that does not exist here, and was told so.",
    "unknown-variable": "The kernel holds nothing of that name.",
    "unreachable": "The page that has the notebook open does not answer, so nothing was done.",
}
_PLACE = re.compile(r"\s*\([^()]*?(?:, )?line (\d+)\)\s*$")


def for_person(error: ToolError) -> str:
    """One plain sentence. A reason without words here is told in the error's own, which then must fit both readers."""
    return for_reason(error.reason) or error.detail


def for_reason(reason: str) -> str | None:
    """The sentence for a ToolError's reason, where there is one."""
    return _WORDS.get(reason)


def clause(sentence: str) -> str:
    """The first of these sentences, to follow a colon: "this notebook has no kernel running"."""
    first = sentence.partition(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:]


def raised(name: str, value: str | None) -> str:
    """An error of a person's code in one line: "TypeError: …", and a line number without the name of a passing file."""
    text = without_place(value or "").strip()
    first = text.splitlines()[0] if text else ""
    line = line_of(value or "")
    where = f" (line {line})" if line is not None else ""
    return f"{name}: {first}{where}" if first else f"{name}{where}"


def without_place(value: str) -> str:
    """The words of a SyntaxError without "(3512.py, line 3)" at their end: that file does not exist for a person."""
    return _PLACE.sub("", value)


def line_of(value: str) -> int | None:
    """The line number at the end of a SyntaxError's words."""
    found = _PLACE.search(value)
    return int(found.group(1)) if found else None
