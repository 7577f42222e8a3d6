"""What tools reach of a run, and what they have sent away on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from ag_ui.core import BaseEvent, CustomEvent

from .events import PREFIX
from .notebook import WRITES, Binding, Hosts, Notebook
from .run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """A run's channel that remembers which writes were said on it (core.notebook.Channel)."""

    run: Run
    offered: list[str]

    @property
    def owner(self) -> str:
        return self.run.owner

    @property
    def run_id(self) -> str:
        return self.run.run_id

    async def emit(self, event: BaseEvent) -> None:
        if isinstance(event, CustomEvent) and event.name == PREFIX + "action" and event.value["operation"] in WRITES:
            self.offered.append(event.value["actionId"])
        await self.run.emit(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScope:
    """What tools reach of a run (core.tool.Scope)."""

    run: Run
    hosts: Hosts
    binding: Binding
    offered: list[str] = field(default_factory=list)
    """Writes that the call at work has sent to a page: whatever ends it now, they may have taken effect."""

    @property
    def owner(self) -> str:
        return self.run.owner

    @property
    def run_id(self) -> str:
        return self.run.run_id

    async def notebook(self) -> Notebook:
        return await self.hosts.open(_Watched(run=self.run, offered=self.offered), self.binding)

    def new_cell_id(self, call_id: str) -> str:
        # Of the thread, not of the run: a call that a resumed run carries out has to make the cell that was approved.
        return hashlib.sha256(f"{self.run.record.thread_id}\0{call_id}".encode()).hexdigest()[:16]
