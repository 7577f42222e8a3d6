"""Where requests may come from: the names of a server, and the origins of its own pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .api.exchange import Reply
from .api.refusals import refusal

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::([0-9]{1,5}))?", re.ASCII)
_USUAL_PORT = {"http": "80", "https": "443"}


class Places:
    """Names of this machine, and those under which a proxy is reached. Raises ValueError for what is no name."""

    def __init__(self, hosts: Collection[str] = (), origins: Collection[str] = ()) -> None:
        named = [_HOST.fullmatch(host.lower()) for host in (*LOOPBACK, *hosts)]
        self._hosts = frozenset(found.group(1) for found in named if found)
        if None in named:
            raise ValueError("A host is a name such as notebooks.example, without a scheme.")
        self._origins = frozenset(map(_origin, origins))
        if None in self._origins:
            raise ValueError("An origin is a scheme, a host and, if it is not the usual one, a port: https://a.example")

    def refuse(self, scheme: str, hosts: Sequence[str], origins: Sequence[str]) -> Reply | None:
        """The refusal of a request with these headers Host and Origin, if it is not meant for, or not from, here."""
        named = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        if named is None or named.group(1) not in self._hosts:
            words = "This service does not go by that name. Use its own address; whoever runs it can allow more hosts."
            return refusal(421, "unknown-host", words)
        asking = set(map(_origin, origins))
        own = _origin(f"{scheme}://{hosts[0]}")
        return other_site() if None in asking or asking - {own, *self._origins} else None


def other_site() -> Reply:
    """What a page of another site is told."""
    return refusal(403, "unknown-origin", "A page of another site may not ask for anything here.")


def _origin(text: str) -> str | None:
    """In one spelling; None for what is none."""
    scheme, _, host = text.lower().partition("://")
    named = _HOST.fullmatch(host)
    if named is None:
        return None
    return f"{scheme}://{named.group(1)}:{named.group(2) or _USUAL_PORT.get(scheme, '')}"
