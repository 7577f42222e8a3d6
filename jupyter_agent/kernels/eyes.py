"""Eyes: look at the variables of a live Python kernel without disturbing it.

Theory of operation. An idle kernel is asked on its main shell, where nothing can happen at the same time. A busy one
is asked on a subshell that is made for the question and deleted after it. The question is an empty silent execution
with one expression, which carries the text of probe.py along, so that nothing has to be, or stays, in the namespace.
Every look has a client of its own with an identity of its own: `km.client()` alone would take over the identity of the
manager's session, and with it the replies of another client.

What an execution on a subshell would do to a running cell, and how it is kept from it: IPython would show and close the
figures that the cell has begun (they are set aside for that moment), and forbid it to ask for input (our question
allows it, as JupyterLab's do).
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import json
import queue
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, Protocol
from uuid import uuid4

from jupyter_client.asynchronous.client import AsyncKernelClient

from ..core.errors import ToolError
from ..core.kernel import Variable, Variables

PATIENCE = 5.0
"""Seconds for one whole look."""
IDLE_PATIENCE = 0.5
"""Seconds after which a kernel that does not answer on its main shell counts as busy."""
FAREWELL = 1.0
"""Seconds that a kernel has to take its subshell back, also when we have given up waiting for an answer."""
GLANCE = 0.25
"""Seconds between looks whether a kernel that we wait for is still alive."""

_PROBE = files(__package__).joinpath("probe.py").read_text(encoding="utf-8")
_HERE = "(__import__('sys').modules.get('matplotlib_inline.backend_inline'), __import__('threading').current_thread())"
_SETS_FIGURES_ASIDE = (
    "(lambda m, t: m and (setattr(t, '_figures', m.show._draw_called), setattr(m.show, '_draw_called', False)))" + _HERE
)
_BRINGS_FIGURES_BACK = (
    "(lambda m, t: m and setattr(m.show, '_draw_called', m.show._draw_called or getattr(t, '_figures', False)))" + _HERE
)


class KernelManagers(Protocol):
    """What is needed of Jupyter Server's kernel manager (a MappingKernelManager)."""

    def __contains__(self, kernel_id: str, /) -> bool: ...

    def get_kernel(self, kernel_id: str) -> Any: ...


class Eyes:
    """Implements core.kernel.Kernels for ipykernels of the server's kernel manager."""

    def __init__(self, managers: KernelManagers, *, patience: float = PATIENCE) -> None:
        self._managers = managers
        self._patience = patience

    async def variables(self, kernel_id: str) -> Variables:
        told = await self._look(kernel_id, "variables(globals())")
        return Variables(items=tuple(_variable(item) for item in told["items"]), total=told["total"])

    async def describe(self, kernel_id: str, name: str) -> Variable:
        told = await self._look(kernel_id, f"describe(globals(), {name!r})")
        if "item" not in told:
            close = _close(name, told.get("known", ()))
            hint = f" Close to it: {', '.join(close)}." if close else ""
            raise ToolError("unknown-variable", f"The kernel has no variable named {name!r}.{hint}", close=close)
        return _variable(told["item"])

    async def _look(self, kernel_id: str, question: str) -> dict[str, Any]:
        manager = self._manager(kernel_id)
        _must_speak_python(manager)
        try:
            async with asyncio.timeout(self._patience), _client(manager) as client:
                answer = await _Look(manager, client).ask(_expression(question))
        except TimeoutError as error:
            await _must_be_alive(manager)
            raise _busy() from error
        return _read(answer)

    def _manager(self, kernel_id: str) -> Any:
        if kernel_id not in self._managers:
            raise ToolError("no-kernel", "This notebook's kernel is gone. Ask the person to start one.")
        return self._managers.get_kernel(kernel_id)


