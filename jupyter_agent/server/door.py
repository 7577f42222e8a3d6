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

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api.exchange import OWNER, Reply
from .api.refusals import content, refusal
from .docs import POLICY, notice
from .keys import ONCE_SECONDS, SESSION_SECONDS, Keys
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
_NEAR = frozenset({None, "same-origin", "none"})
"""What Sec-Fetch-Site says of our own pages and of addresses that a person typed."""


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
        answer = refused or self._signing_in(request) or await self._who(request)
        if isinstance(answer, str):
            await self._app({**scope, OWNER_KEY: answer}, receive, send)
        else:
            made = response(answer, scope) if isinstance(answer, Reply) else answer
            await made(scope, receive, send)

    def _signing_in(self, request: Request) -> Response | Reply | None:
        """A one-use address becomes a session, and the address bar is clean again. Used again there, it leads on."""
        root = request.scope.get("root_path", "")
        if self._identify is not None or request.method != "GET" or request.scope["path"] != root + SIGN_IN:
            return None
        session = self._keys.redeem(request.query_params.get("token", ""))
        answer = _leading_to(root + START, request)
        if session is None:
            if self._keys.admits(request.cookies.get(_cookie(request), "")):
                return answer
            minutes = f"{ONCE_SECONDS // 60:.0f} minutes"
            words = f"This address is not valid, or not any more: each works once, within {minutes} of the start."
            return _stranger(f"{words} Start the service again: it prints a new one.")
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

    async def _who(self, request: Request) -> str | Reply:
        """The owner; or the refusal."""
        site = request.headers.get("sec-fetch-site")
        if site not in _NEAR:
            return other_site()
        by_token = False
        if self._identify is not None:
            try:
                found = self._identify(request)
                owner = await found if isawaitable(found) else found
            except HTTPException as error:
                return refusal(error.status_code, "not-signed-in", str(error.detail), error.headers)
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
            return refusal(403, "no-proof-of-origin", words)
        return owner


def response(reply: Reply, scope: Scope) -> Response:
    """An answer as Starlette sends it. Who goes to an address in a browser reads a refusal as a page."""
    found = content(reply)
    headers = dict(reply.headers)
    accepted = Headers(scope=scope).get("accept", "").partition(",")[0].strip().lower()
    if reply.status >= 400 and isinstance(reply.body, dict) and scope["method"] == "GET" and accepted == "text/html":
        headers |= {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        return Response(notice(reply.body["title"], reply.body["detail"]), reply.status, headers)
    if found is not None:
        headers.setdefault("Content-Type", "application/json")
    return Response(found, reply.status, headers)


def _leading_to(place: str, request: Request) -> Response:
    """On from the one-use address, as a step of this service's own.

    Browsers count a redirect of somebody who came from elsewhere, as from a file, as that site's, and keep the cookie
    back.
    """
    if request.headers.get("sec-fetch-site") in _NEAR:
        return Response(status_code=303, headers={"Location": place})
    return Response(headers={"Refresh": f"0; url={place}"})


def _stranger(words: str) -> Reply:
    return refusal(401, "not-signed-in", words, {"WWW-Authenticate": 'Bearer realm="jupyter-agent"'})


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
