"""The built-in assistant with a real kernel: what it writes runs there, and what it says is in the output."""

import asyncio
from typing import Any

from jupyter_agent.core.notebook import Execution, Output
from jupyter_agent.tools import build_tools
from tests.agents.bench import Bench
from tests.kernels.live import Live, live


def _executes(kernel: Live) -> Any:
    async def execute(source: str) -> Execution:
        done = await kernel.run(source)
        outputs = []
        for message in done["outputs"]:
            content = message["content"]
            if message["msg_type"] == "stream":
                outputs.append(Output(kind="stream", text=content["text"]))
            elif message["msg_type"] in ("execute_result", "display_data"):
                kind: Any = "result" if message["msg_type"] == "execute_result" else "display"
                data = content["data"]
                outputs.append(Output(kind=kind, text=data.get("text/plain", ""), mime_types=tuple(data)))
        return Execution(cell_id="", status="ok", execution_count=done["count"], outputs=tuple(outputs))

    return execute


def test_profiles_and_plots_in_a_real_kernel() -> None:
    async def story() -> None:
        async with live() as kernel:
            bench = Bench(
                "import pandas as pd\n"
                "birds = pd.DataFrame({'kind of bird': ['a', 'b', None] * 50, 'mass_g': range(150)})\n"
                "birds['wing_mm'] = [1.5, None, 2.5] * 50"
            )
            bench.notebook.execute = _executes(kernel)
            bench.notebook.kernel_id = kernel.kernel_id
            bench.tools = list(build_tools(kernel.eyes))
            await bench.open()
            assert await bench.say("profile birds") == (
                "`birds` has 150 rows and 3 columns (cell 2). "
                "100 values are missing: `kind of bird` (50) and `wing_mm` (50). "
                "2 of the 3 columns hold numbers. Say `plot mass_g` to see one of them."
            )
            names = {item.name for item in (await kernel.eyes.variables(kernel.kernel_id)).items}
            for request in (
                "plot mass_g",
                "plot kind of bird",
                "plot mass against wing_mm",
                "plot mass against wing by kind of bird",
                "plot mass by kind of bird",
                "plot mass_g and kind of bird",
            ):
                said = await bench.say(request)
                assert said.endswith(f"The plot is below cell {len(bench.sources())}.")
                assert "image/png" in bench.notebook.document.cells[-1].outputs[-1].data
            assert {item.name for item in (await kernel.eyes.variables(kernel.kernel_id)).items} == names

    asyncio.run(story())
