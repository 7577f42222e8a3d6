"""A fake model provider that is real on the wire: a public double for tests, and for trying things out by hand.

    async with FakeProvider(ScriptedModel([[{"text": "Hello."}]])) as fake:
        ...  # speak with fake.base_url as with OpenAI, with fake.url as with Anthropic or Ollama
        await fake.until(lambda fake: fake.open_connections == 0)

`scripted.py` documents what a script can hold, also the faults that it can show. By hand: `python -m
jupyter_agent.agents.fake`.
"""

from .http import Request
from .provider import FakeProvider

__all__ = ["FakeProvider", "Request"]
