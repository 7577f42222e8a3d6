"""The real models of pydantic-ai, made as a server makes them, against a fake provider."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from pydantic_ai.models import Model

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.models import Models

WIRES = ("chat", "responses", "anthropic")
LABELS = {"chat": "chat", "responses": "responses", "anthropic": "Anthropic"}
"""What their providers are called to a person."""
_KINDS = {"chat": "openai-chat", "responses": "openai", "anthropic": "anthropic"}


def configured(fake: FakeProvider, key: str = "sk-test") -> dict[str, Any]:
    """c.JupyterAgent.providers: one for each wire, named like it. The model is `<wire>:fake`."""
    return {
        wire: {"kind": kind, "base_url": fake.url if wire == "anthropic" else fake.base_url, "api_key": key}
        for wire, kind in _KINDS.items()
    }


@contextlib.asynccontextmanager
async def models(fake: FakeProvider, key: str = "sk-test") -> AsyncIterator[Callable[[str], Model]]:
    """The model for each wire; their connections are closed at the end."""
    made: list[Any] = []
    offered = Models(providers=configured(fake, key), environ={})

    def named(wire: str) -> Model:
        model = offered.resolve(f"{wire}:fake")
        made.append(model)
        return model

    try:
        yield named
    finally:
        for model in made:
            await model.aclose()
