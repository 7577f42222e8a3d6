"""Who thinks: the port behind which every loop stands, ours over pydantic-ai and any other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ag_ui.core import BaseEvent, Message, TokenUsage

from .clock import Clock
from .notebook import Binding
from .policy import Mode
from .tool import Call, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDefinition:
    """A tool as a model is told of it."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of the arguments."""


class Toolbox(Protocol):
    """The only way from an agent to an effect: everything in it passes the gate."""

    def definitions(self) -> list[ToolDefinition]:
        """What the model may call in this run's mode."""
        ...

    async def announce(self, calls: Sequence[Call]) -> None:
        """All calls of one turn, before the first is performed, so that a person is asked once for all of them."""
        ...

    async def perform(self, call: Call) -> Result:
        """Check, ask, do, and emit TOOL_CALL_RESULT. Never raises for what the model can mend.

        Calls of one turn are performed one at a time and in the model's order. A call that an earlier run has already
        performed is not repeated: its recorded result comes back.
        """
        ...


def _ignore(usage: Sequence[TokenUsage]) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """All that an agent is given for one run."""

    owner: str
    thread_id: str
    run_id: str
    model: str
    mode: Mode
    history: Sequence[Message]
    """The thread, this run's user messages last.

    On a resumed run it ends with an assistant message whose calls are not all done, followed by the results of those
    that are: perform all calls of that message again in order; for the done ones the toolbox gives back what it has.
    """
    binding: Binding
    tools: Toolbox
    clock: Clock
    resumed: bool = False
    report: Callable[[Sequence[TokenUsage]], None] = _ignore
    """Called by the agent with what the models used, as soon as it is known; it ends up on the last event."""
    limits: dict[str, int] = field(default_factory=dict)
    """"steps" and "toolCalls": how many requests to the model and calls of tools a run may make."""


class Agent(Protocol):
    """Thinks about one run.

    `run` yields AG-UI events between RUN_STARTED and the last event, neither of which is its own: text, reasoning and
    the calls that the model makes. It does not yield TOOL_CALL_RESULT: the toolbox emits it. It may leave things open
    when it ends or raises; they are closed for it. Raises ModelError (or another RunError) with a sentence for the
    person. Cancelling the task that iterates it closes every connection it holds.
    """

    def run(self, context: RunContext) -> AsyncIterator[BaseEvent]: ...
