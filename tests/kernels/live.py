"""A real ipykernel for tests: run cells in it, look at it, signal it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.multikernelmanager import AsyncMultiKernelManager

from jupyter_agent.kernels.eyes import Eyes


class Live:
    """A kernel, a client that runs cells in it, and eyes on it."""

    def __init__(self, managers: Any, kernel_id: str, client: Any) -> None:
        self.managers = managers
        self.kernel_id = kernel_id
        self.manager: Any = managers.get_kernel(kernel_id)
        self.client = client
        self.eyes = Eyes(managers)

    async def run(self, code: str, **expressions: str) -> dict[str, Any]:
        """Run a cell; what it printed is under "text", the values of the expressions under their names."""
        outputs: list[dict[str, Any]] = []
        reply = await asyncio.wait_for(
            self.client.execute_interactive(
                code, user_expressions=expressions, output_hook=outputs.append, allow_stdin=False
            ),
            30,
        )
        content = reply["content"]
        assert content["status"] == "ok", content
        text = "".join(m["content"].get("text", "") for m in outputs if m["msg_type"] == "stream")
        values = {name: told["data"]["text/plain"] for name, told in content["user_expressions"].items()}
        return {"text": text, "outputs": outputs, "count": content["execution_count"], **values}

    async def subshells(self) -> list[str]:
        """The subshells that the kernel has now."""
        message = self.client.session.msg("list_subshell_request", {})
        self.client.control_channel.send(message)
        while True:
            reply = await self.client.control_channel.get_msg(timeout=10)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                found: list[str] = reply["content"]["subshell_id"]
                return found

    async def signal(self, number: int) -> None:
        await self.manager.signal_kernel(number)

    async def gone(self) -> None:
        """Returns when the process is no more."""
        await self.manager.provisioner.wait()


@asynccontextmanager
async def live() -> AsyncIterator[Live]:
    # A backend that the test run was given would keep the kernel from showing its plots.
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    with TemporaryDirectory() as folder:
        managers: Any = AsyncMultiKernelManager(connection_dir=folder)
        kernel_id = await managers.start_kernel(kernel_name="python3", env=environment)
        client = managers.get_kernel(kernel_id).client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            yield Live(managers, kernel_id, client)
        finally:
            client.stop_channels()
            await managers.shutdown_all(now=True)
