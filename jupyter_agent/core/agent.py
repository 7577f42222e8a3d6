"""Who thinks: the port behind which every loop stands, ours over pydantic-ai and any other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ag_ui.core import BaseEvent, Context, Message, TokenUsage

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one run may use up."""

    steps: int = 25
    """Requests to the model."""
    tool_calls: int = 100
    tokens: int = 2_000_000
    """Read and written, by all requests together."""
    seconds: float = 7200.0
    """Without the time that a person was waited for."""
    cost: float = 5.0
    """US dollars, as far as prices are known."""

    def tightened(self, asked: Mapping[str, float | None]) -> Budget:
        """The same, where something less is asked for: that."""
        lower: dict[str, Any] = {
            name: value for name, value in asked.items() if value is not None and value < getattr(self, name)
        }
        return replace(self, **lower)


class Toolbox(Protocol):
    """The only way from an agent to an effect: everything in it passes the gate."""

    @property
    def waited(self) -> float:
        """Seconds that a person was waited for so far."""
        ...

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


def _ignore(usage: TokenUsage, cost: float | None) -> None:
    """Nobody counts."""


async def _nothing(_: str) -> bytes | None:
    """No blobs are kept."""
    return None


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
    then: Sequence[Message] = ()
    """On a resumed run: what the person says after those calls."""
    context: Sequence[Context] = ()
    """What the client says about itself and what it shows: information for the model, never orders."""
    binding: Binding
    tools: Toolbox
    clock: Clock
    resumed: bool = False
    report: Callable[[TokenUsage, float | None], None] = _ignore
    """Called by the agent with what a request used, and what it cost in US dollars where that is known, as soon as
    it is; it ends up on the last event.
    """
    blob: Callable[[str], Awaitable[bytes | None]] = _nothing
    """The bytes of one of this owner's blobs, such as an image in a message (images.blob_id); None if it is gone."""
    budget: Budget = Budget()


class Agent(Protocol):
    """Thinks about one run.

    `run` yields AG-UI events between RUN_STARTED and the last event, neither of which is its own: text, reasoning and
    the calls that the model makes. It does not yield TOOL_CALL_RESULT: the toolbox emits it. It may leave things open
    when it ends or raises; they are closed for it. Raises ModelError (or another RunError) with a sentence for the
    person. Cancelling the task that iterates it closes every connection it holds.
    """

    def run(self, context: RunContext) -> AsyncIterator[BaseEvent]: ...
