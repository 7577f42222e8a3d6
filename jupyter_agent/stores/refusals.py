"""What stores refuse, in the same words everywhere."""

from __future__ import annotations

from jupyter_agent.core.errors import Conflict, NotFound


def run_going_on(run_id: str) -> Conflict:
    """A second run of a thread while the first is not settled and sealed."""
    return Conflict(
        "run-going-on", "This conversation is still being answered. Wait for the answer or stop it first.", runId=run_id
    )


def unknown_run() -> NotFound:
    """An id that is not there, or somebody else's: nobody can tell which."""
    return NotFound("unknown-run", "There is no such run.")


def not_going_on(run_id: str) -> Conflict:
    """A run that was ended, by another process or with its thread, while it still wanted to ask."""
    return Conflict("run-finished", "This run has ended: it can ask nothing more.", runId=run_id)
