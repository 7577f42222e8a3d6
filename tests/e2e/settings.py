"""Where a story is told: which model answers, and from where the person asks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

KEY = "sk-fake-key-of-the-browser-tests"


@dataclass(frozen=True)
class Setting:
    """A model by name, and what the person asks through."""

    model: str
    surface: Literal["panel", "widget"]

    def __str__(self) -> str:
        return f"{self.model.partition(':')[0]}-{self.surface}"


MODELS = ("builtin", "openai:fake", "anthropic:fake")
"""The last two are the built-in assistant behind a real wire: a provider's library, a socket, its own format."""
SETTINGS = tuple(Setting(model, surface) for surface in ("panel", "widget") for model in MODELS)


@contextmanager
def provider() -> Iterator[dict[str, str]]:
    """A provider in a process of its own; the variables by which a server finds it and its key."""
    command = [sys.executable, "-m", "jupyter_agent.agents.fake", "--port", "0", "--brain", "builtin", "--key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[0]
            yield {
                "OPENAI_API_KEY": KEY,
                "OPENAI_BASE_URL": f"{url}/v1",
                "ANTHROPIC_API_KEY": KEY,
                "ANTHROPIC_BASE_URL": url,
            }
        finally:
            process.terminate()
