"""What the README tells a person to type for the model that they have, typed against a fake one."""

import shlex
from dataclasses import replace

import pytest

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.scripted import ScriptedModel, ScriptedToolbox
from jupyter_agent.config import models_of
from jupyter_agent.server.jupyter import JupyterAgent
from tests.agents.test_loop import context

KEY = "sk-Not-A-Real-Key-0123456789"

# The address of the provider, or of the program that serves the model, is the fake's here.
LINES = {
    "OpenAI": "OPENAI_API_KEY=$KEY OPENAI_BASE_URL=$URL/v1 jupyter lab --JupyterAgent.model=openai:gpt-6-luna",
    "OpenAI, offered": "OPENAI_API_KEY=$KEY OPENAI_BASE_URL=$URL/v1 jupyter lab",
    "a gateway": (
        "JUPYTER_AGENT_API_KEY=$KEY jupyter lab --JupyterAgent.base_url=$URL/v1 "
        "--JupyterAgent.model=openai-compatible:gpt-6-luna"
    ),
    "Ollama": "OLLAMA_HOST=$URL jupyter lab --JupyterAgent.model=ollama:qwen3:8b",
    "vLLM": "jupyter lab --JupyterAgent.base_url=$URL/v1 --JupyterAgent.model=openai-compatible:Qwen/Qwen3.8-27B",
    "LM Studio": (
        'JUPYTER_AGENT_PROVIDERS=\'{"lmstudio": {"base_url": "$URL/v1"}}\' jupyter lab --JupyterAgent.model=lmstudio:m'
    ),
    "OpenRouter": (
        'OPENROUTER_API_KEY=$KEY JUPYTER_AGENT_PROVIDERS=\'{"openrouter": {"base_url": "$URL/v1", '
        '"api_key_env": "OPENROUTER_API_KEY"}}\' jupyter lab --JupyterAgent.model=openrouter:openai/gpt-6-luna'
    ),
    "Anthropic": (
        "ANTHROPIC_API_KEY=$KEY ANTHROPIC_BASE_URL=$URL jupyter lab --JupyterAgent.model=anthropic:claude-sonnet-5-5"
    ),
}
NAMES = ("gpt-6-luna", "qwen3:8b", "Qwen/Qwen3.8-27B", "m", "openai/gpt-6-luna", "claude-sonnet-5-5")


def typed(line: str) -> tuple[JupyterAgent, dict[str, str]]:
    """The extension as this command line configures it, and the variables."""
    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words[: words.index("jupyter")])
    extension = JupyterAgent(config=JupyterAgent.environment(variables))
    extension.parse_command_line(words[words.index("lab") + 1 :])
    return extension, variables


@pytest.mark.parametrize("have", LINES)
async def test_it_answers(have: str) -> None:
    key = KEY if "$KEY" in LINES[have] else None
    async with FakeProvider(ScriptedModel([[{"text": "Hello."}]]), models=NAMES, key=key) as fake:
        extension, environ = typed(LINES[have].replace("$URL", fake.url).replace("$KEY", KEY))
        config = replace(extension._as_config(), environ=environ)
        models = models_of(config)
        assert models.warnings == []
        if have.endswith("offered"):
            assert config.model == "builtin"
            assert models.offers("openai:gpt-6-luna")
            assert fake.requests == []
            return
        given = replace(context(ScriptedToolbox()), model=config.model)
        events = [event async for event in Loop(models.resolve).run(given)]
        assert "".join(getattr(event, "delta", "") for event in events) == "Hello."
        assert {request.key for request in fake.requests} <= {key, "none"}
