"""Whether a request that failed before its first word is made again, and after how many seconds."""

from __future__ import annotations

import math
import random
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic_ai import exceptions as faults

from ..core.errors import AssistantError, ModelError

AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
"""Statuses that may go away by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often, and how long in seconds, a provider is waited for."""

    retries: int = 4
    first: float = 0.5
    """Before the first repetition; doubled each time."""
    longest: float = 60.0
    """If the provider asks for more, the run ends."""
    jitter: Callable[[], float] = random.random
    """From 0 to 1: up to half of the wait is added by it, so that many do not come back at once."""

    def wait(self, error: BaseException, attempt: int) -> float | None:
        """Seconds until the request is repeated after its `attempt`-th failure; None: it is not.

        Raises ModelError where the provider asks for more time than a person would want to wait.
        """
        if attempt > self.retries or not _passing(error):
            return None
        asked = (error.retry_after if isinstance(error, faults.ModelAPIError) else None) or 0.0
        if asked > self.longest:
            raise ModelError(
                f"The model's provider asks for {_time(asked)} of patience before the next request. "
                "Try again then, or choose another model."
            )
        own = self.first * 2.0 ** (attempt - 1) * (1 + self.jitter() / 2)
        return max(own, asked)


def reason(error: BaseException, label: str) -> str:
    """Why it is waited, in words. `label` is what the provider is called."""
    match error:
        case faults.ModelRateLimitError():
            return f"{label} is getting too many requests."
        case faults.ModelOverloadedError():
            return f"{label} is overloaded."
        case faults.ModelConnectionError():
            return f"{label} cannot be reached."
        case _:
            return f"{label} has a problem."


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__context__, one.__cause__]


def _passing(error: BaseException) -> bool:
    if any(isinstance(cause, (AssistantError, ssl.SSLCertVerificationError)) for cause in causes(error)):
        return False
    match error:
        case faults.ModelQuotaExceededError():
            return False
        case faults.ModelHTTPError(status_code=status):
            return status in AGAIN and error.provider_retry_hint is not False
        case faults.ModelConnectionError() | faults.ModelUnavailableError() | faults.ModelServerError():
            return True
        case faults.ModelRateLimitError():
            return True
        case _:
            return False


def _time(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{math.ceil(seconds / size)} {name}"
    return f"{math.ceil(seconds)} seconds"
