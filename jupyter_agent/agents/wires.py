"""From an endpoint to a model of pydantic-ai, with its provider's library imported only then."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic_ai.models import Model
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from ..core.errors import ModelError
from .connection import connect
from .endpoints import Endpoint, install_line

if TYPE_CHECKING:
    from httpx2 import AsyncClient
    from openai import AsyncOpenAI
    from pydantic_ai.providers import Provider

NO_KEY = "none"
"""What the libraries send to servers that need no key; without one they do not start."""
SHORTEST = 6
"""Characters of a key that can be taken out of a text without spoiling it."""
_WITHHELD = "(What it said is not shown, because a key or a header is too short to be taken out of it.)"


class Outside(WrapperModel):
    """A model that is not ours: what it is told leaves this process.

    It holds a connection; `aclose` lets it go. `wishes` are settings that may be given up when they are refused.
    """

    def __init__(
        self,
        model: Model,
        *,
        endpoint: Endpoint,
        images: bool,
        priced: bool = False,
        wishes: ModelSettings | None,
        close: Callable[[], Awaitable[None]],
        conceal: Callable[[str], str],
    ) -> None:
        super().__init__(model)
        self.endpoint = endpoint
        self.images = images
        self.priced = priced
        self.wishes = wishes
        self.aclose = close
        self.conceal = conceal
        """A text for the log, without the keys that were used."""


def make(endpoint: Endpoint, name: str, *, ca_file: str | None = None) -> Outside:
    """The model of this name there. Takes a moment: call it in a thread. Raises ModelError."""
    client = connect(ca_file, local=endpoint.host is None)
    try:
        model = _WIRES[endpoint.provider.wire](endpoint, name, client)
    except ImportError as error:
        raise ModelError(
            f"Models of {endpoint.label} need a library that is not installed. Install it with "
            f"{install_line(endpoint.provider)} and restart the server."
        ) from error
    can_think = bool(model.profile.get("supports_thinking"))
    return Outside(
        model,
        endpoint=endpoint,
        images=endpoint.sees(name),
        priced=endpoint.provider.priced,
        wishes=cast("ModelSettings", dict(endpoint.provider.wishes)) if can_think else None,
        close=client.aclose,
        conceal=lambda text: _without(text, endpoint),
    )


def _responses(endpoint: Endpoint, name: str, client: AsyncClient) -> Model:
    from pydantic_ai.models.openai import OpenAIResponsesModel

    return OpenAIResponsesModel(name, provider=_openai(endpoint, client), settings=_settings(endpoint))


def _chat(endpoint: Endpoint, name: str, client: AsyncClient) -> Model:
    from pydantic_ai.models.ollama import OllamaModel
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.models.openrouter import OpenRouterModel

    kinds = {"ollama": OllamaModel, "openrouter": OpenRouterModel}
    kind = kinds.get(endpoint.provider.id, OpenAIChatModel)
    return kind(name, provider=_openai(endpoint, client), settings=_settings(endpoint))


def _openai(endpoint: Endpoint, client: AsyncClient) -> Provider[AsyncOpenAI]:
    from openai import AsyncOpenAI
    from pydantic_ai.providers.ollama import OllamaProvider
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
    from pydantic_ai.providers.openrouter import OpenRouterProvider
    from pydantic_ai.providers.vllm import VLLMProvider

    sdk = AsyncOpenAI(
        base_url=endpoint.base_url,
        api_key=_key(endpoint) or NO_KEY,
        http_client=client,
        max_retries=0,
        default_headers=_headers(endpoint),
    )
    kind = endpoint.provider.id
    is_openai = kind == "openai" or endpoint.name == "openai-chat"
    # It reads these from the environment; they belong to OpenAI and to nobody else.
    sdk.admin_api_key = None
    if not is_openai or endpoint.configured:
        sdk.organization = sdk.project = None
        sdk._custom_headers = _headers(endpoint)  # noqa: SLF001 - of OPENAI_CUSTOM_HEADERS there is no other way out
    match kind:
        case _ if is_openai:
            return OpenAIProvider(openai_client=sdk)
        case "ollama":
            return OllamaProvider(openai_client=sdk)
        case "openrouter":
            return OpenRouterProvider(openai_client=sdk)
        case "vllm":
            return VLLMProvider(openai_client=sdk)
        case _:
            return OpenAICompatibleProvider(endpoint.name, openai_client=sdk)


def _anthropic(endpoint: Endpoint, name: str, client: AsyncClient) -> Model:
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    sdk = AsyncAnthropic(
        base_url=endpoint.base_url,
        api_key=_key(endpoint) or NO_KEY,
        http_client=client,
        max_retries=0,
        default_headers=_headers(endpoint),
    )
    if endpoint.configured:
        sdk._custom_headers = _headers(endpoint)  # noqa: SLF001 - likewise ANTHROPIC_CUSTOM_HEADERS
    return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=sdk), settings=_settings(endpoint))


def _google(endpoint: Endpoint, name: str, client: AsyncClient) -> Model:
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    client.headers.update(_headers(endpoint))
    provider = GoogleProvider(api_key=_key(endpoint) or NO_KEY, base_url=endpoint.base_url, http_client=client)
    return GoogleModel(name, provider=provider, settings=_settings(endpoint))


def _bedrock(endpoint: Endpoint, name: str, _: AsyncClient) -> Model:
    # Amazon's library finds keys, proxies and certificates (AWS_CA_BUNDLE) by itself.
    from pydantic_ai.models.bedrock import BedrockConverseModel
    from pydantic_ai.providers.bedrock import BedrockProvider

    key = _key(endpoint)
    provider = (
        BedrockProvider(api_key=key, region_name=endpoint.region, base_url=endpoint.base_url)
        if key
        else BedrockProvider(region_name=endpoint.region, base_url=endpoint.base_url)
    )
    return BedrockConverseModel(name, provider=provider, settings=_settings(endpoint))


_WIRES: Mapping[str, Callable[[Endpoint, str, Any], Model]] = {
    "responses": _responses,
    "chat": _chat,
    "anthropic": _anthropic,
    "google": _google,
    "bedrock": _bedrock,
}


def _settings(endpoint: Endpoint) -> ModelSettings:
    return cast("ModelSettings", dict(endpoint.provider.settings))


def _key(endpoint: Endpoint) -> str:
    return endpoint.key.get_secret_value() if endpoint.key else ""


def _headers(endpoint: Endpoint) -> dict[str, str]:
    return {name: value.get_secret_value() for name, value in endpoint.headers.items()}


def _without(text: str, endpoint: Endpoint) -> str:
    """The text without keys and headers, also as they are written in code; nothing of it if one is too short."""
    secrets = [value for value in (_key(endpoint), *_headers(endpoint).values()) if value]
    if any(len(secret) < SHORTEST for secret in secrets):
        return _WITHHELD
    # Of "Bearer abc" a provider may repeat only the second word.
    secrets += [word for secret in secrets for word in secret.split() if len(word) >= SHORTEST]
    for secret in sorted(secrets, key=len, reverse=True):
        for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            text = text.replace(form, "⟨key⟩")
    return text
