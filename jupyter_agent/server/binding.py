"""The contract as an ASGI application, made from the table of routes. The door comes first on each request."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote, unquote

from starlette.types import Receive, Scope, Send

from ..config import Config, Service
from .api.exchange import Answer, Reply, Request, StreamAnswer
from .api.intake import Intake
from .api.refusals import draining, not_allowed, not_started, refusal, too_large
from .api.routes import PREFIX, Route, by_path, pattern
from .door import OWNER_KEY, response
from .life import Life, watch_peer
from .sse import HEADERS

_log = logging.getLogger("jupyter_agent")


class Binding:
    """Every path of the table. Failures are problem bodies in words; nothing shows internals."""

    def __init__(self, life: Life, config: Config) -> None:
        self._life = life
        self._limits = config.body_limits
        self._patience = config.send_timeout
        self._paths = [(re.compile(pattern(path)), routes) for path, routes in by_path().items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of the owner whom the door has let in."""
        routes, named = self._find(scope)
        route = next((route for route in routes if route.method == scope["method"]), None)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        intake = Intake(self._limits[route.limit if route else "body"], headers.get("content-length", ""))
        service: Service | None = None
        if named is None:
            answer: Answer = refusal(400)
        elif route is None:
            answer = not_allowed([route.method for route in routes]) if routes else refusal(404)
        elif self._life.stopping.is_set():
            answer = draining()
        elif not await _read(intake, receive):
            return
        elif intake.over:
            answer = too_large(intake.limit)
        elif (service := await self._service()) is None:
            answer = not_started()
        else:
            params, query = named
            asked = Request(owner=scope[OWNER_KEY], params=params, query=query, headers=headers, body=intake.body)
            answer = await service.api.answer(route, asked)
        if isinstance(answer, Reply):
            made = response(answer, scope)
            if intake.hopeless:
                made.headers["Connection"] = "close"  # the rest of the body is not waited for
            await made(scope, receive, send)
        elif service is not None:
            await self._stream(service, answer, receive, send)

    def _find(self, scope: Scope) -> tuple[Sequence[Route], tuple[Mapping[str, str], Mapping[str, str]] | None]:
        """What there is at an address, the named segments of its path and its query; None where these are no text.

        The path as it was sent: %2F is a part of its segment, whatever servers make of it.
        """
        raw = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        path = _below(raw, scope["root_path"]) or _below(raw, f"/{PREFIX}")
        for address, routes in self._paths:
            if found := address.fullmatch(path):
                try:
                    params = {name: unquote(text, errors="strict") for name, text in found.groupdict().items()}
                    return routes, (params, _query(scope))
                except ValueError:
                    return routes, None
        return (), ({}, {})

    async def _service(self) -> Service | None:
        try:
            return await self._life.service()
        except Exception:  # noqa: BLE001 - told in words, logged in full; the next request tries again
            _log.exception("jupyter-agent could not be started")
            return None

    async def _stream(self, service: Service, answer: StreamAnswer, receive: Receive, send: Send) -> None:
        """Send frames as they come. A reader that takes nothing for too long is cut off, and can resume."""
        transport = _transport(receive)
        if transport is not None:
            watch_peer(transport.get_extra_info("socket"), self._patience)
        sending = asyncio.ensure_future(self._send(service, answer, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            whole = sending.done() and not sending.cancelled() and sending.result()
            if transport is not None and not whole and not leaving.done():
                transport.abort()
                await leaving
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, service: Service, answer: StreamAnswer, send: Send) -> bool:
        """True when the reader has all of it."""

        async def write(chunk: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            whole = await self._life.tell(service, answer, write, self._patience)
            if whole:
                async with asyncio.timeout(self._patience):
                    await write(b"", more=False)
        except OSError:  # it took nothing for too long, or is gone
            return False
        except Exception:  # noqa: BLE001 - there is nobody to tell; the reader sees that it was cut, and resumes
            _log.exception("a stream of jupyter-agent broke")
            return False
        return whole


def _below(raw: str, root: str) -> str:
    """What is sent of a path after `root`; empty where it stands elsewhere. Some servers leave out what they are at."""
    places, sent = root.split("/"), raw.split("/")
    return "/".join(sent[len(places) :]) if [unquote(one) for one in sent[: len(places)]] == places else ""


def _query(scope: Scope) -> dict[str, str]:
    """The last value of each name. Raises ValueError for what is no text."""
    text = scope["query_string"].decode("ascii")
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    return {name: value.strip() for name, value in pairs}


async def _read(intake: Intake, receive: Receive) -> bool:
    """Read a body, as far as that is worth it. False when whoever sends it is gone."""
    more = True
    while more and not intake.hopeless:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        intake.take(message.get("body", b""))
        more = message.get("more_body", False)
    return True


async def _left(receive: Receive) -> None:
    """Returns when the reader is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(receive: Receive) -> asyncio.Transport | None:
    """The connection itself, where the server lets us reach it, as uvicorn does.

    Only so can it be cut: a server that is told to end an answer waits until the reader has taken the rest.
    """
    found = getattr(getattr(receive, "__self__", None), "transport", None)
    return found if isinstance(found, asyncio.Transport) else None
