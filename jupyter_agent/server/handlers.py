"""Tornado handlers, one class per path, made from the table of routes. Jupyter's own checks come first on each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from ..core.errors import StoreError
from .api.routes import PREFIX, Limit, Route, by_path
from .identity import names_users, owner

if TYPE_CHECKING:
    from ..config import Service
    from .api.exchange import Answer, Reply, StreamAnswer
    from .jupyter import JupyterAgent

Limits = dict[Limit, int]
"""The largest body of each kind of request, in bytes."""
SWALLOWED = 32
"""A body up to so many times its limit is read to its end and refused in words; a larger one is cut off."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

_PROBLEM = "application/problem+json"


@web.stream_request_body
class Handler(APIHandler):
    """One path of the contract. Every failure is a problem body in words; nothing shows internals."""

    auth_resource = "jupyter_agent"

    def initialize(self, app: JupyterAgent, routes: Sequence[Route], limits: Limits) -> None:
        """Called by Tornado for each request."""
        self.app = app
        route = next((route for route in routes if route.method == self.request.method), None)
        self.limit = limits[route.limit if route else "body"]
        self._streaming: asyncio.Task[Any] | None = None
        self._chunks: list[bytes] = []
        self._size = 0

    async def prepare(self) -> None:  # type: ignore[override]  # APIHandler's own differs from its base in the same way
        """Check who asks and from where, before the body is read."""
        await super().prepare()
        declared = self.request.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared[:18]) > self.limit * SWALLOWED:
            self._problem(413, "too-large", f"The body is larger than the {self.limit} bytes that are taken here.")

    def data_received(self, chunk: bytes) -> None:
        """Keep no more of the body than may be used."""
        self._size += len(chunk)
        if self._size <= self.limit:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()

    def on_connection_close(self) -> None:
        """The peer is gone: its stream ends. The run does not."""
        if self._streaming is not None:
            self._streaming.cancel()
        super().on_connection_close()

    async def carry_out(self, route: Route, params: dict[str, str]) -> None:
        """Answer one request."""
        if self.app.stopping.is_set():
            self._problem(503, "draining", "The server is closing.")
            return
        try:
            service = await self.app.service()
        except Exception:
            self.log.exception("jupyter-agent could not be started")
            self._problem(503, "not-started", "The assistant could not be started. The server's log says why.")
            return
        answer = await self._answer(service, route, params)
        from .api.exchange import Reply

        if isinstance(answer, Reply):
            self._reply(answer)
        else:
            await self._stream(service, answer)

    async def _answer(self, service: Service, route: Route, params: dict[str, str]) -> Answer:
        from .api.api import too_large
        from .api.exchange import Request, problem

        if self._size > self.limit:
            return problem(too_large(self.limit))
        request = Request(
            owner=self._owner(),
            params=params,
            query={name: self.get_query_argument(name) for name in self.request.query_arguments},
            headers={name.lower(): value for name, value in self.request.headers.get_all()},
            body=b"".join(self._chunks),
            kernels=await self._may_use_kernels() if route.names_kernels else True,
            belongs=self._belongs if names_users(self.identity_provider) else None,
        )
        return await service.api.answer(route, request)

    async def _may_use_kernels(self) -> bool:
        """Jupyter's authorizer decides on all kernels at once."""
        answer: Any = self.authorizer.is_authorized(self, self.current_user, "execute", "kernels")
        return bool(await answer if isawaitable(answer) else answer)

    async def _belongs(self, path: str, kernel_id: str) -> bool:
        """Whether a session of this path has this kernel. Asked where the server has several owners.

        It keeps nobody out who may start sessions: of them Jupyter itself lets each use every kernel.
        """
        manager: Any = self.session_manager
        sessions = await manager.list_sessions()
        paths = [session["path"] for session in sessions if (session.get("kernel") or {}).get("id") == kernel_id]
        # A session's path may begin with the drive that the notebook was opened from: "RTC:a.ipynb".
        return any(path in {one, one.partition(":")[2]} for one in paths)

    def _owner(self) -> str:
        found = owner(self.identity_provider, self.current_user)
        if found is None:
            raise web.HTTPError(403)
        return found

    def _reply(self, reply: Reply) -> None:
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        content = json.dumps(reply.body) if reply.content is None and reply.body is not None else reply.content
        _ = self.finish(content, set_content_type=reply.headers.get("Content-Type", "application/json"))

    async def _stream(self, service: Service, answer: StreamAnswer) -> None:
        """Send frames as they come. A reader that takes nothing for too long is cut off, and can resume."""
        from .sse import HEADERS

        for name, value in HEADERS.items():
            self.set_header(name, value)
        _watch_peer(self)
        self._track_activity = False
        task = self._streaming = asyncio.current_task()
        assert task is not None  # noqa: S101 - Tornado runs each request in a task of its own
        self.app.streams.add(task)
        try:
            async with contextlib.aclosing(service.frames(answer, self.app.stopping)) as chunks:
                async for chunk in chunks:
                    self.write(chunk)
                    await asyncio.wait_for(self.flush(), self.app.send_timeout)
        except StreamClosedError:
            pass
        except asyncio.CancelledError:
            task.uncancel()  # by on_connection_close; there is nobody left to tell
        except TimeoutError:
            cast("Any", self.request.connection).stream.close()
        except Exception as error:
            # A reader that was too slow for the farewell finds the store closed.
            if not (isinstance(error, StoreError) and self.app.stopping.is_set()):
                self.log.exception("a stream of jupyter-agent broke")
        finally:
            self._streaming = None
            self.app.streams.discard(task)
        _ = self.finish(set_content_type=HEADERS["Content-Type"])

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Whatever Jupyter or Tornado refuse, in words."""
        kind, detail = _WORDS.get(status_code, ("http", HTTPStatus(status_code).phrase + "."))
        if status_code == 403 and getattr(self, "_jupyter_current_user", None) is None:
            kind, detail = "not-signed-in", "Sign in to Jupyter first, or send its token: this request says nobody."
        elif status_code == 403 and "_xsrf" in str(getattr((kwargs.get("exc_info") or (0, 0))[1], "log_message", "")):
            kind, detail = "xsrf", "Send the value of the _xsrf cookie as the header X-XSRFToken, or use the token."
        self._problem(status_code, kind, detail)

    def _problem(self, status: int, kind: str, detail: str) -> None:
        self.set_status(status)
        body = {"type": kind, "title": HTTPStatus(status).phrase, "detail": detail, "status": status}
        _ = self.finish(json.dumps(body), set_content_type=_PROBLEM)


_WORDS: dict[int, tuple[str, str]] = {
    400: ("bad-request", "The address or a header of this request cannot be read."),
    403: ("forbidden", "You are signed in, but not allowed to do this here. Whoever runs the server can change that."),
    404: ("unknown-path", "There is nothing at this address, or it may not be asked for from another site."),
    405: ("method-not-allowed", "Nothing here takes this method."),
    500: ("internal", "Something went wrong inside the assistant's server. Its log has the details."),
}


def handlers(app: JupyterAgent, limits: Limits) -> list[tuple[str, type[Handler], dict[str, Any]]]:
    """All handlers, relative to the server's base_url; the last one answers for what is not there."""
    paths = [(_pattern(path), routes) for path, routes in by_path().items()]
    return [
        (pattern, _class(pattern, routes), {"app": app, "routes": routes, "limits": limits})
        for pattern, routes in [*paths, (rf"/{PREFIX.partition('/')[0]}(?:/.*)?", [])]
    ]


