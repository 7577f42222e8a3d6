"""Tornado handlers, one class per path, made from the table of routes. Jupyter's own checks come first on each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from .api.exchange import Answer, Reply, Request, StreamAnswer
from .api.intake import Intake
from .api.refusals import content, draining, misconfigured, not_allowed, not_started, refusal, too_large
from .api.routes import PREFIX, Limit, Route, by_path, pattern
from .identity import names_users, owner
from .life import watch_peer

if TYPE_CHECKING:
    from ..config import Service
    from .jupyter import JupyterAgent

Limits = dict[Limit, int]
"""The largest body of each kind of request, in bytes."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@web.stream_request_body
class Handler(APIHandler):
    """One path of the contract. Every failure is a problem body in words; nothing shows internals."""

    auth_resource = "jupyter_agent"

    def initialize(self, app: JupyterAgent, routes: Sequence[Route], limits: Limits) -> None:
        """Called by Tornado for each request."""
        self.app = app
        route = next((route for route in routes if route.method == self.request.method), None)
        self._intake = Intake(limits[route.limit if route else "body"], self.request.headers.get("Content-Length", ""))
        self._streaming: asyncio.Task[Any] | None = None

    async def prepare(self) -> None:  # type: ignore[override]  # APIHandler's own differs from its base in the same way
        """Check who asks and from where, before the body is read."""
        await super().prepare()
        if self._intake.hopeless:
            self._reply(too_large(self._intake.limit))

    def data_received(self, chunk: bytes) -> None:
        """Keep no more of the body than may be used."""
        self._intake.take(chunk)

    def on_connection_close(self) -> None:
        """The peer is gone: its stream ends. The run does not."""
        if self._streaming is not None:
            self._streaming.cancel()
        super().on_connection_close()

    async def carry_out(self, route: Route, params: dict[str, str]) -> None:
        """Answer one request."""
        if self.app.misfit is not None:
            self._reply(misconfigured(self.app.misfit))
            return
        if self.app.life.stopping.is_set():
            self._reply(draining())
            return
        try:
            service = await self.app.life.service()
        except Exception:
            self.log.exception("jupyter-agent could not be started")
            self._reply(not_started())
            return
        answer = await self._answer(service, route, params)
        if isinstance(answer, Reply):
            self._reply(answer)
        else:
            await self._stream(service, answer)

    async def _answer(self, service: Service, route: Route, params: dict[str, str]) -> Answer:
        if self._intake.over:
            return too_large(self._intake.limit)
        request = Request(
            owner=self._owner(),
            params=params,
            query={name: self.get_query_argument(name) for name in self.request.query_arguments},
            headers={name.lower(): value for name, value in self.request.headers.get_all()},
            body=self._intake.body,
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
        _ = self.finish(content(reply), set_content_type=reply.headers.get("Content-Type", "application/json"))

    async def _stream(self, service: Service, answer: StreamAnswer) -> None:
        """Send frames as they come. A reader that takes nothing for too long is cut off, and can resume."""
        from .sse import HEADERS

        for name, value in HEADERS.items():
            self.set_header(name, value)
        connection = getattr(self.request.connection, "stream", None)
        watch_peer(getattr(connection, "socket", None), self.app.send_timeout)
        self._track_activity = False
        task = self._streaming = asyncio.current_task()
        try:
            if not await self.app.life.tell(service, answer, self._send, self.app.send_timeout):
                cast("Any", connection).close()
        except StreamClosedError:
            pass
        except asyncio.CancelledError:
            cast("Any", task).uncancel()  # by on_connection_close; there is nobody left to tell
        except Exception:
            self.log.exception("a stream of jupyter-agent broke")
        finally:
            self._streaming = None
        _ = self.finish(set_content_type=HEADERS["Content-Type"])

    async def _send(self, chunk: bytes) -> None:
        self.write(chunk)
        await self.flush()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Whatever Jupyter or Tornado refuse, in words."""
        kind = detail = None
        if status_code == 403 and getattr(self, "_jupyter_current_user", None) is None:
            kind, detail = "not-signed-in", "Sign in to Jupyter first, or send its token: this request says nobody."
        elif status_code == 403 and "_xsrf" in str(getattr((kwargs.get("exc_info") or (0, 0))[1], "log_message", "")):
            kind, detail = "xsrf", "Send the value of the _xsrf cookie as the header X-XSRFToken, or use the token."
        self._reply(refusal(status_code, kind, detail))


def handlers(app: JupyterAgent, limits: Limits) -> list[tuple[str, type[Handler], dict[str, Any]]]:
    """All handlers, relative to the server's base_url; the last one answers for what is not there."""
    paths = [(f"/{PREFIX}/{pattern(path)}", routes) for path, routes in by_path().items()]
    return [
        (address, _class(address, routes), {"app": app, "routes": routes, "limits": limits})
        for address, routes in [*paths, (rf"/{PREFIX.partition('/')[0]}(?:/.*)?", [])]
    ]


def _class(address: str, routes: Sequence[Route]) -> type[Handler]:
    """A handler class whose methods are the routes; every other method is refused, to strangers without saying so."""
    methods: dict[str, Any] = {method.lower(): _refuse(tuple(route.method for route in routes)) for method in METHODS}
    methods.update({route.method.lower(): _method(route) for route in routes})
    return type(f"Handler {address}", (Handler,), methods)


def _method(route: Route) -> Callable[..., Awaitable[None] | None]:
    async def method(self: Handler, **params: str) -> None:
        await self.carry_out(route, params)

    return web.authenticated(authorized(method))


def _refuse(known: Sequence[str]) -> Callable[..., Awaitable[None] | None]:
    async def method(self: Handler, **params: str) -> None:  # noqa: ARG001
        if not known:
            raise web.HTTPError(404)
        self._reply(not_allowed(known))

    return web.authenticated(authorized(method))
