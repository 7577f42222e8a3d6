"""Eyes on a real ipykernel."""

import ast
import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.multikernelmanager import AsyncMultiKernelManager

from jupyter_agent.core.errors import ToolError
from jupyter_agent.kernels.eyes import Eyes
from tests.kernels.live import live


def by_name(found: Any) -> dict[str, Any]:
    return {item.name: item for item in found.items}


def test_variables_are_told_with_type_kind_and_a_few_words() -> None:
    async def story() -> None:
        async with live() as kernel:
            await kernel.run(
                "import math\nimport pandas as pd\nimport numpy as np\n"
                "number, words, things, ages = 12, 'hello', [1, 2, 3], {'ann': 3}\n"
                "class Bird: pass\n"
                "def sing(song, times=2): pass\n"
                "bird = Bird()\n"
                "birds = pd.DataFrame({'name': ['a', 'b'], 'weight': [1.5, None]})\n"
                "weights = birds['weight']\n"
                "grid = np.zeros((3, 4))\n"
                "_hidden = 1"
            )
            found = await kernel.eyes.variables(kernel.kernel_id)
            assert [(v.name, v.type, v.kind, v.summary) for v in found.items] == [
                ("math", "module", "module", "math"),
                ("pd", "module", "module", "pandas"),
                ("np", "module", "module", "numpy"),
                ("number", "int", "number", "12"),
                ("words", "str", "text", "'hello'"),
                ("things", "list", "list", "list of 3"),
                ("ages", "dict", "mapping", "mapping of 1"),
                ("Bird", "type", "class", "Bird"),
                ("sing", "function", "function", "(song, times)"),
                ("bird", "Bird", "other", ""),
                ("birds", "pandas.DataFrame", "table", "2 rows x 2 columns"),
                ("weights", "pandas.Series", "column", "2 values, float64"),
                ("grid", "numpy.ndarray", "array", "3 x 4 of float64"),
            ]
            assert found.total == 13
            assert by_name(found)["ages"].details["keys"] == ["ann"]
            table = await kernel.eyes.describe(kernel.kernel_id, "birds")
            assert [(c["name"], c["missing"]) for c in table.details["columns"]] == [("name", 0), ("weight", 1)]
            assert table.details["head"][0] == ["a", 1.5]

    asyncio.run(story())


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_looking_leaves_no_trace(state: str) -> None:
    seen = {
        "names": "sorted(globals())",
        "last": "_",
        "history": "len(In)",
        "modules": "'probe' in __import__('sys').modules",
    }

    async def story() -> None:
        async with live() as kernel:
            kernel.manager.execution_state = state  # as Jupyter Server tells it
            await kernel.run("value = 41\nvalue + 1")
            before = await kernel.run("None", **seen)
            await kernel.eyes.variables(kernel.kernel_id)
            await kernel.eyes.describe(kernel.kernel_id, "value")
            with pytest.raises(ToolError) as refused:
                await kernel.eyes.describe(kernel.kernel_id, "valeu")
            assert (refused.value.reason, refused.value.facts) == ("unknown-variable", {"close": ["value"]})
            after = await kernel.run("None", **seen)
            assert after["count"] == before["count"] + 1
            assert int(after["history"]) == int(before["history"]) + 1
            assert set(ast.literal_eval(after["names"])) - set(ast.literal_eval(before["names"])) == {
                f"_i{after['count']}"
            }
            assert (after["last"], after["modules"]) == ("42", "False")

    asyncio.run(story())


def test_a_kernel_of_another_language_is_refused_in_words() -> None:
    async def story() -> None:
        async with live() as kernel:
            kernel.manager.kernel_spec.language = "R"
            with pytest.raises(ToolError, match="this one speaks R") as refused:
                await kernel.eyes.variables(kernel.kernel_id)
            assert refused.value.reason == "language"

    asyncio.run(story())


def test_it_looks_while_a_cell_runs_and_leaves_the_cell_alone(tmp_path: Path) -> None:
    started, gate = tmp_path / "started", tmp_path / "gate"
    os.mkfifo(started)
    os.mkfifo(gate)

    async def story() -> None:
        async with live() as kernel:
            await kernel.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nseen = 7")
            running = asyncio.ensure_future(
                kernel.run(
                    f"plt.plot([1, 2, 3])\nopen({str(started)!r}, 'w').close()\nopen({str(gate)!r}).read()\n"
                    "print('figures', len(plt.get_fignums()))"
                )
            )
            await asyncio.to_thread(started.read_text)
            found = await kernel.eyes.variables(kernel.kernel_id)
            assert by_name(found)["seen"].summary == "7"
            assert not running.done()
            await asyncio.to_thread(gate.write_text, "go")
            done = await running
            assert done["text"] == "figures 1\n"
            assert [m["msg_type"] for m in done["outputs"]].count("display_data") == 1
            assert await kernel.subshells() == []

    asyncio.run(story())


