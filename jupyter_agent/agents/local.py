"""A look for an Ollama on this machine: the one thing that is contacted without being chosen."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

GLANCE = 0.3
"""Seconds that it has for each step of an answer."""
MOST = 1_000_000
"""Bytes of its answer that are read."""


def ollama_models(base_url: str) -> list[str]:
    """The names of the models that it has; none if nothing like it answers. Blocks for a moment: call it in a thread.

    `base_url` must be on this machine. No proxy is asked and no redirect followed.
    """
    parts = urlsplit(base_url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=GLANCE)
    try:
        connection.request("GET", "/api/tags")
        answer = connection.getresponse()
        told = json.loads(answer.read(MOST)) if answer.status == 200 else {}
        return [model["name"] for model in told["models"] if isinstance(model["name"], str) and model["name"]]
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return []
    finally:
        connection.close()
