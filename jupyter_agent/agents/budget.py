"""What a run has used up, and the end of it when that is all that it was given."""

from __future__ import annotations

from collections.abc import Sequence

from ag_ui.core import TokenUsage

from ..core.agent import RunContext
from ..core.errors import LimitReached
from ..core.tool import Call, Result

REPEATS = 3
"""So often in a row may a model make the same calls and be told the same results; then it is going in circles."""
MOMENT = 0.1
"""Seconds by which two clocks may differ."""


class Spending:
    """Keeps the account of one run against its budget. Its methods raise LimitReached when that is used up.

    The first request to the model has the number `first`.
    """

    def __init__(self, context: RunContext, *, first: int) -> None:
        self._context = context
        self._budget = context.budget
        self._began = context.clock.monotonic()
        self._first = first
        self._steps = 0
        self._calls = 0
        self._tokens = 0
        self._cost = 0.0
        self._last: object = None
        self._repeated = 0

    def used(self, usage: TokenUsage, cost: float | None) -> None:
        """Count one request and report it."""
        self._tokens += usage.total_tokens or 0
        self._cost += cost or 0.0
        self._context.report(usage, cost)

    def step(self) -> int:
        """Before the model is asked: the number of this request, from `first` on."""
        if self._steps >= self._budget.steps:
            raise _reached(f"has asked the model {self._steps} times, which is its limit")
        self.check()
        self._steps += 1
        return self._first + self._steps - 1

    def check(self) -> None:
        """Between two things that cost something."""
        budget = self._budget
        if self._tokens >= budget.tokens:
            raise _reached(f"has used {self._tokens:,} tokens; its limit is {budget.tokens:,}")
        if self._cost > budget.cost:
            raise _reached(f"has cost about ${self._cost:.2f}; its limit is ${budget.cost:.2f}")
        self.left()

    def left(self) -> float:
        """Seconds that it may still take."""
        left = self._left()
        if left <= 0:
            raise self.too_long()
        return left

    @property
    def over(self) -> bool:
        """Whether its time is over, or will be in a moment."""
        return self._left() < MOMENT

    def too_long(self) -> LimitReached:
        """What is raised when the time is over."""
        return _reached(f"has come to its limit of {self._budget.seconds:g} seconds")

    def _left(self) -> float:
        spent = self._context.clock.monotonic() - self._began - self._context.tools.waited
        return self._budget.seconds - spent

    def spend(self, calls: Sequence[Call]) -> None:
        """Before these calls are announced."""
        self.check()
        self.room_for(len(calls))
        self._calls += len(calls)

    def room_for(self, calls: int) -> None:
        """While so many are being told."""
        if self._calls + calls > self._budget.tool_calls:
            raise _reached(f"has come to its limit of {self._budget.tool_calls} actions")

    def compare(self, calls: Sequence[Call], results: Sequence[Result]) -> None:
        """After they were performed."""
        now = [(call.name, str(call.arguments), result.content) for call, result in zip(calls, results, strict=True)]
        self._repeated = self._repeated + 1 if now == self._last else 1
        self._last = now
        if self._repeated >= REPEATS:
            raise LimitReached(
                f"The model did the same thing {REPEATS} times and learned nothing new, so it was stopped."
            )


def _reached(what: str) -> LimitReached:
    return LimitReached(f"This run {what}. Send another message if it should go on.")