def _pattern(path: str) -> str:
    return f"/{PREFIX}/" + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))


def _class(pattern: str, routes: Sequence[Route]) -> type[Handler]:
    """A handler class whose methods are the routes; every other method is refused, to strangers without saying so."""
    methods: dict[str, Any] = {method.lower(): _refuse(tuple(route.method for route in routes)) for method in METHODS}
    methods.update({route.method.lower(): _method(route) for route in routes})
    return type(f"Handler {pattern}", (Handler,), methods)


def _method(route: Route) -> Callable[..., Awaitable[None] | None]:
    async def method(self: Handler, **params: str) -> None:
        await self.carry_out(route, params)

    return web.authenticated(authorized(method))


def _refuse(known: Sequence[str]) -> Callable[..., Awaitable[None] | None]:
    async def method(self: Handler, **params: str) -> None:  # noqa: ARG001
        if not known:
            raise web.HTTPError(404)
        allowed = ", ".join(known)
        self.set_header("Allow", allowed)
        self._problem(405, "method-not-allowed", f"This address takes only: {allowed}.")

    return web.authenticated(authorized(method))


def _watch_peer(handler: Handler) -> None:
    """Let the system find out that a peer has vanished without a word, where it can."""
    connection = getattr(getattr(handler.request.connection, "stream", None), "socket", None)
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(handler.app.send_timeout * 1000))
