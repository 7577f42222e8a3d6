"""The notebook in memory keeps the promises of the Notebook port."""

import asyncio
from typing import Any

import nbformat
import pytest

from jupyter_agent.core.errors import ToolError
from jupyter_agent.core.notebook import Binding, source_hash
from jupyter_agent.hosts.memory import MemoryHosts, MemoryNotebook
from jupyter_agent.kernels.memory import MemoryKernel


def test_a_write_is_read_back_and_both_sides_are_kept() -> None:
    async def story() -> None:
        notebook = MemoryNotebook()
        made = await notebook.insert(cell_id="a", type="code", source="1", after=None)
        again = await notebook.insert(cell_id="a", type="code", source="1", after=None)
        changed = await notebook.replace(cell_id="a", source="2", expected_hash=source_hash("1"))
        assert (made.position, made.before, made.changed, again.changed) == (0, None, True, False)
        assert (changed.before, changed.after, changed.source_hash) == (
            {"type": "code", "source": "1", "metadata": {}, "outputs": []},
            {"type": "code", "source": "2", "metadata": {}, "outputs": []},
            source_hash("2"),
        )
        assert notebook.changes == [made, changed]

    asyncio.run(story())


def test_what_is_run_and_written_is_a_valid_notebook() -> None:
    async def story() -> None:
        kernel = MemoryKernel()
        notebook = MemoryNotebook(execute=kernel.execute)
        for name, source in (("a", "print(1)\n2"), ("b", "1 / 0")):
            await notebook.insert(cell_id=name, type="code", source=source, after=None)
            await notebook.run(cell_id=name, source=source)
        nbformat.validate(notebook.document)
        view = await notebook.read(output_limit=3)
        assert [[(o.kind, o.text, o.truncated) for o in cell.outputs] for cell in view.cells] == [
            [("stream", "1\n", False), ("result", "2", False)],
            [("error", "Tra", True)],
        ]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("verb", "arguments", "reason"),
    [
        ("read", {"cell_ids": ["gone"]}, "unknown-cell"),
        ("insert", {"cell_id": "x", "type": "code", "source": "", "after": "gone"}, "unknown-cell"),
        ("replace", {"cell_id": "a", "source": "", "expected_hash": source_hash("other")}, "changed"),
        ("run", {"cell_id": "a", "source": "other"}, "changed"),
        ("run", {"cell_id": "a", "source": "1"}, "no-kernel"),
    ],
)
def test_it_refuses_with_the_ports_reasons(verb: str, arguments: dict[str, Any], reason: str) -> None:
    async def story() -> None:
        notebook = MemoryNotebook()
        await notebook.insert(cell_id="a", type="code", source="1", after=None)
        with pytest.raises(ToolError) as refused:
            await getattr(notebook, verb)(**arguments)
        assert refused.value.reason == reason

    asyncio.run(story())


def test_without_a_notebook_its_host_says_so() -> None:
    channel: Any = None  # nothing is said on it
    with pytest.raises(ToolError) as refused:
        asyncio.run(MemoryHosts().open(channel, Binding()))
    assert refused.value.reason == "no-notebook"
