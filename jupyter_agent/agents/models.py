"""Which model answers: names, and what can be chosen."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..core.errors import ModelError
from .endpoints import Endpoint, endpoints
from .local import LocalOllama

if TYPE_CHECKING:
    from pydantic_ai.models import Model

DEFAULT = "builtin"
NAME = 200
"""Characters of a model's name at most."""
_NOTHING: Mapping[str, Any] = {}


class Models:
    """All models that this server can reach, by name: "builtin", "<provider>:<model>", or "scripted:<path>" for a
    script in the form that scripted.py documents.

    `model` is the one that answers unless another is chosen. `providers`, `base_url`, `api_key` and `ca_file` are the
    configuration's; `environ` is where keys and addresses are looked for. What is found is offered, not used.
    `warnings` are sentences about what is configured and cannot be used.
    """

    def __init__(
        self,
        *,
        model: str = DEFAULT,
        providers: Mapping[str, Any] = _NOTHING,
        base_url: str = "",
        api_key: str = "",
        ca_file: str = "",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._model = model
        self._ca_file = ca_file or None
        given = os.environ if environ is None else environ
        self._endpoints, self.warnings = endpoints(providers, base_url, api_key, given)
        self._looks: dict[str, LocalOllama] = {}
        self._chosen = self._split(model)
        if self._chosen is not None:
            endpoint, name = self._chosen
            # Amazon's library finds keys where nobody else can see them.
            endpoint = replace(endpoint, configured=endpoint.configured or endpoint.provider.wire == "bedrock")
            self._endpoints[endpoint.name], self._chosen = endpoint, (endpoint, name)
            if endpoint.how_to is not None:
                self.warnings.append(f"The configured model {model!r} cannot be used yet. {endpoint.how_to}")
        elif not self.known(model):
            self.warnings.append(f"There is no provider for the configured model {model!r}, so it cannot answer.")

    def known(self, name: str) -> bool:
        """Whether there is such a model as far as anybody here can tell, without making it."""
        return name == DEFAULT or name.startswith("scripted:") or self._split(name) is not None

    def unknown(self, name: str) -> ModelError:
        """That there is no such model, with what there is."""
        known = ", ".join(f"“{name}:…”" for name in self._endpoints)
        return ModelError(f"There is no model named {name[:80]!r}. A name is “{DEFAULT}” or one of {known}.")

    def offers(self, name: str) -> bool:
        """Whether a person may choose it. Whether a provider has a model of that name, only the provider can say."""
        found = self._split(name)
        return name in {DEFAULT, self._model} or (found is not None and found[0].available)

    def resolve(self, name: str) -> Model:
        """The model of this name. Takes a moment: call it in a thread. Raises ModelError in words."""
        if name == DEFAULT:
            from .builtin import BuiltinModel

            return BuiltinModel()
        kind, _, rest = name.partition(":")
        if kind == "scripted":
            from .scripted import ScriptedModel

            return ScriptedModel.from_file(rest)
        found = self._split(name)
        if found is None:
            raise self.unknown(name)
        endpoint, model = found
        if (missing := endpoint.how_to) is not None:
            raise ModelError(f"Models of {endpoint.label} cannot be used yet. {missing}")
        from .wires import make

        return make(endpoint, model, ca_file=self._ca_file)

    def prepare(self, name: str) -> None:
        """Import what this model needs, so that nobody waits for it later. Nothing is sent, and nothing raised."""
        with contextlib.suppress(Exception):  # whoever uses it is told
            self.resolve(name)

    def choices(self) -> list[dict[str, Any]]:
        """What a person can choose, and how to come by what they cannot. Looks for a local Ollama: blocks a moment.

        [{id, label, description, available, howTo, provider, sends, address, images, group}]; `sends` is the host that
        all would be sent to, or None; `address` says where it is on this machine, if it is a server there.
        """
        entries = [_builtin()]
        for endpoint in self._endpoints.values():
            names = list(endpoint.models)
            if endpoint.provider.id == "ollama" and endpoint.host is None and endpoint.base_url:
                names += [name for name in self._ollama(endpoint.base_url) if name not in names]
            if self._chosen is not None and self._chosen[0] is endpoint:
                names = [self._chosen[1], *(name for name in names if name != self._chosen[1])]
            if endpoint.available:
                entries += [_entry(endpoint, name) for name in names]
            elif names:
                entries.append(_missing(endpoint, endpoint.how_to))
            if endpoint.name == "ollama" and not names:
                entries.append(_missing(endpoint, endpoint.how_to or _start(endpoint)))
        return entries

    def providers(self) -> list[dict[str, Any]]:
        """Those of whose models a person can type the name: [{id, label, sends, address, example, available,
        howTo}].
        """
        return [
            {
                "id": endpoint.name,
                "label": endpoint.label,
                "sends": endpoint.host,
                "address": endpoint.address,
                "example": endpoint.example,
                "available": endpoint.available,
                "howTo": endpoint.how_to,
            }
            for endpoint in self._endpoints.values()
        ]

    def _ollama(self, base_url: str) -> list[str]:
        return self._looks.setdefault(base_url, LocalOllama(base_url)).models()

    def _split(self, name: str) -> tuple[Endpoint, str] | None:
        provider, _, model = name.partition(":")
        endpoint = self._endpoints.get(provider)
        return (endpoint, model) if endpoint is not None and model.strip() and len(name) <= NAME else None


def _start(ollama: Endpoint) -> str:
    """What to do about one of which no model is known."""
    if ollama.host is not None:
        return f"Ollama on {ollama.host} is not asked for its models. Type the name of one, as in ollama:name."
    return f"Start Ollama on this machine (it was looked for at {ollama.address})."


def _builtin() -> dict[str, Any]:
    return {
        "id": DEFAULT,
        "label": "Built-in assistant",
        "description": "Rules, not a language model. Works without a key and without a network.",
        "available": True,
        "howTo": None,
        "provider": DEFAULT,
        "sends": None,
        "address": None,
        "images": False,
        "group": "Built in",
    }


def _entry(endpoint: Endpoint, model: str) -> dict[str, Any]:
    return {
        "id": f"{endpoint.name}:{model}",
        "label": model,
        "description": "",
        "available": True,
        "howTo": None,
        "provider": endpoint.name,
        "sends": endpoint.host,
        "address": endpoint.address,
        "images": endpoint.sees(model),
        "group": endpoint.label,
    }


def _missing(endpoint: Endpoint, how_to: str | None) -> dict[str, Any]:
    return {
        "id": endpoint.name,
        "label": endpoint.label,
        "description": f"Models of {endpoint.label}.",
        "available": False,
        "howTo": how_to,
        "provider": endpoint.name,
        "sends": endpoint.host,
        "address": endpoint.address,
        "images": endpoint.provider.images,
        "group": endpoint.label,
    }
