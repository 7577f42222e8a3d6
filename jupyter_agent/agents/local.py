"""A look for an Ollama on this machine: the one thing that is contacted without being chosen."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from concurrent.futures import Future
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

GLANCE = 0.3
"""Seconds that it has for its whole answer."""
KEPT = 2.0
"""Seconds for which an answer, or none, is not asked for again."""
MOST = 1_000_000
"""Bytes of its answer that are read."""


class LocalOllama:
    """An Ollama at `base_url`, which must be on this machine. No proxy is asked and no redirect followed.

    However many want to know, one thread asks, and ends soon whatever it is told.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._lock = threading.Lock()
        self._flight: Future[list[str]] = Future()
        self._began = float("-inf")

    def models(self) -> list[str]:
        """The names of the models that it has; none if nothing like it answers. Blocks for a moment."""
        with self._lock:
            if time.monotonic() - self._began > KEPT:
                self._began = time.monotonic()
                self._flight = Future()
                # A daemon, so that a server that is told to end does not wait for it.
                threading.Thread(target=self._ask, args=(self._flight,), name="ollama", daemon=True).start()
            flight = self._flight
        try:
            return flight.result(GLANCE)
        except TimeoutError:
            return []

    def _ask(self, flight: Future[list[str]]) -> None:
        try:
            flight.set_result(_names(self._base_url))
        except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError):
            flight.set_result([])


class _Hurried(io.RawIOBase):
    """What comes from a socket until a moment, after which TimeoutError is raised."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until

    def makefile(self, *_: Any) -> io.BufferedReader:
        """As HTTPResponse asks for it."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


def _names(base_url: str) -> list[str]:
    until = time.monotonic() + GLANCE
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=GLANCE) as sock:
        sock.sendall(f"GET /api/tags HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode("ascii"))
        hurried: Any = _Hurried(sock, until)
        answer = HTTPResponse(hurried, method="GET")
        answer.begin()
        told = json.loads(answer.read(MOST)) if answer.status == 200 else {}
    return [model["name"] for model in told["models"] if isinstance(model["name"], str) and model["name"]]
