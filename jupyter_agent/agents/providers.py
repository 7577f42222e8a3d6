"""The providers of models that are known by name: one frozen value each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Wire = Literal["responses", "chat", "anthropic", "google", "bedrock"]
"""The protocol that is spoken: OpenAI's Responses or Chat Completions, Anthropic's, Google's or Amazon's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where models of one kind are, and what has to be there to reach them. Models are named `<id>:<model>`."""

    id: str
    label: str
    wire: Wire
    base_url: str | None = None
    """None where somebody has to say it."""
    address_variables: tuple[str, ...] = ()
    """Environment variables that name another address, the first that is set."""
    key_variables: tuple[str, ...] = ()
    """Environment variables that hold a key, the first that is set. Without them no key is needed."""
    library: str = "openai"
    """What has to be importable."""
    extra: str | None = None
    """The extra that installs the library, of this package and of pydantic-ai-slim; None: it is always there."""
    images: bool = False
    """Whether its models see images."""
    priced: bool = True
    """Whether a model of a known name costs what its maker asks; False where anybody may run it."""
    models: tuple[str, ...] = ()
    """Suggestions."""
    example: str | None = None
    """The name of a model as somebody would type it, where nothing is suggested."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """pydantic-ai's model settings for every request."""
    wishes: Mapping[str, Any] = field(default_factory=dict)
    """Settings that ask for reasoning, for models that can; given up where the provider refuses them."""


OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_KEY = ("OPENAI_API_KEY",)
_OPENAI_ADDRESS = ("OPENAI_BASE_URL",)

PROVIDERS = (
    Provider(
        id="openai",
        label="OpenAI",
        wire="responses",
        base_url=OPENAI_URL,
        address_variables=_OPENAI_ADDRESS,
        key_variables=_OPENAI_KEY,
        images=True,
        models=("gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna"),
        settings={"openai_store": False},
        wishes={"openai_reasoning_summary": "auto"},
    ),
    Provider(
        id="openai-chat",
        label="OpenAI (Chat Completions)",
        wire="chat",
        base_url=OPENAI_URL,
        address_variables=_OPENAI_ADDRESS,
        key_variables=_OPENAI_KEY,
        images=True,
        example="gpt-6-luna",
    ),
    Provider(
        id="anthropic",
        label="Anthropic",
        wire="anthropic",
        base_url="https://api.anthropic.com",
        address_variables=("ANTHROPIC_BASE_URL",),
        key_variables=("ANTHROPIC_API_KEY",),
        library="anthropic",
        extra="anthropic",
        images=True,
        models=("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"),
        settings={"cache": True},
        wishes={"thinking": True},
    ),
    Provider(
        id="google",
        label="Google",
        wire="google",
        base_url="https://generativelanguage.googleapis.com",
        key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        library="google.genai",
        extra="google",
        images=True,
        models=("gemini-4-argon", "gemini-3.8-flash", "gemini-3.5-flash-lite"),
        wishes={"google_thinking_config": {"include_thoughts": True}},
    ),
    Provider(
        id="bedrock",
        label="Amazon Bedrock",
        wire="bedrock",
        key_variables=("AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"),
        library="boto3",
        extra="bedrock",
        images=True,
        models=("global.anthropic.claude-sonnet-5-5", "global.amazon.nova-2-lite-v1:0"),
    ),
    Provider(
        id="openrouter",
        label="OpenRouter",
        wire="chat",
        base_url="https://openrouter.ai/api/v1",
        key_variables=("OPENROUTER_API_KEY",),
        images=True,
        example="openai/gpt-6-luna",
    ),
    Provider(
        id="ollama",
        label="Ollama",
        wire="chat",
        base_url="http://127.0.0.1:11434/v1",
        address_variables=("OLLAMA_HOST",),
        priced=False,
        example="qwen3:8b",
    ),
    Provider(
        id="vllm",
        label="vLLM",
        wire="chat",
        base_url="http://127.0.0.1:8000/v1",
        priced=False,
        example="Qwen/Qwen3-8B",
    ),
    Provider(
        id="lmstudio",
        label="LM Studio",
        wire="chat",
        base_url="http://127.0.0.1:1234/v1",
        priced=False,
        example="qwen/qwen3-8b",
    ),
    Provider(id="openai-compatible", label="OpenAI-compatible server", wire="chat", priced=False),
)
