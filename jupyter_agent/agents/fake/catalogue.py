"""Which models there are, as OpenAI, Anthropic and Ollama list them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .chat import CHAT
from .http import Request
from .messages import MESSAGES
from .wire import Wire

_SINCE = "2026-01-01T00:00:00Z"


def dialect(request: Request) -> Wire:
    """Whose errors this client reads."""
    return MESSAGES if "anthropic-version" in request.headers else CHAT


def listing(request: Request, models: Sequence[str]) -> dict[str, Any] | None:
    """The list that this request asks for, if it asks for one."""
    told: list[dict[str, Any]]
    match (request.method, request.path):
        case ("GET", "/v1/models") if dialect(request) is MESSAGES:
            told = [{"type": "model", "id": name, "display_name": name, "created_at": _SINCE} for name in models]
            ends = {"first_id": models[0], "last_id": models[-1]} if models else {"first_id": None, "last_id": None}
            return {"data": told, "has_more": False, **ends}
        case ("GET", "/v1/models"):
            told = [{"id": name, "object": "model", "created": 1767225600, "owned_by": "fake"} for name in models]
            return {"object": "list", "data": told}
        case ("GET", "/api/tags"):
            return {"models": [_tag(name) for name in models]}
        case _:
            return None


def _tag(name: str) -> dict[str, Any]:
    details = {"parent_model": "", "format": "gguf", "family": "fake", "families": ["fake"]}
    return {
        "name": name,
        "model": name,
        "modified_at": _SINCE,
        "size": 1,
        "digest": "0" * 64,
        "details": {**details, "parameter_size": "1B", "quantization_level": "Q4_K_M"},
    }
