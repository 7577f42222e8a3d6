"""What a person reads when a tool could not do something. What the model reads is the ToolError's own text."""

from __future__ import annotations

from .errors import ToolError

_WORDS = {
    "arguments": "The assistant asked for this in a way that does not fit, and was told so.",
    "changed": "The cell has changed meanwhile. What you wrote was kept, and nothing was written.",
    "changing": "The notebook kept changing while this was being approved, so it was not done.",
    "internal": "Something went wrong inside the assistant. The server's log has the details.",
    "kernel-busy": "The kernel is busy and cannot be looked at now.",
    "kernel-dead": "The kernel has died. Restart it from the Kernel menu.",
    "kernel-starting": "The kernel is still starting. Try again in a moment.",
    "no-kernel": "This notebook has no kernel running. Start one from the Kernel menu.",
    "no-notebook": "The notebook that this is about is not open. Open it and ask again.",
    "read-only": "This notebook cannot be changed: it is read-only.",
    "too-large": "That is too much text for one cell.",
    "unknown-cell": "That cell is not there any more.",
    "unknown-outcome": "It is not known whether this happened. Look at the notebook before you try again.",
    "unknown-tool": "The assistant asked for something that does not exist here, and was told so.",
    "unreachable": "The page that has the notebook open does not answer, so nothing was done.",
}


def for_person(error: ToolError) -> str:
    """One plain sentence. A reason without words here is told in the error's, which then must fit both readers."""
    return _WORDS.get(error.reason, error.detail)
