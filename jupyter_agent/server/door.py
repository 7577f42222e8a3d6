"""Who comes in to the FastAPI app, and from where. There is no way round it, and no way to leave it open.

A request has to pass all of these, whatever its method:

1. Host names this service. A page whose name was rebound to this machine has another one.
2. Origin, if there is one, is this service's own: scheme, host and port, exactly; or one of the `origins` under which
   browsers see it behind a proxy. No other site is ever let in, so no CORS headers are sent.
3. Sec-Fetch-Site, if there is one, says "same-origin" or "none". A page on another port of this machine is "same-site":
   cookies are sent for it, so SameSite alone would not keep it out.
4. It says who asks: a bearer token, the cookie of a session, or what the hook `identify` makes of it.
5. If it changes something and came with a cookie, Origin or Sec-Fetch-Site has to be there: proof that a page of ours
   asked. What is absent proves nothing; a program sends no cookie and needs neither.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api.exchange import OWNER, Reply
from .api.refusals import content, refusal
from .keys import SESSION_SECONDS, Keys
from .places import Places, other_site

Identify = Callable[[Request], Awaitable[str | None] | str | None]
"""Says who asks: a name that is theirs for ever, or None for somebody unknown."""

SIGN_IN, START = "/sign-in", "/docs"
OWNER_KEY = "jupyter_agent.owner"
"""Where the door leaves the owner, in the scope of a request."""

ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What a browser may do with an answer, unless that says so itself."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Door:
    """ASGI middleware around everything. `identify` takes the place of `keys`: then people are told apart by name."""

    def __init__(self, app: ASGIApp, *, places: Places, keys: Keys, identify: Identify | None = None) -> None:
        self._app = app
        self._places = places
        self._keys = keys
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, with its owner; or answer it here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        request = Request(scope, receive)
        headers = request.headers
        refused = self._places.refuse(scope["scheme"], headers.getlist("host"), headers.getlist("origin"))
        answer = response(refused) if refused else self._signing_in(request) or await self._who(request)
        if isinstance(answer, str):
            await self._app({**scope, OWNER_KEY: answer}, receive, send)
        else:
            await answer(scope, receive, send)

    def _signing_in(self, request: Request) -> Response | None:
        """A one-use address becomes a session, and the address bar is clean again."""
        root = request.scope.get("root_path", "")
        if self._identify is not None or request.method != "GET" or request.scope["path"] != root + SIGN_IN:
            return None
        session = self._keys.redeem(request.query_params.get("token", ""))
        if session is None:
            words = "This address was used before, or is too old. Start the service again: it prints a new one."
            return _stranger(words)
        answer = Response(status_code=303, headers={"Location": root + START})
        answer.set_cookie(
            _cookie(request),
            session,
            max_age=int(SESSION_SECONDS),
            path=root or "/",
            secure=request.scope["scheme"] == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    async def _who(self, request: Request) -> str | Response:
        """The owner; or the refusal."""
        site = request.headers.get("sec-fetch-site")
        if site not in {None, "same-origin", "none"}:
            return response(other_site())
        by_token = False
        if self._identify is not None:
            try:
                found = self._identify(request)
                owner = await found if isawaitable(found) else found
            except HTTPException as error:
                return response(refusal(error.status_code, "not-signed-in", str(error.detail), error.headers))
            if not owner:
                return _stranger("This service does not know who asks. Sign in first.")
        elif "authorization" in request.headers:
            owner, by_token = OWNER, True
            kind, _, token = request.headers["authorization"].partition(" ")
            if kind.lower() != "bearer" or not self._keys.opens(token.strip()):
                return _stranger("This is not a token of this service. Send one as `Authorization: Bearer <token>`.")
        else:
            owner = OWNER
            if not self._keys.admits(request.cookies.get(_cookie(request), "")):
                words = "Open the address that the service printed when it started, or send its token"
                return _stranger(f"{words}: `Authorization: Bearer <token>`.")
        proven = site == "same-origin" or "origin" in request.headers
        if request.method not in _SAFE and "cookie" in request.headers and not by_token and not proven:
            words = "With a cookie, a change needs the header Origin or Sec-Fetch-Site. Programs send a token instead."
            return response(refusal(403, "no-proof-of-origin", words))
        return owner


def response(reply: Reply) -> Response:
    """An answer as Starlette sends it."""
    found = content(reply)
    headers = dict(reply.headers)
    if found is not None:
        headers.setdefault("Content-Type", "application/json")
    return Response(found, reply.status, headers)


def _stranger(words: str) -> Response:
    return response(refusal(401, "not-signed-in", words, {"WWW-Authenticate": 'Bearer realm="jupyter-agent"'}))


def _cookie(request: Request) -> str:
    """Browsers keep cookies of a host, not of a port: each service of a machine needs a name of its own."""
    _, port = request.scope.get("server") or (None, None)
    return f"jupyter-agent-{port or 'socket'}"


def _with_headers(send: Send) -> Send:
    """Every answer says what a browser may do with it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in ALWAYS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
