"""Stop while a page is at work: what is known by then is told, to the model and to the person, and nothing else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from jupyter_agent.core.assistant import Assistant
from jupyter_agent.core.events import decode
from jupyter_agent.hosts.actions import Patience
from jupyter_agent.hosts.page import PageHosts
from jupyter_agent.hosts.pages import Pages
from jupyter_agent.tools.notebook import InsertCell, RunCell
from tests.core.house import House, Step, question, until_asked

from .played import PlayedNotebook

INSERT_AND_RUN = Step("call", ("insert_cell", '{"source": "sleep(60)", "run": true}'))
RUN = Step("call", ("run_cell", '{"cell_id": "cell-1"}'))
INTERRUPTED = {
    "status": "error",
    "outputs": [{"kind": "stream", "text": "begun\n"}],
    "error": {"ename": "KeyboardInterrupt", "evalue": ""},
}


class Story:
    """An assistant with one page, which keeps to itself how what it `holds` went until it is told to interrupt it."""

    def __init__(self, step: Step, *, holds: str = "run", ends: dict[str, Any] | None = None, stop: float = 60) -> None:
        self.house = House()
        self.pages = Pages(self.house.store.records, self.house.clock)
        self.house.hosts = PageHosts(self.pages, self.house.store.records, self.house.clock, Patience(stop=stop))
        self.house.tools = [InsertCell(), RunCell()]
        self.assistant: Assistant = self.house.process([step])
        self.notebook = PlayedNotebook("penguins.ipynb", "sleep(60)")
        self.holds, self.ends = holds, ends
        self.held: tuple[str, dict[str, Any]] | None = None
        self.at_it = asyncio.Event()

    async def begin(self) -> asyncio.Task[None]:
        """Ask and allow; returns when the page is at what it holds."""
        registration = {"clientId": "c", "documents": [{"documentId": "d", "path": "penguins.ipynb", "kernelId": "k"}]}
        await self.pages.put("me", "p", registration)
        await self.assistant.send("me", question(run="r", page={"pageId": "p", "documentId": "d"}))
        playing = asyncio.ensure_future(self._play())
        (request,) = await until_asked(self.assistant, "r")
        decision = {"requestId": request["requestId"], "hash": request["hash"], "decision": "approve"}
        await self.assistant.answer("me", "r", decision)
        await self.at_it.wait()
        return playing

    async def told(self) -> tuple[str, str | None, str]:
        """Status and summary of the call, and what the model is told."""
        message = (await self.assistant.thread("me", "t"))["messages"][-1]
        ours = message["metadata"]["jupyter_agent"]
        assert (await self.house.sentence("r")).ended
        return ours["status"], ours.get("summary"), message["content"]

    async def _play(self) -> None:
        with self.pages.connected("me", "c"):
            async for entries in self.assistant.follow("me", 0, "r", beat=5):
                for entry in entries:
                    if entry.name == "jupyter_agent.action":
                        await self._act(decode(entry.data).value)  # type: ignore[attr-defined]  # a CUSTOM event has one
                    if entry.type in {"RUN_FINISHED", "RUN_ERROR"}:
                        return

    async def _act(self, action: dict[str, Any]) -> None:
        result = self.notebook.perform(action)
        if action["operation"] == self.holds:
            self.held = (action["actionId"], result)
            self.at_it.set()
            return
        await self.pages.report("me", action["actionId"], result)
        if action["operation"] == "interrupt" and self.held and self.ends is not None:
            await self.release(self.ends)

    async def release(self, more: dict[str, Any]) -> None:
        assert self.held is not None
        await self.pages.report("me", self.held[0], {**self.held[1], **more})


@pytest.mark.parametrize("how", ["stop", "stop twice", "close"])
async def test_a_run_that_was_interrupted_is_told_as_stopped(how: str) -> None:
    story = Story(INSERT_AND_RUN, ends=INTERRUPTED)
    playing = await story.begin()
    if how == "close":
        await story.assistant.close()
    else:
        await asyncio.gather(*[story.assistant.cancel("me", "r") for _ in range(2 if how == "stop twice" else 1)])
    await playing
    status, summary, content = await story.told()
    assert (status, summary) == ("stopped", "Inserted as cell 2; its run was interrupted")
    told = json.loads(content)
    assert told["inserted"]["id"] == story.notebook.cells[1].cell_id
    assert told["run"]["error"]["name"] == "KeyboardInterrupt"
    assert told["run"]["note"].startswith("The run was interrupted")
    assert [output["text"] for output in told["run"]["outputs"]] == ["begun\n"]
    assert story.notebook.interrupted == 1


async def test_a_cell_that_was_only_run_is_told_likewise() -> None:
    story = Story(RUN, ends=INTERRUPTED)
    playing = await story.begin()
    assert (await story.assistant.cancel("me", "r"))["outcome"] == "cancelled"
    await playing
    assert (await story.told())[:2] == ("stopped", "Cell 1 was interrupted")


async def test_a_cell_that_had_just_ended_well_is_told_as_done() -> None:
    story = Story(RUN, ends={})
    playing = await story.begin()
    await story.assistant.cancel("me", "r")
    await playing
    assert (await story.told())[:2] == ("done", "Cell 1 ran in 0.1 s")


async def test_what_was_inserted_when_stop_came_is_told_and_not_run() -> None:
    story = Story(INSERT_AND_RUN, holds="insert")
    playing = await story.begin()
    stopping = asyncio.ensure_future(story.assistant.cancel("me", "r"))
    await asyncio.wait([stopping], timeout=0)
    await story.release({})
    await stopping
    await playing
    status, summary, content = await story.told()
    assert (status, summary) == (
        "stopped",
        "Inserted as cell 2. It was not run: the answer was stopped before this was done.",
    )
    assert json.loads(content)["run"]["reason"] == "stopped"
    assert story.notebook.ran == []


async def test_what_the_page_does_not_tell_in_time_stays_unknown() -> None:
    story = Story(INSERT_AND_RUN, stop=0.01)
    playing = await story.begin()
    await story.assistant.cancel("me", "r")
    await playing
    status, summary, content = await story.told()
    assert (status, summary) == ("unknown", "It is not known whether this happened.")
    assert content.startswith("Outcome unknown")
