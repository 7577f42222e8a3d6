"""Which model answers: names, and what can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core.errors import ModelError

if TYPE_CHECKING:
    from pydantic_ai.models import Model

DEFAULT = "builtin"


def resolve(name: str) -> Model:
    """The model of this name: "builtin", or "scripted:<path>" for a script in the form that scripted.py documents.

    Raises ModelError naming what can be chosen. Each kind of model is imported only when it is asked for.
    """
    kind, _, rest = name.partition(":")
    if not known(name):
        raise ModelError(f"There is no model named {name[:80]!r}. The one that can be chosen is “{DEFAULT}”.")
    return _KINDS[kind](rest)


def known(name: str) -> bool:
    """Whether there is such a model, without making it."""
    kind, _, rest = name.partition(":")
    return kind in _KINDS and not (kind == DEFAULT and rest)


def choices() -> list[dict[str, Any]]:
    """What a person can choose, and how to come by what they cannot: [{id, label, description, available, howTo}]."""
    later = (
        "Not in this version. The next ones will take a key or an address in the settings; nothing is sent until then."
    )
    return [
        {
            "id": DEFAULT,
            "label": "Built-in assistant",
            "description": "Rules, not a language model. Works without a key and without a network.",
            "available": True,
            "howTo": None,
        },
        {
            "id": "provider",
            "label": "A language model from a provider",
            "description": "OpenAI, Anthropic, Google and others, with a key of your own.",
            "available": False,
            "howTo": later,
        },
        {
            "id": "local",
            "label": "A language model on your own machine",
            "description": "Ollama, vLLM and whatever else speaks the same protocol.",
            "available": False,
            "howTo": later,
        },
    ]


def _builtin(_: str) -> Model:
    from .builtin import BuiltinModel

    return BuiltinModel()


def _scripted(path: str) -> Model:
    from .scripted import ScriptedModel

    return ScriptedModel.from_file(path)


_KINDS: dict[str, Callable[[str], Model]] = {DEFAULT: _builtin, "scripted": _scripted}
