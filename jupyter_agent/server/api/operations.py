"""Every endpoint once: what each does with the assistant, and what it answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from ag_ui.core import RunAgentInput
from pydantic import ValidationError

from ...core.assistant import Assistant
from ...core.errors import Invalid, NotFound
from ...core.records import Blob
from ...core.shape import misfit
from .about import About
from .exchange import Answer, ClientStream, Reply, Request, RunStream, cursor, integer, named, read_object, segment

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}(; ?charset=[\w-]{1,40})?", re.ASCII)
TITLE = 200
"""Characters of a thread's title."""


class Pages(Protocol):
    """What endpoints need of the page host (hosts.pages.Pages)."""

    async def put(
        self,
        owner: str,
        page_id: str,
        body: Mapping[str, Any],
        *,
        kernels: bool = True,
        belongs: Callable[[str, str], Awaitable[bool]] | None = None,
    ) -> None: ...

    async def remove(self, owner: str, page_id: str) -> None: ...

    async def report(self, owner: str, action_id: str, body: Mapping[str, Any], *, large: bool = False) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """One coroutine per route, named as the table names it. They raise RequestError, or StoreError."""

    assistant: Assistant
    pages: Pages
    about: About
    expect: Callable[[], object] | None = None
    """Called when somebody is about to ask something: what takes long to load can be loaded now."""

    async def health(self, request: Request) -> Answer:  # noqa: ARG002 - one signature for all
        return Reply(body=self.about.health(self.assistant.running, self.assistant.trouble))

    async def capabilities(self, request: Request) -> Answer:  # noqa: ARG002 - one signature for all
        if self.expect is not None:
            self.expect()
        return Reply(body=await self.about.capabilities())

    # Runs

    async def start_run(self, request: Request) -> Answer:
        run = await self.assistant.send(request.owner, await _wanted(request))
        return Reply(status=202, body={"threadId": run.thread_id, "runId": run.run_id})

    async def agui(self, request: Request) -> Answer:
        after = cursor(request)
        run = await self.assistant.send(request.owner, await _wanted(request), waits=False)
        return RunStream(owner=request.owner, run_id=run.run_id, after=after, quiet=True)

    async def read_run(self, request: Request) -> Answer:
        return Reply(body=await self.assistant.run(request.owner, segment(request, "runId", "run")))

    async def cancel_run(self, request: Request) -> Answer:
        return Reply(status=202, body=await self.assistant.cancel(request.owner, segment(request, "runId", "run")))

    async def follow_run(self, request: Request) -> Answer:
        run_id = segment(request, "runId", "run")
        after = cursor(request)
        run = await self.assistant.run(request.owner, run_id)
        last = run["lastSeq"]
        if after is not None and last is not None and after >= last:
            bounds = await self.assistant.log.bounds(request.owner)
            if after <= bounds.last:
                return Reply(status=204)
        return RunStream(owner=request.owner, run_id=run_id, after=after)

    async def answer_run(self, request: Request) -> Answer:
        run_id = segment(request, "runId", "run")
        going_on = await self.assistant.answer(request.owner, run_id, await read_object(request))
        return Reply(status=202, body={"runId": going_on})

    # Clients and their pages

    async def follow_client(self, request: Request) -> Answer:
        client_id = named(request.query.get("client"), "client")
        return ClientStream(owner=request.owner, client_id=client_id, after=cursor(request))

    async def put_page(self, request: Request) -> Answer:
        page_id = named(request.params["pageId"], "pageId")
        body = await read_object(request)
        await self.pages.put(request.owner, page_id, body, kernels=request.kernels, belongs=request.belongs)
        return Reply(status=204)

    async def remove_page(self, request: Request) -> Answer:
        await self.pages.remove(request.owner, segment(request, "pageId", "page"))
        return Reply(status=204)

    async def report_action(self, request: Request) -> Answer:
        action_id = segment(request, "actionId", "action")
        await self.pages.report(request.owner, action_id, await read_object(request), large=request.large)
        return Reply(status=204)

    # Threads

    async def list_threads(self, request: Request) -> Answer:
        limit = integer(request, "limit", 50, least=1, most=500)
        return Reply(
            body=await self.assistant.threads(
                request.owner,
                query=request.query.get("q") or None,
                notebook=request.query.get("notebook") or None,
                limit=limit,
            )
        )

    async def read_thread(self, request: Request) -> Answer:
        return Reply(body=await self.assistant.thread(request.owner, segment(request, "threadId", "thread")))

    async def rename_thread(self, request: Request) -> Answer:
        thread_id = segment(request, "threadId", "thread")
        title = (await read_object(request)).get("title")
        if not isinstance(title, str) or not title.strip() or len(title) > TITLE:
            raise Invalid("field", f"title: must be text of 1 to {TITLE} characters.", field="title")
        return Reply(body=await self.assistant.rename(request.owner, thread_id, title.strip()))

    async def delete_thread(self, request: Request) -> Answer:
        await self.assistant.delete(request.owner, segment(request, "threadId", "thread"))
        return Reply(status=204)

    # Blobs

    async def put_blob(self, request: Request) -> Answer:
        thread = request.query.get("thread") or None
        if thread is not None:
            named(thread, "thread")
        given = request.headers.get("content-type", "")
        kind = given if _MEDIA_TYPE.fullmatch(given) else "application/octet-stream"
        blob = Blob(blob_id=uuid4().hex, owner=request.owner, thread_id=thread, content_type=kind, data=request.body)
        await self.assistant.records.put_blob(blob)
        return Reply(status=201, body={"blobId": blob.blob_id, "size": len(blob.data), "contentType": kind})

    async def read_blob(self, request: Request) -> Answer:
        blob = await self.assistant.records.blob(request.owner, segment(request, "blobId", "blob"))
        if blob is None:
            raise NotFound("unknown-blob", "There is no file with this id; it may have gone with its conversation.")
        headers = {
            "Content-Type": blob.content_type,
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "attachment",
            # Whatever it holds, a browser that shows it runs nothing of it and loads nothing for it.
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        }
        return Reply(content=blob.data, headers=headers)


async def _wanted(request: Request) -> RunAgentInput:
    """The body of a request to run. Raises Invalid naming the field."""
    body = await read_object(request)
    for name in ("threadId", "runId"):
        named(body.get(name), name)
    try:
        validate = partial(RunAgentInput.model_validate, body)
        return await asyncio.to_thread(validate) if request.large else validate()
    except ValidationError as error:
        raise misfit(error) from error
