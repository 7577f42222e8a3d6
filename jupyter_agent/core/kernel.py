"""What can be seen of a live kernel without disturbing it: the variables, and one of them closely."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One name of the kernel's namespace. Nothing in it was made by the object's own `repr`."""

    name: str
    type: str
    """The type's name, with its module unless that is builtins: "int", "pandas.DataFrame"."""
    kind: str
    """"table", "column", "array", "number", "text", "list", "mapping", "module", "function", "class" or "other"."""
    summary: str
    """A few words: "344 rows x 8 columns", "'abc'", "list of 3"."""
    details: dict[str, Any] = field(default_factory=dict)
    """JSON values. Tables: rows, columns [{name, dtype}] and, when described, missing, head. Mappings: keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """What a kernel's namespace holds, in the order in which the names were first given."""

    items: tuple[Variable, ...]
    total: int
    """How many there are; more than `items` where the list was cut."""


class Kernels(Protocol):
    """Looks at live kernels. Never changes history, the execution counter, `_` or the namespace, and never hangs.

    Raises ToolError: "no-kernel", "kernel-dead", "kernel-busy" (it cannot be seen while it works), "language" (not
    Python), "unknown-variable" (facts hold `close`: names that look alike), "kernel" (it answered with a fault).
    """

    async def variables(self, kernel_id: str) -> Variables: ...

    async def describe(self, kernel_id: str, name: str) -> Variable: ...
