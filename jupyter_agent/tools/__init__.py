"""What the assistant may do, one file for each family: look at and change the notebook, look at the kernel."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.kernel import Kernels
from ..core.tool import Tool
from .kernel import DescribeVariable, ListVariables
from .notebook import InsertCell, ReadCells, ReadNotebook, ReplaceCell, RunCell


def build_tools(kernels: Kernels | None = None) -> Sequence[Tool]:
    """All tools, in the order in which a model is told of them; without `kernels`, none that looks at a live kernel."""
    tools: list[Tool] = [ReadNotebook(), ReadCells(), InsertCell(), ReplaceCell(), RunCell()]
    if kernels is not None:
        tools += [ListVariables(kernels), DescribeVariable(kernels)]
    return tools