def test_nothing_of_the_persons_is_called() -> None:
    async def story() -> None:
        async with live() as kernel:
            await kernel.run(
                "calls = []\n"
                "class Trap:\n"
                "    def __getattribute__(self, name):\n        calls.append(name)\n        raise SystemError(name)\n"
                "    def __repr__(self):\n        calls.append('repr')\n        import time; time.sleep(60)\n"
                "    __len__ = __iter__ = __eq__ = __bool__ = __str__ = __hash__ = __repr__\n"
                "class Meta(type):\n"
                "    def __getattribute__(cls, name):\n        calls.append(name)\n        raise SystemError(name)\n"
                "class Made(metaclass=Meta): pass\n"
                "class Words(str):\n    __repr__ = __len__ = __getitem__ = Trap.__dict__['__repr__']\n"
                "class Keys(dict):\n    __iter__ = keys = items = __len__ = Trap.__dict__['__repr__']\n"
                "trap, made, words, keys = Trap(), Made(), Words('abc'), Keys(a=1)\n"
                "calls.clear()"
            )
            found = by_name(await kernel.eyes.variables(kernel.kernel_id))
            for name in ("trap", "made", "words", "keys"):
                await kernel.eyes.describe(kernel.kernel_id, name)
            assert (found["trap"].type, found["trap"].kind, found["trap"].summary) == ("Trap", "other", "")
            assert (found["words"].summary, found["keys"].details["keys"]) == ("'abc'", ["a"])
            assert (await kernel.run("None", calls="calls"))["calls"] == "[]"

    asyncio.run(story())


def test_a_big_table_is_cut() -> None:
    async def story() -> None:
        async with live() as kernel:
            await kernel.run(
                "import pandas as pd, numpy as np\n"
                "big = pd.DataFrame(np.ones((1_000_000, 8)), columns=list('abcdefgh'))\n"
                "big['words'] = 'x' * 1000\n"
                "wide = pd.DataFrame(np.ones((2, 5000)))"
            )
            table = await kernel.eyes.describe(kernel.kernel_id, "big")
            assert table.summary == "1,000,000 rows x 9 columns"
            assert len(table.details["head"]) == 5
            assert len(json.dumps(table.details)) < 5_000
            wide = await kernel.eyes.describe(kernel.kernel_id, "wide")
            assert (wide.details["columnCount"], len(wide.details["columns"])) == (5000, 60)

    asyncio.run(story())


def test_a_dead_kernel_is_said_to_be_dead() -> None:
    async def story() -> None:
        async with live() as kernel:
            await kernel.signal(signal.SIGKILL)
            await kernel.gone()
            with pytest.raises(ToolError) as refused:
                await kernel.eyes.variables(kernel.kernel_id)
            assert refused.value.reason == "kernel-dead"

    asyncio.run(story())


def test_a_kernel_that_dies_while_it_is_looked_at_is_noticed() -> None:
    async def story() -> None:
        async with live() as kernel:
            await kernel.signal(signal.SIGSTOP)  # stopped: it is there and says nothing
            looking = asyncio.ensure_future(kernel.eyes.variables(kernel.kernel_id))
            await asyncio.sleep(0)
            await kernel.signal(signal.SIGKILL)
            with pytest.raises(ToolError) as refused:
                await asyncio.wait_for(looking, 60)
            assert refused.value.reason == "kernel-dead"

    asyncio.run(story())


def test_a_kernel_that_says_nothing_is_given_up_in_words() -> None:
    async def story() -> None:
        async with live() as kernel:
            await kernel.signal(signal.SIGSTOP)
            try:
                with pytest.raises(ToolError) as refused:
                    await Eyes(kernel.managers, patience=1.0).variables(kernel.kernel_id)
                assert refused.value.reason == "kernel-busy"
            finally:
                await kernel.signal(signal.SIGCONT)

    asyncio.run(story())


def test_a_kernel_that_nobody_knows_is_said_to_be_gone() -> None:
    async def story() -> None:
        managers = AsyncMultiKernelManager()
        with pytest.raises(ToolError) as refused:
            await Eyes(managers).variables("nobody")
        assert refused.value.reason == "no-kernel"

    asyncio.run(story())
