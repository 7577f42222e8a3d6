"""A page played over HTTP: it registers, listens to its client's stream, carries out actions and reports them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.hosts.played import PlayedNotebook

from .client import Client, Frame, Stream


class PlayedPage:
    """One page load with its own client. `frames` holds all that it heard, hello and beats included."""

    def __init__(
        self, client: Client, *notebooks: PlayedNotebook, name: str = "page-1", threads: Sequence[str] = ("thread-1",)
    ) -> None:
        self.client = client
        self.page_id = name
        self.client_id = f"client-of-{name}"
        self.notebooks = notebooks
        self.threads = list(threads)
        self.frames: list[Frame] = []
        self.reports: list[int] = []
        """The status that each report was answered with."""
        self.silent = False
        """Whether it keeps what it has done to itself."""
        self.stream: Stream | None = None
        self._seen: dict[str, dict[str, Any]] = {}
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Condition()

    def page(self, at: int = 0) -> dict[str, Any]:
        """`forwardedProps.jupyterAgent` of a message that comes from one of its notebooks."""
        return {
            "page": {"pageId": self.page_id, "documentId": f"{self.page_id}/{at}"},
            "notebook": {"path": self.notebooks[at].path},
        }

    async def register(self) -> None:
        documents = [
            {
                "documentId": f"{self.page_id}/{at}",
                "path": notebook.path,
                "kernelId": notebook.kernel_id if notebook.kernel else None,
            }
            for at, notebook in enumerate(self.notebooks)
        ]
        body = {"clientId": self.client_id, "threads": self.threads, "documents": documents}
        assert (await self.client.request("PUT", f"pages/{self.page_id}", body)).status == 204

    async def open(self, after: int | None = None) -> PlayedPage:
        """Register, open the stream and go on until `close`."""
        await self.register()
        place: dict[str, Any] = {} if after is None else {"after": after}
        self.stream = await self.client.stream("events", client=self.client_id, **place)
        self._task = asyncio.ensure_future(self._listen(self.stream))
        await self.hears("hello")
        return self

    async def hears(self, kind: str, times: int = 1) -> Frame:
        """The n-th frame of this kind that it has heard or will hear."""
        async with asyncio.timeout(20), self._heard:
            await self._heard.wait_for(lambda: len(self.of(kind)) >= times or (self._task and self._task.done()))
        return self.of(kind)[times - 1]

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if kind in {frame.kind, frame.event}]

    def kinds(self) -> list[str]:
        """What it heard, in order, without hello and beats."""
        return [frame.kind for frame in self.frames if frame.event is None and frame.kind != "hello"]

    async def ended(self) -> None:
        """Returns when the server has ended its stream; fails if it did not do so cleanly."""
        async with asyncio.timeout(20):
            assert self._task
            await self._task

    async def close(self) -> None:
        """Lose the line."""
        if self.stream is not None and self._task is not None:
            self.stream.leave()
            self._task.cancel()
            await asyncio.wait({self._task})

    async def leave(self) -> int:
        await self.close()
        return (await self.client.request("DELETE", f"pages/{self.page_id}")).status

    async def _listen(self, stream: Stream) -> None:
        cursor = 0
        async for frame in stream:
            self.frames.append(frame)
            if frame.kind == "hello":
                cursor = frame.data["value"]["cursor"]
            if frame.kind == "action" and frame.data["value"]["pageId"] == self.page_id:
                await self._take(frame.data["value"], live=frame.seq > cursor)
            async with self._heard:
                self._heard.notify_all()
        async with self._heard:
            self._heard.notify_all()

    async def _take(self, action: dict[str, Any], *, live: bool) -> None:
        action_id = action["actionId"]
        if action_id not in self._seen:
            at = int(action["documentId"].rpartition("/")[2])
            self._seen[action_id] = self.notebooks[at].perform(action) if live else {"outcome": "missed"}
        if not self.silent:
            answer = await self.client.post(f"actions/{action_id}/result", self._seen[action_id])
            self.reports.append(answer.status)
