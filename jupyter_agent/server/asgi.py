"""The assistant as a FastAPI app: the same contract on any ASGI server. What it answers is in `api` and `sse`."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Collection
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ..config import Config, Service, build
from ..environment import config_from, listed
from ..hosts.reports import Registration, Report
from ..version import __version__
from .api.openapi import document
from .api.refusals import refusal
from .api.routes import PREFIX
from .binding import Binding
from .docs import POLICY, page
from .door import ALWAYS, START, Door, Identify, response
from .keys import Keys
from .life import Life
from .places import Places

_log = logging.getLogger("jupyter_agent")


def create_app(
    config: Config,
    *,
    keys: Keys | None = None,
    identify: Identify | None = None,
    hosts: Collection[str] = (),
    origins: Collection[str] = (),
) -> FastAPI:
    """The service under /jupyter-agent/v1/, with its documentation under /docs and /openapi.json.

    Whoever comes in shows one of the `keys` and is the one owner; or `identify` names everybody. `hosts` are names
    beside this machine's own under which it is reached; `origins` how browsers see it behind a proxy. It has no
    kernels: notebooks are read and changed through the pages that have them open. `app.state.life` is its life and
    `app.state.parts` what stands in for parts of it. Raises ValueError where nobody could come in, or for what is no
    host or origin.
    """
    if keys is None and identify is None:
        raise ValueError("Nobody could come in: give create_app() keys, or a hook `identify` that names people.")
    places = Places(hosts, origins)
    parts: dict[str, Any] = {}

    async def make() -> Service:
        service = await build(config, **parts)
        await service.assistant.open()
        for warning in service.about.warnings:
            _log.warning("%s", warning)
        return service

    life = Life(make)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Runs that a dead server left behind are ended as soon as this one is up.
        await life.service()
        yield
        await life.close()

    app = Described(
        title="jupyter-agent",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.life = life
    app.state.parts = parts
    app.mount(f"/{PREFIX}", Binding(life, config))
    app.add_api_route("/openapi.json", _openapi, include_in_schema=False)
    app.add_api_route(START, _docs, include_in_schema=False)
    app.add_exception_handler(HTTPException, _in_words)
    app.add_exception_handler(Exception, _in_words)
    app.add_middleware(Door, places=places, keys=keys or Keys(), identify=identify)
    return app


def from_environment() -> FastAPI:
    """For `uvicorn --factory jupyter_agent.server.asgi:from_environment --timeout-graceful-shutdown 5`.

    Without that option an open stream keeps uvicorn from stopping. One worker only: pages and running runs are known to
    one process. Settings are variables JUPYTER_AGENT_<NAME>; JUPYTER_AGENT_ALLOWED_HOSTS and _ALLOWED_ORIGINS name a
    proxy, with commas between several; programs come in with JUPYTER_AGENT_TOKEN. Raises ValueError for what does not
    fit.
    """
    variables = os.environ
    token = variables.get("JUPYTER_AGENT_TOKEN", "")
    if not token:
        raise ValueError("Nobody could come in: set JUPYTER_AGENT_TOKEN to a long random text.")
    return create_app(
        config_from(variables),
        keys=Keys([token]),
        hosts=listed(variables, "ALLOWED_HOSTS"),
        origins=listed(variables, "ALLOWED_ORIGINS"),
    )


class Described(FastAPI):
    """Its OpenAPI document is made from the table of routes, not from functions."""

    def openapi(self) -> dict[str, Any]:
        """Made when it is first asked for."""
        if self.openapi_schema is None:
            self.openapi_schema = document({"Registration": Registration, "Report": Report})
        return self.openapi_schema


async def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


async def _docs(request: Request) -> HTMLResponse:
    origin = str(request.base_url).rstrip("/")
    return HTMLResponse(page(request.app.openapi(), origin), headers={"Content-Security-Policy": POLICY})


async def _in_words(request: Request, error: Exception) -> Response:
    """Whatever Starlette refuses, and what is a fault of ours."""
    if not isinstance(error, HTTPException):
        return response(refusal(500, headers=ALWAYS), request.scope)
    return response(refusal(error.status_code, headers=error.headers), request.scope)
