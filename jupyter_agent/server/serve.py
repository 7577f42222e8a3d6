"""`jupyter agent serve`: the FastAPI app on this machine, with a way in that is printed, and a clean end."""

from __future__ import annotations

import asyncio
import html
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Collection
from contextlib import nullcontext
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from ..config import Config
from ..version import __version__
from .asgi import create_app
from .door import SIGN_IN
from .keys import ONCE_SECONDS, Keys

GRACE_SECONDS = 5
"""For answers that are still being sent when the server stops. Streams say goodbye by themselves before that."""


class Server(uvicorn.Server):
    """Ends its streams as soon as it is told to stop, instead of waiting for readers that never leave."""

    def __init__(self, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="none",
                lifespan="on",
                log_level="warning",
                # The address with the one-use token is in no log.
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._life = app.state.life
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn; then say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn calls it so
        """A signal: end cleanly, with code 0. A second one ends at once."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._life.close())


def serve(
    config: Config,
    *,
    host: str,
    port: int,
    token: str | None = None,
    hosts: Collection[str] = (),
    origins: Collection[str] = (),
    browser: bool = False,
) -> None:
    """Serve until a signal comes. Raises ValueError, in words, for an address that cannot be had."""
    listener = listen(host, port)
    with listener:
        keys = Keys([token] if token else [])
        generated = None if token else keys.token()
        app = create_app(config, keys=keys, hosts=hosts, origins=origins)
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{listener.getsockname()[1]}"

        def ready() -> None:
            way_in = f"{address}{SIGN_IN}?token={keys.once()}"
            print(f"jupyter-agent {__version__} listens on {address}/jupyter-agent/v1/")  # noqa: T201
            print(f"In a browser, once, within {ONCE_SECONDS // 60:.0f} minutes: {way_in}")  # noqa: T201
            if generated:
                print(f"From programs: Authorization: Bearer {generated}")  # noqa: T201
            print("Ctrl+C stops it.", flush=True)  # noqa: T201
            if private is not None:
                arguments = [_page_to(way_in, Path(private))]
                threading.Thread(target=webbrowser.open, args=arguments, daemon=True).start()

        with tempfile.TemporaryDirectory(prefix="jupyter-agent-") if browser else nullcontext() as private:
            Server(app, ready).run(sockets=[listener])


def _page_to(address: str, private: Path) -> str:
    """The address of a page that leads there: what a browser is started with, everybody on the machine can read."""
    page = private / "sign-in.html"
    page.touch(mode=0o600)
    page.write_text(f'<!doctype html><meta http-equiv="refresh" content="0; url={html.escape(address)}">', "utf-8")
    return page.as_uri()


def listen(host: str, port: int) -> socket.socket:
    """A socket on this machine. Raises ValueError where it is not this machine's, or is taken."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise ValueError(
            f"{host} is not this machine alone. The service listens on 127.0.0.1, localhost or ::1 only. To offer it "
            "to others, put a server with TLS in front of it, and name that one with --allow-host and --allow-origin."
        )
    listener = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(address), port))
    except OSError as error:
        listener.close()
        raise ValueError(f"Port {port} cannot be had: {error.strerror}. Try another --port, or 0 for any.") from error
    return listener