class _Look:
    """One question to one kernel."""

    def __init__(self, manager: Any, client: AsyncKernelClient) -> None:
        self._manager = manager
        self._client = client

    async def ask(self, expression: str) -> dict[str, Any]:
        await _must_be_alive(self._manager)
        # Without a word from the server about its state, a kernel is tried on its main shell first.
        if getattr(self._manager, "execution_state", None) != "busy":
            message = self._question("", {"answer": expression})
            self._client.shell_channel.send(message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_PATIENCE):
                    return await self._reply(self._client.shell_channel, message)
        return await self._beside(expression)

    async def _beside(self, expression: str) -> dict[str, Any]:
        """On a subshell, while a cell runs."""
        info = await self._control("kernel_info_request", {})
        if "kernel subshells" not in info.get("supported_features", ()):
            raise _busy()
        subshell = (await self._control("create_subshell_request", {})).get("subshell_id")
        try:
            message = self._question(
                _SETS_FIGURES_ASIDE, {"figures": _BRINGS_FIGURES_BACK, "answer": expression}, allow_stdin=True
            )
            message["header"]["subshell_id"] = subshell
            self._client.shell_channel.send(message)
            return await self._reply(self._client.shell_channel, message)
        finally:
            with contextlib.suppress(TimeoutError, ToolError):
                async with asyncio.timeout(FAREWELL):
                    await self._control("delete_subshell_request", {"subshell_id": subshell})

    async def _control(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        message = self._client.session.msg(kind, content)
        self._client.control_channel.send(message)
        return await self._reply(self._client.control_channel, message)

    def _question(self, code: str, expressions: dict[str, str], *, allow_stdin: bool = False) -> dict[str, Any]:
        content = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": expressions,
            "allow_stdin": allow_stdin,
            "stop_on_error": False,
        }
        message: dict[str, Any] = self._client.session.msg("execute_request", content)
        return message

    async def _reply(self, channel: Any, message: dict[str, Any]) -> dict[str, Any]:
        """The content of the reply to `message`. Waits as long as the kernel lives: whoever calls keeps the time."""
        while True:
            try:
                reply = await channel.get_msg(timeout=GLANCE)
            except queue.Empty:
                await _must_be_alive(self._manager)
                continue
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                content: dict[str, Any] = reply["content"]
                return content


@asynccontextmanager
async def _client(manager: Any) -> AsyncIterator[AsyncKernelClient]:
    """A client with its own identity, its own sockets and nothing left behind."""
    if not getattr(manager, "shell_port", 0):
        raise ToolError("no-kernel", "This kernel runs elsewhere and cannot be looked at from here.")
    client = AsyncKernelClient(**manager.get_connection_info(session=True))
    client.session.session = str(uuid4())
    client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=True)  # noqa: S604 - ZeroMQ's shell
    try:
        yield client
    finally:
        client.stop_channels()
        client.context.destroy(linger=0)


def _expression(question: str) -> str:
    """One expression, to be evaluated in the kernel, that answers the question and leaves nothing behind."""
    name, _, arguments = question.partition("(")
    probe = f"(lambda n: (exec(compile({_PROBE!r}, '<jupyter_agent>', 'exec'), n), n)[1])({{'__name__': 'probe'}})"
    return f"{probe}[{name!r}]({arguments}"


def _read(answer: dict[str, Any]) -> dict[str, Any]:
    told = answer.get("user_expressions", {}).get("answer", {})
    if told.get("status") != "ok":
        fault = told.get("ename") or answer.get("ename") or "no answer"
        raise ToolError("kernel", f"The kernel could not be looked at: {fault}.")
    text = told["data"]["text/plain"]
    try:
        value = json.loads(text)
        found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ToolError("kernel", "The kernel's answer could not be read.") from error
    return found


def _variable(item: dict[str, Any]) -> Variable:
    return Variable(**item)


def _close(name: str, known: Any) -> list[str]:
    return difflib.get_close_matches(name, [str(other) for other in known], n=3, cutoff=0.6)


def _must_speak_python(manager: Any) -> None:
    spec = getattr(manager, "kernel_spec", None)
    language = str(getattr(spec, "language", "") or "python")
    if language.lower() != "python":
        raise ToolError("language", f"Only Python kernels can be looked at, and this one speaks {language}.")


async def _must_be_alive(manager: Any) -> None:
    alive = manager.is_alive()
    if asyncio.iscoroutine(alive) or asyncio.isfuture(alive):
        alive = await alive
    if not alive or getattr(manager, "execution_state", None) == "dead":
        raise ToolError("kernel-dead", "The kernel has died. Ask the person to restart it; its variables are gone.")


def _busy() -> ToolError:
    return ToolError("kernel-busy", "The kernel is busy and cannot be looked at until it is done. Try again later.")
