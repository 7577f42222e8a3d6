"""The error tree, drawn once. Each branch says whose fault it is.

    AssistantError
    ├── RequestError            the request's: it carries a status and a sentence that says what to do
    │   ├── Invalid             400  the body does not fit
    │   ├── Forbidden           403  there is nobody to do this for, or they may not
    │   ├── NotFound            404  not there, or not yours: nobody can tell which
    │   ├── Conflict            409  it was true a moment ago
    │   ├── TooLarge            413
    │   ├── TooMany             429
    │   └── Unavailable         503  ours: the store is away or the server is closing
    ├── ToolError               an answer to the model, which can mend it; the run goes on
    ├── ModelError              the model's: the run ends and the person reads the sentence
    ├── KernelError             the kernel's: likewise
    ├── LimitReached            a limit of the run: it ends cleanly
    ├── StoreError              ours: nothing can be kept
    └── GrammarError            ours: an event that no sentence of a run may hold

Anything else that is raised inside a run ends it as "internal error": logged in full, shown without internals.
"""

from __future__ import annotations

from typing import ClassVar


class AssistantError(Exception):
    """The root. `str(error)` is always fit to be shown to a person."""


class RequestError(AssistantError):
    """What a request asks for cannot be done; becomes a problem body `{type, title, detail, status, ...extras}`."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request does not fit"

    def __init__(self, kind: str, detail: str, **extras: object) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.extras = extras

    def problem(self) -> dict[str, object]:
        """The JSON body that a client reads."""
        return {**self.extras, "type": self.kind, "title": self.title, "detail": self.detail, "status": self.status}


class Invalid(RequestError):
    """400: the detail names the field and says why."""


class Forbidden(RequestError):
    """403: the request has no user, or the user may not."""

    status = 403
    title = "Not allowed"


class NotFound(RequestError):
    """404: the same words for what is not there and for what is somebody else's."""

    status = 404
    title = "Not found"


class Conflict(RequestError):
    """409: the state has moved on; the extras hold the final state."""

    status = 409
    title = "The state has moved on"


class TooLarge(RequestError):
    """413: the detail names the limit."""

    status = 413
    title = "Too large"


class TooMany(RequestError):
    """429: over a limit; the detail says when to try again."""

    status = 429
    title = "Too many"


class Unavailable(RequestError):
    """503: the server is closing, or what it stands on is away."""

    status = 503
    title = "Not available now"


class ToolError(AssistantError):
    """A tool could not do it, and the words tell the model what to do instead.

    `reason` is a short slug ("changed", "unknown-cell", "no-kernel"); `facts` are JSON values that help to mend it,
    for example the present source of a cell that has changed.
    """

    def __init__(self, reason: str, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.facts = facts


class RunError(AssistantError):
    """Ends a run; `code` becomes RUN_ERROR.code and the text its message."""

    code: ClassVar[str] = "internal"


class ModelError(RunError):
    """The model, or the way to it, failed."""

    code = "model"


class KernelError(RunError):
    """The kernel failed in a way that no further step of the model can mend."""

    code = "kernel"


class LimitReached(RunError):
    """The run used up what it was given."""

    code = "limit"


class StoreError(AssistantError):
    """The store cannot be opened, read or written; the text says which file and what to do."""


class GrammarError(AssistantError):
    """An event in a place where the grammar of a run has none. Always a bug of the agent that made it."""
