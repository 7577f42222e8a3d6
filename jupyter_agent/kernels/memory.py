"""A kernel in memory: runs sources in a namespace of its own, in this process. A double for tests and trials."""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import json
import sys
import time
import traceback
from typing import Any

from ..core.errors import ToolError
from ..core.kernel import Variable, Variables
from ..core.notebook import Execution, Output
from . import probe


class StdinNotImplementedError(RuntimeError):
    """What a kernel raises where nobody can be asked for input."""


class MemoryKernel:
    """Implements core.kernel.Kernels with the very probe that runs in real kernels, and runs sources for a notebook."""

    def __init__(self) -> None:
        self._probe: Any = probe  # it has no types: it has to run on old Pythons
        self.namespace: dict[str, Any] = {"__name__": "__main__", "input": _no_input}
        self.count = 0
        self.dead = False

    async def variables(self, kernel_id: str) -> Variables:  # noqa: ARG002 - the port's signature; there is only one
        self._must_live()
        told = json.loads(self._probe.variables(self._shown()))
        return Variables(items=tuple(Variable(**item) for item in told["items"]), total=told["total"])

    async def describe(self, kernel_id: str, name: str) -> Variable:  # noqa: ARG002 - likewise
        self._must_live()
        told = json.loads(self._probe.describe(self._shown(), name))
        if "item" not in told:
            close = difflib.get_close_matches(name, told["known"], n=3)
            raise ToolError("unknown-variable", f"The kernel has no variable named {name!r}.", close=close)
        return Variable(**told["item"])

    async def execute(self, source: str) -> Execution:
        """Run `source` as a cell would be run: the value of a last expression is shown."""
        self._must_live()
        self.count += 1
        started, printed = time.monotonic(), io.StringIO()
        value: Any = None
        error: BaseException | None = None
        with contextlib.redirect_stdout(printed):
            try:
                value = self._run(source)
            except Exception as raised:  # noqa: BLE001 - whatever a cell raises is how it ended
                error = raised
        outputs = [Output(kind="stream", text=printed.getvalue())] if printed.getvalue() else []
        if value is not None:
            outputs.append(Output(kind="result", text=repr(value), mime_types=("text/plain",)))
        if error is None:
            outputs += _figures()
        told = "".join(traceback.format_exception(error)) if error is not None else ""
        name = type(error).__name__ if error is not None else None
        if error is not None:
            outputs.append(Output(kind="error", text=told, error_name=name, error_value=str(error)))
        return Execution(
            cell_id="",
            status="error" if error is not None else "ok",
            execution_count=self.count,
            outputs=tuple(outputs),
            error_name=name,
            error_value=str(error) if error is not None else None,
            traceback=told or None,
            duration=time.monotonic() - started,
        )

    def _run(self, source: str) -> Any:
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<cell>", "exec"), self.namespace)  # noqa: S102 - running code is what a kernel is for
        if not isinstance(last, ast.Expr):
            return None
        return eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.namespace)  # noqa: S307 - likewise

    def _shown(self) -> dict[str, Any]:
        return {name: value for name, value in self.namespace.items() if value is not _no_input}

    def _must_live(self) -> None:
        if self.dead:
            raise ToolError("kernel-dead", "The kernel has died. Ask the person to restart it; its variables are gone.")


def _no_input(prompt: str = "") -> str:
    raise StdinNotImplementedError(f"input was called ({prompt!r}), but nobody can be asked here.")


def _figures() -> list[Output]:
    plots = sys.modules.get("matplotlib.pyplot")
    if plots is None or not plots.get_fignums():
        return []
    shown = [
        Output(kind="display", text=str(plots.figure(at)), mime_types=("image/png",)) for at in plots.get_fignums()
    ]
    plots.close("all")
    return shown
