"""A bench for the built-in assistant: a notebook and a kernel in memory, all tools, and a person who says yes or no."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ag_ui.core import BaseEvent, Message, ToolCallResultEvent, UserMessage
from pydantic import ValidationError
from pydantic_ai.models import Model

from jupyter_agent.agents.builtin import BRIEF_WELCOME, WELCOME, BuiltinModel
from jupyter_agent.agents.loop import Loop
from jupyter_agent.core.agent import RunContext, ToolDefinition
from jupyter_agent.core.clock import SystemClock
from jupyter_agent.core.errors import ToolError
from jupyter_agent.core.events import Sentence
from jupyter_agent.core.notebook import Binding, Notebook
from jupyter_agent.core.policy import Decision, Mode, Risk, decide
from jupyter_agent.core.thread import Exchange
from jupyter_agent.core.tool import Call, Exact, Plan, Result, Tool
from jupyter_agent.hosts.memory import MemoryNotebook
from jupyter_agent.kernels.memory import MemoryKernel
from jupyter_agent.tools import build_tools


@dataclass
class Scope:
    """core.tool.Scope over one notebook."""

    held: Notebook | None
    owner: str = "ann"
    run_id: str = "r"
    binding: Binding = field(default_factory=lambda: Binding(document_id="d"))

    async def notebook(self) -> Notebook:
        if self.held is None:
            raise ToolError("no-notebook", "No notebook is open. Ask the person to open one.")
        return self.held

    def new_cell_id(self, call_id: str) -> str:
        return hashlib.sha256(f"{self.run_id}{call_id}".encode()).hexdigest()[:16]


class Person:
    """core.agent.Toolbox: performs tools as the gate does, and asks this person, who is a function."""

    def __init__(self, tools: list[Tool], scope: Scope, mode: Mode, says: Callable[[Exact], bool]) -> None:
        self.tools = {tool.name: tool for tool in tools}
        self.scope = scope
        self.mode = mode
        self.says = says
        self.asked: list[Exact] = []
        self.results: dict[str, Result] = {}
        self.waited = 0.0

    def definitions(self) -> list[ToolDefinition]:
        return [
            ToolDefinition(name=t.name, description=t.description, parameters=t.Arguments.model_json_schema())
            for t in self.tools.values()
            if decide(self.mode, t.risk, t.name) is not Decision.DENY
        ]

    async def announce(self, calls: Any) -> None:
        pass

    async def perform(self, call: Call) -> Result:
        try:
            self.results[call.call_id] = await self._perform(call)
        except (ToolError, ValidationError) as error:
            reason = error.reason if isinstance(error, ToolError) else "arguments"
            self.results[call.call_id] = Result(content=f"{error} ({reason})", status="failed")
        return self.results[call.call_id]

    async def _perform(self, call: Call) -> Result:
        tool = self.tools[call.name]
        arguments = tool.Arguments.model_validate(json.loads(str(call.arguments)))
        plan: Plan = await tool.prepare(arguments, call, self.scope)
        if (plan.risk or tool.risk) is not Risk.READ:
            self.asked.append(plan.exact)
            if not self.says(plan.exact):
                return Result(content="The person did not allow this.", status="denied")
            plan = await tool.prepare(arguments, call, self.scope)
        return await tool.perform(plan, self.scope)


class Bench:
    """One thread with the built-in assistant, or another model. `say` sends a message and returns the answer's text."""

    def __init__(self, *cells: str, mode: Mode = Mode.MANUAL, says: Callable[[Exact], bool] = lambda _: True) -> None:
        self.kernel = MemoryKernel()
        self.notebook = MemoryNotebook(path="birds.ipynb", execute=self.kernel.execute, kernel_id="k")
        self.model: Callable[[], Model] = lambda: BuiltinModel(pace=0)
        self.mode = mode
        self.says = says
        self.tools = list(build_tools(self.kernel))
        self.thread: list[Message] = []
        self.asked: list[Exact] = []
        self.used: list[str] = []
        self.scope = Scope(self.notebook)
        self._cells = cells
        self._runs = 0

    async def open(self, *, run: bool = True) -> Bench:
        """Lay out the cells (those that begin with "#:" are text) and run them, whatever they raise."""
        for at, source in enumerate(self._cells):
            if source.startswith("#:"):
                text = source[2:].lstrip()
                await self.notebook.insert(cell_id=f"c{at + 1}", type="markdown", source=text, after=None)
                continue
            await self.notebook.insert(cell_id=f"c{at + 1}", type="code", source=source, after=None)
            if run:
                await self.notebook.run(cell_id=f"c{at + 1}", source=source)
        self.notebook.changes.clear()
        return self

    async def say(self, text: str) -> str:
        self._runs += 1
        self.scope.run_id = f"r{self._runs}"
        user = UserMessage(id=f"u{self._runs}", content=text)
        person = Person(self.tools, self.scope, self.mode, self.says)
        context = RunContext(
            owner="ann",
            thread_id="t",
            run_id=self.scope.run_id,
            model="builtin",
            mode=self.mode,
            history=[*self.thread, user],
            binding=self.scope.binding,
            tools=person,
            clock=SystemClock(),
        )
        said, sentence, exchange = [], Sentence(), Exchange()
        sentence.started = True
        told: set[str] = set()
        async for event in Loop(lambda _: self.model()).run(context):
            self._answered(person, told, sentence, exchange)
            sentence.accept(event)
            exchange.apply(event)
            said.append(event)
        self._answered(person, told, sentence, exchange)
        assert list(sentence.closings()) == []
        assert sentence.unanswered() == []
        self.thread += [user, *exchange.messages()]
        self.asked = person.asked
        self.used = [event.tool_call_name for event in said if event.type.value == "TOOL_CALL_START"]  # type: ignore[attr-defined]
        return _text(said)

    @staticmethod
    def _answered(person: Person, told: set[str], sentence: Sentence, exchange: Exchange) -> None:
        for name, result in person.results.items():
            if name in told:
                continue
            told.add(name)
            event = ToolCallResultEvent(
                message_id=f"{name}-result",
                tool_call_id=name,
                content=result.content,
                metadata={"jupyter_agent": {"status": result.status}},
            )
            sentence.accept(event)
            exchange.apply(event)

    def sources(self) -> list[str]:
        return [cell.source for cell in self.notebook.document.cells]


def _text(events: list[BaseEvent]) -> str:
    """The answer, messages apart, without the first line of a thread."""
    texts: dict[str, str] = {}
    for event in events:
        if event.type.value == "TEXT_MESSAGE_CONTENT":
            texts[event.message_id] = texts.get(event.message_id, "") + event.delta  # type: ignore[attr-defined]
    return "\n\n".join(texts.values()).removeprefix(WELCOME).removeprefix(BRIEF_WELCOME).strip()
