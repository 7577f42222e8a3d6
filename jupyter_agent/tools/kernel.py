"""Tools that look at the live kernel and leave it as it was."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from ..core.errors import ToolError
from ..core.kernel import Kernels
from ..core.policy import Risk
from ..core.tool import Call, Exact, Plan, Result, Scope
from .notebook import Strict
from .summaries import was_described, was_listed
from .words import compact


class ListVariablesArguments(Strict):
    pass


class ListVariables:
    """The names of the live kernel, with types, sizes and columns."""

    name: ClassVar[str] = "list_variables"
    description: ClassVar[str] = (
        "List the variables of the notebook's live kernel: names, types, sizes, and the columns of tables. Changes "
        "nothing and works while a cell runs."
    )
    risk: ClassVar[Risk] = Risk.READ
    Arguments: ClassVar[type[BaseModel]] = ListVariablesArguments

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:  # noqa: ARG002 - the port's signature
        return Plan(exact=Exact(tool=self.name, title="List the variables", arguments=arguments.model_dump()))

    async def perform(self, plan: Plan, scope: Scope) -> Result:  # noqa: ARG002 - the port's signature
        found = await self._kernels.variables(await _kernel_id(scope))
        content = compact({"variables": [asdict(item) for item in found.items], "total": found.total})
        return Result(content=content, summary=was_listed(found.total))


class DescribeVariableArguments(Strict):
    name: str = Field(description="The variable's name, as list_variables gives it.")


class DescribeVariable:
    """One variable of the live kernel, closely."""

    name: ClassVar[str] = "describe_variable"
    description: ClassVar[str] = (
        "Describe one variable of the notebook's live kernel: for a table its columns with types and missing values "
        "and its first rows; for other values their size and beginning. Changes nothing and works while a cell runs."
    )
    risk: ClassVar[Risk] = Risk.READ
    Arguments: ClassVar[type[BaseModel]] = DescribeVariableArguments

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels

    async def prepare(self, arguments: Any, call: Call, scope: Scope) -> Plan:  # noqa: ARG002 - the port's signature
        exact = Exact(tool=self.name, title=f"Look at {arguments.name}", arguments=arguments.model_dump())
        return Plan(exact=exact, data={"name": arguments.name})

    async def perform(self, plan: Plan, scope: Scope) -> Result:
        found = await self._kernels.describe(await _kernel_id(scope), plan.data["name"])
        return Result(content=compact({"variable": asdict(found)}), summary=was_described(found))


async def _kernel_id(scope: Scope) -> str:
    view = await (await scope.notebook()).read([], outputs=False)
    if view.kernel_status == "forbidden":
        raise ToolError("forbidden", "You may not use this notebook's kernel on this server.")
    if view.kernel_id is None:
        raise ToolError("no-kernel", "This notebook has no kernel running. Ask the person to start one, or run a cell.")
    if view.language is not None and view.language.lower() not in ("python", "ipython"):
        raise ToolError("language", f"Only Python kernels can be looked at, and this one speaks {view.language}.")
    return view.kernel_id
