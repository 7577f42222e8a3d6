"""Where models can be reached from here: the table of providers, with what is configured and what is found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic.alias_generators import to_camel

from ..core.errors import Invalid
from ..core.shape import fit
from .providers import PROVIDERS, Provider

_TABLE = {provider.id: provider for provider in PROVIDERS}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_TAKEN = frozenset({"builtin", "scripted"})
_SEEING = re.compile(r"vision|llava|[-_.:/]vl\b|pixtral|gemma-?[34]|minicpm-v|moondream", re.IGNORECASE)
"""Names by which open models that see images are known."""


class _Entry(BaseModel):
    """One endpoint as an administrator writes it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    kind: str | None = None
    label: str | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    api_key_env: str | None = None
    models: tuple[str, ...] = ()
    images: bool | None = None
    headers: Mapping[str, SecretStr] = {}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One provider at one address. Its models are named `<name>:<model>`. Keys do not show in its repr."""

    name: str
    label: str
    provider: Provider
    base_url: str | None
    key: SecretStr | None = None
    headers: Mapping[str, SecretStr] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    images: bool | None = None
    configured: bool = False
    """Somebody has chosen it: it needs no key that we can see."""
    region: str | None = None

    @property
    def host(self) -> str | None:
        """The host that everything would be sent to; None while nothing leaves this machine."""
        if self.base_url is None:
            return f"bedrock-runtime.{self.region or 'us-east-1'}.amazonaws.com" if self._is_bedrock else None
        host = urlsplit(self.base_url).hostname or self.base_url
        return None if _loopback(host) else host

    @cached_property
    def how_to(self) -> str | None:
        """What is missing before its models can be chosen; None when nothing is."""
        provider = self.provider
        if not installed(provider.library):
            return f"Install its library with {install_line(provider)} and restart the server."
        if self.base_url is None and not self._is_bedrock:
            return (
                "Set c.JupyterAgent.base_url (or JUPYTER_AGENT_BASE_URL) to its address, such as http://host:8000/v1."
            )
        if provider.key_variables and self.key is None and not self.configured:
            names = " or ".join(provider.key_variables)
            return f"Set {names} in the environment of the Jupyter server and restart it."
        return None

    @property
    def available(self) -> bool:
        return self.how_to is None

    def sees(self, model: str) -> bool:
        """Whether this model of it takes images."""
        return self.images if self.images is not None else self.provider.images or bool(_SEEING.search(model))

    @property
    def _is_bedrock(self) -> bool:
        return self.provider.wire == "bedrock"


def endpoints(
    providers: Mapping[str, Any], base_url: str, api_key: str, environ: Mapping[str, str]
) -> tuple[dict[str, Endpoint], list[str]]:
    """All of them by name, and a sentence about each that is configured in a way that cannot be used.

    A key that the environment holds goes to its provider's own address, or to the one that the environment names, and
    to no other.
    """
    found = {provider.id: _found(provider, environ) for provider in PROVIDERS}
    if base_url:
        own = found["openai-compatible"]
        found[own.name] = replace(own, base_url=_address(base_url), key=_secret(api_key), configured=True)
    faults: list[str] = []
    for name, entry in providers.items():
        try:
            found[name] = _configured(name, entry, environ)
        except Invalid as error:
            faults.append(f"The provider {name!r} in the configuration was left out. {error}")
    return found, faults


def installed(library: str) -> bool:
    """Whether it can be imported, without doing so."""
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False


def install_line(provider: Provider) -> str:
    """What to type to get its library."""
    return f'pip install "jupyter-agent[{provider.extra}]"' if provider.extra else "pip install jupyter-agent"


def _found(provider: Provider, environ: Mapping[str, str]) -> Endpoint:
    address = _first(provider.address_variables, environ)
    if address and provider.id == "ollama":
        address = _ollama(address)
    base_url = _address(address) if address else provider.base_url
    key = _secret(_first(provider.key_variables, environ))
    finds_its_own = provider.wire == "bedrock"
    return Endpoint(
        name=provider.id,
        label=provider.label,
        provider=provider,
        base_url=base_url,
        key=None if finds_its_own else key,
        configured=finds_its_own and key is not None,
        models=provider.models if base_url == provider.base_url else (),
        region=_first(("AWS_REGION", "AWS_DEFAULT_REGION"), environ) or None,
    )


def _configured(name: str, entry: Any, environ: Mapping[str, str]) -> Endpoint:
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise Invalid("field", "Its name has to be made of small letters, digits and hyphens.")
    said = fit(_Entry, entry)
    kind = said.kind or (name if name in _TABLE else "openai-compatible")
    if kind not in _TABLE:
        raise Invalid("field", f"kind: {kind!r} is none of {', '.join(_TABLE)}.")
    base = _found(_TABLE[kind], environ)
    key = said.api_key or _secret(environ.get(said.api_key_env or "", ""))
    if key is None and said.base_url is None:
        key = base.key
    if said.base_url is None and base.base_url is None and kind != "bedrock":
        raise Invalid("field", "base_url: it has none.")
    return replace(
        base,
        name=name,
        label=said.label or (base.label if name == kind else name),
        base_url=_address(said.base_url) if said.base_url else base.base_url,
        key=key,
        headers=said.headers,
        models=said.models or (base.models if said.base_url is None else ()),
        images=said.images,
        configured=said.base_url is not None or kind == "bedrock",
    )


def _first(names: Sequence[str], environ: Mapping[str, str]) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def _secret(text: str) -> SecretStr | None:
    return SecretStr(text.strip()) if text.strip() else None


def _address(url: str) -> str:
    """Raises Invalid for what is no http address."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid("field", "base_url: it has to begin with http:// or https:// and name a host.")
    return url.strip().rstrip("/")


def _ollama(host: str) -> str:
    """The address that OLLAMA_HOST means: host, host:port, :port or a URL; a server's 0.0.0.0 is this machine."""
    parts = urlsplit(host if "://" in host else f"http://{host}")
    name = parts.hostname or "127.0.0.1"
    name = "127.0.0.1" if name in {"0.0.0.0", "::"} else name  # noqa: S104 - it is read here, not listened on
    port = parts.port or (443 if parts.scheme == "https" else 11434)
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}/v1"


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
