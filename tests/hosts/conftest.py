"""A run's channel and the page host over the memory store, on a clock that is turned by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from ag_ui.core import BaseEvent, CustomEvent

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.errors import Conflict
from jupyter_agent.core.notebook import Binding
from jupyter_agent.hosts.page import PageHosts
from jupyter_agent.hosts.pages import Pages
from jupyter_agent.stores.memory import MemoryStore

from .played import PlayedNotebook

T = TypeVar("T")


@dataclass
class RunChannel:
    """What a run is to a host; `said` is its stream, and `heard` is called with each event once it is committed."""

    owner: str = "me"
    run_id: str = "run-1"
    said: list[BaseEvent] = field(default_factory=list)
    heard: list[Callable[[CustomEvent], None]] = field(default_factory=list)

    async def emit(self, event: BaseEvent) -> None:
        self.said.append(event)
        assert isinstance(event, CustomEvent)
        for hear in self.heard:
            hear(event)

    def told(self) -> list[tuple[str, str]]:
        """What was said, briefly: (event, operation or outcome)."""
        brief = []
        for event in self.said:
            assert isinstance(event, CustomEvent)
            name = event.name.removeprefix("jupyter_agent.")
            brief.append((name, event.value["operation" if name == "action" else "outcome"]))
        return brief


class Desk:
    """The page host, and pages at its other end that can be made to sleep, leave or miss things."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(self.clock)
        self.pages = Pages(self.store.records, self.clock)
        self.hosts = PageHosts(self.pages, self.store.records, self.clock)
        self.channel = RunChannel()
        self.tasks: set[asyncio.Future[None]] = set()

    async def page(self, page_id: str, *notebooks: PlayedNotebook, owner: str = "me") -> DeskPage:
        page = DeskPage(self, page_id, notebooks, owner)
        await page.register()
        page.wake()
        return page

    async def pass_time(self, seconds: float) -> None:
        await settle()
        await self.clock.advance(seconds)
        await settle()

    async def ended(self, work: Awaitable[T]) -> T:
        """The work's result; it must come without time passing."""
        task = asyncio.ensure_future(work)
        await settle()
        assert task.done(), "still waiting"
        return task.result()

    def binding(self, page: str = "page-1", document: str = "page-1/0", path: str | None = "penguins.ipynb") -> Binding:
        return Binding(page_id=page, document_id=document, path=path)


class DeskPage:
    """A page whose stream is the channel itself."""

    def __init__(self, desk: Desk, page_id: str, notebooks: tuple[PlayedNotebook, ...], owner: str) -> None:
        self.desk = desk
        self.page_id = page_id
        self.client_id = f"client-of-{page_id}"
        self.owner = owner
        self.notebooks = notebooks
        self.reports = True
        """Whether it tells what it has done."""
        self.misses = 0
        """So many of the next actions it says it has missed."""
        self.log: list[tuple[str, dict[str, Any]]] = []
        """(action id, result) of everything that it carried out."""
        self._connection: Any = None
        desk.channel.heard.append(self._hear)

    def registration(self) -> dict[str, Any]:
        documents = [
            {
                "documentId": f"{self.page_id}/{at}",
                "path": notebook.path,
                "kernelId": notebook.kernel_id if notebook.kernel else None,
            }
            for at, notebook in enumerate(self.notebooks)
        ]
        return {"clientId": self.client_id, "threads": [], "documents": documents}

    async def register(self) -> None:
        await self.desk.pages.put(self.owner, self.page_id, self.registration())

    def wake(self) -> None:
        self._connection = self.desk.pages.connected(self.owner, self.client_id)
        self._connection.__enter__()

    def sleep(self) -> None:
        self._connection.__exit__(None, None, None)
        self._connection = None

    async def leave(self) -> None:
        if self._connection:
            self.sleep()
        await self.desk.pages.remove(self.owner, self.page_id)

    async def report(self, action_id: str, result: dict[str, Any]) -> None:
        await self.desk.pages.report(self.owner, action_id, result)

    def _hear(self, event: CustomEvent) -> None:
        value = event.value
        if event.name != "jupyter_agent.action" or value["pageId"] != self.page_id or self._connection is None:
            return
        if self.misses:
            self.misses -= 1
            result: dict[str, Any] = {"outcome": "missed"}
        else:
            at = int(value["documentId"].rpartition("/")[2])
            result = self.notebooks[at].perform(value)
            self.log.append((value["actionId"], result))
        if self.reports:
            task = asyncio.ensure_future(self.report(value["actionId"], result))
            self.desk.tasks.add(task)


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.fixture
def desk() -> Desk:
    return Desk()


__all__ = ["Conflict", "Desk", "DeskPage", "RunChannel", "settle"]
