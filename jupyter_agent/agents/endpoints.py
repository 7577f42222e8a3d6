"""Where models can be reached from here: the table of providers, with what is configured and what is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic.alias_generators import to_camel

from ..core.errors import Invalid
from ..core.shape import fit
from .addresses import address, is_loopback, ollama_address
from .providers import PROVIDERS, Provider

_TABLE = {provider.id: provider for provider in PROVIDERS}
_Read = TypeVar("_Read")
_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]{1,100}", re.ASCII)
_PRINTABLE = re.compile(r"[ -~]*")
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
    key_variable: str | None = None
    """The environment variable that the key is from; None for one that is configured."""
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
        return None if is_loopback(host) else host

    @property
    def address(self) -> str | None:
        """Host and port on this machine; None where it is not on this machine."""
        if self.base_url is None or self.host is not None:
            return None
        parts = urlsplit(self.base_url)
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{name}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

    @property
    def example(self) -> str | None:
        """The name of a model as somebody would type it."""
        return self.models[0] if self.models else self.provider.example

    @cached_property
    def how_to(self) -> str | None:
        """What is missing before its models can be chosen; None when nothing is."""
        provider = self.provider
        if not installed(provider.library):
            return f"Install its library with {install_line(provider)} and restart the server."
        if self.base_url is None and not self._is_bedrock:
            if provider.address_variables:
                return f"Correct {provider.address_variables[0]} in the environment of the server and restart it."
            return (
                "Set c.JupyterAgent.base_url (or JUPYTER_AGENT_BASE_URL) to its address, such as http://host:8000/v1."
            )
        if provider.key_variables and self.key is None and not self.configured:
            names = " or ".join(provider.key_variables)
            return f"Set {names} in the environment of the server and restart it."
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
    providers: Any, base_url: str, api_key: str, environ: Mapping[str, str]
) -> tuple[dict[str, Endpoint], list[str]]:
    """All of them by name, and a sentence about each that is configured in a way that cannot be used.

    A key that the environment holds goes to its provider's own address, or to the one that the environment names, and
    to no other.
    """
    faults: list[str] = []
    found = {provider.id: _found(provider, environ, faults) for provider in PROVIDERS}
    if base_url:
        own = found["openai-compatible"]
        try:
            where, key = _setting("base_url", address, base_url), _setting("api_key", _secret, api_key)
            found[own.name] = replace(own, base_url=where, key=key, configured=True)
        except Invalid as error:
            faults.append(f"The configured server was left out. {error}")
    if not isinstance(providers, Mapping):  # as a configuration may be
        faults.append('providers in the configuration has to be {"name": {"base_url": …, …}}, so it was left out.')
        providers = {}
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
    """What to type to get its library, wherever this package itself was installed from."""
    return f'pip install "pydantic-ai-slim[{provider.extra or "openai"}]"'


def _found(provider: Provider, environ: Mapping[str, str], faults: list[str]) -> Endpoint:
    finds_its_own = provider.wire == "bedrock"
    base_url, key = provider.base_url, None
    if (variable := _set(provider.address_variables, environ)) is not None:
        base_url = _read(variable, environ, ollama_address if provider.id == "ollama" else address, faults)
    key_variable = _set(provider.key_variables, environ)
    if key_variable is not None and not finds_its_own:
        key = _read(key_variable, environ, _secret, faults)
    return Endpoint(
        name=provider.id,
        label=provider.label,
        provider=provider,
        base_url=base_url,
        key=key,
        key_variable=key_variable,
        configured=finds_its_own and key_variable is not None,
        models=provider.models if base_url == provider.base_url else (),
        region=environ.get(_set(("AWS_REGION", "AWS_DEFAULT_REGION"), environ) or "", "").strip() or None,
    )


def _configured(name: Any, entry: Any, environ: Mapping[str, str]) -> Endpoint:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN:
        raise Invalid("field", "Its name has to be made of small letters, digits and hyphens.")
    said = fit(_Entry, entry)
    kind = said.kind or (name if name in _TABLE else "openai-compatible")
    if kind not in _TABLE:
        raise Invalid("field", f"kind: {kind!r} is none of {', '.join(_TABLE)}.")
    base = _found(_TABLE[kind], environ, [])
    key_variable = None if said.api_key else said.api_key_env
    text = said.api_key.get_secret_value() if said.api_key else environ.get(key_variable or "", "")
    key = _setting(key_variable or "api_key", _secret, text)
    if key is None and said.base_url is None:
        key, key_variable = base.key, base.key_variable
    if said.base_url is None and base.base_url is None and kind != "bedrock":
        raise Invalid("field", "base_url: it has none.")
    return replace(
        base,
        name=name,
        label=said.label or (base.label if name == kind else name),
        base_url=_setting("base_url", address, said.base_url) if said.base_url else base.base_url,
        key=key,
        key_variable=key_variable,
        headers=_headers(said.headers),
        models=said.models or (base.models if said.base_url is None else ()),
        images=said.images,
        configured=said.base_url is not None or kind == "bedrock",
    )


def _set(names: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The first of these variables that says something."""
    return next((name for name in names if environ.get(name, "").strip()), None)


def _read(variable: str, environ: Mapping[str, str], reader: Callable[[str], _Read], faults: list[str]) -> _Read | None:
    """What a variable says; None, and a sentence in `faults`, if that cannot be used."""
    try:
        return reader(environ[variable].strip())
    except Invalid as error:
        words = f"{variable} in the environment cannot be used: {error}"
        faults += [] if words in faults else [words]
        return None


def _setting(name: str, reader: Callable[[str], _Read], text: str) -> _Read:
    try:
        return reader(text)
    except Invalid as error:
        raise Invalid("field", f"{name}: {error}") from None


def _secret(text: str) -> SecretStr | None:
    """Raises Invalid, without what it is, for what no header can hold: it would end up in the log."""
    text = text.strip()
    if not _PRINTABLE.fullmatch(text):
        raise Invalid("field", "it holds a line break or another character that no key has. Copy it again.")
    return SecretStr(text) if text else None


def _headers(said: Mapping[str, SecretStr]) -> dict[str, SecretStr]:
    if not all(_HEADER.fullmatch(name) for name in said):
        raise Invalid("field", "headers: one of the names cannot be the name of a header.")
    values = {name: _setting(f"headers.{name}", _secret, value.get_secret_value()) for name, value in said.items()}
    return {name: value or SecretStr("") for name, value in values.items()}
