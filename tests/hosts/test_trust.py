"""What a page says is checked: it answers for the cell that it was asked about, and names no kernel it may not."""

import asyncio

import pytest

from jupyter_agent.core.errors import Invalid, ToolError
from jupyter_agent.core.notebook import source_hash
from jupyter_agent.hosts.reports import CELLS, OUTPUTS, ended

from .conftest import settle
from .played import PlayedNotebook


class Liar(PlayedNotebook):
    """A page that does what it is asked, and names another cell in its report."""

    def perform(self, action):
        report = super().perform(action)
        if "notebook" in report:
            report["notebook"]["cells"] = [cell.report(at) for at, cell in enumerate(self.cells)]
        return {**report, "cellId": "cell-2"} if "cellId" in report else report


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("insert", {"cell_id": "new", "type": "code", "source": "x", "after": None}),
        ("replace", {"cell_id": "cell-1", "source": "x", "expected_hash": source_hash("a")}),
        ("run", {"cell_id": "cell-1", "source": "a"}),
        ("read", {"cell_ids": ["cell-1"]}),
    ],
)
async def test_a_report_about_another_cell_is_of_unknown_outcome(desk, verb, arguments):
    await desk.page("page-1", Liar("penguins.ipynb", "a", "b"))
    held = await desk.hosts.open(desk.channel, desk.binding())
    with pytest.raises(ToolError, match="another cell") as refused:
        await desk.ended(getattr(held, verb)(**arguments))
    assert refused.value.reason == "unknown-outcome"
    assert await desk.store.records.changes("me", "run-1") == []


class TestKernels:
    async def test_only_the_kernel_that_was_registered_is_named(self, desk):
        notebook = PlayedNotebook("penguins.ipynb", "a")
        await desk.page("page-1", notebook)
        held = await desk.hosts.open(desk.channel, desk.binding())
        notebook.kernel_id = "somebody-else's"
        assert (await desk.ended(held.read())).kernel_id == "kernel-1"

    async def test_a_kernel_that_may_not_be_used_is_none(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        await desk.pages.put("me", "page-1", page.registration(), kernels=False)
        held = await desk.hosts.open(desk.channel, desk.binding())
        view = await desk.ended(held.read())
        assert (view.kernel_id, view.kernel_status) == (None, "forbidden")

    async def test_a_rename_does_not_lose_a_kernel_that_was_accepted(self, desk):
        async def of_this_path(path: str, kernel_id: str) -> bool:
            return (path, kernel_id) == ("penguins.ipynb", "kernel-1")

        notebook = PlayedNotebook("penguins.ipynb", "a")
        page = await desk.page("page-1", notebook)
        await desk.pages.put("me", "page-1", {"clientId": page.client_id})
        for path, expected in ("renamed.ipynb", None), ("penguins.ipynb", "kernel-1"), ("renamed.ipynb", "kernel-1"):
            notebook.path = path
            await desk.pages.put("me", "page-1", page.registration(), belongs=of_this_path)
            document = desk.pages.document("me", "page-1", "page-1/0")
            assert document is not None
            assert document.kernel_id == expected


class TestSize:
    @pytest.mark.parametrize("part", ["cells", "outputs"])
    async def test_a_notebook_beyond_all_measure_is_refused_in_words(self, desk, part):
        notebook = PlayedNotebook("penguins.ipynb", "a")
        page = await desk.page("page-1", notebook)
        page.reports = False
        held = await desk.hosts.open(desk.channel, desk.binding())
        reading = asyncio.ensure_future(held.read())
        await settle()
        action_id, report = page.log[0]
        [cell] = report["notebook"]["cells"]
        if part == "cells":
            report["notebook"]["cells"] = [cell] * (CELLS + 1)
        else:
            cell["outputs"] = [{"kind": "stream", "text": ""}] * (OUTPUTS + 1)
        with pytest.raises(Invalid, match=f"more than {CELLS if part == 'cells' else OUTPUTS} {part}"):
            await page.report(action_id, report)
        reading.cancel()

    def test_the_largest_that_is_taken_is_read(self):
        cell = PlayedNotebook("a.ipynb", "a").cells[0].report(0)
        body = {"outcome": "done", "notebook": {"path": "a.ipynb", "cells": [cell] * CELLS}}
        assert ended("read", body).outcome == "done"

    async def test_a_large_report_is_looked_at_beside_the_loop(self, desk):
        page = await desk.page("page-1", PlayedNotebook("penguins.ipynb", "a"))
        page.reports = False
        held = await desk.hosts.open(desk.channel, desk.binding())
        reading = asyncio.ensure_future(held.read())
        await settle()
        action_id, report = page.log[0]
        await desk.pages.report("me", action_id, report, large=True)
        assert len((await desk.ended(reading)).cells) == 1
