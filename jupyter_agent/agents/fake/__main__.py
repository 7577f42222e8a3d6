"""The fake provider by hand: `python -m jupyter_agent.agents.fake --help`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from types import FrameType

from ...core.errors import ModelError
from ..builtin import BuiltinModel
from ..played import PlayedModel
from ..scripted import ScriptedModel
from .provider import FakeProvider


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_agent.agents.fake",
        description="A fake model provider on 127.0.0.1, for tests and for trying things out.",
    )
    parser.add_argument("--port", type=int, default=0, help="where to listen; 0: wherever there is room")
    parser.add_argument("--brain", choices=["builtin"], default="builtin", help="what answers: the built-in assistant")
    parser.add_argument("--script", metavar="FILE", help="answers from a script (see jupyter_agent/agents/scripted.py)")
    parser.add_argument("--key", help="the key that clients must send; any will do without")
    parser.add_argument("--model", action="append", help="the name of a model that is known; may be repeated")
    given = parser.parse_args()
    try:
        brain = ScriptedModel.from_file(given.script) if given.script else BuiltinModel()
    except ModelError as error:
        sys.exit(str(error))
    try:
        asyncio.run(serve(brain, given.key, given.model or ["fake"], given.port))
    except OSError as error:
        sys.exit(f"Port {given.port} cannot be used: {error.strerror}. Choose another, or 0 for any that is free.")


async def serve(brain: PlayedModel, key: str | None, models: list[str], port: int) -> None:
    """Until a signal comes."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler of signals is given
        loop.call_soon_threadsafe(ended.set)

    # Not the loop's own handlers: those do not exist on Windows, where SIGBREAK is what another process can send.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    async with FakeProvider(brain, key=key, models=models, port=port) as fake:
        told = (
            f"{fake.url}  set OPENAI_BASE_URL={fake.base_url} OPENAI_API_KEY={key or 'any'} or "
            f"ANTHROPIC_BASE_URL={fake.url} ANTHROPIC_API_KEY={key or 'any'}; the model is {models[0]}\n"
        )
        sys.stdout.write(told)
        sys.stdout.flush()
        await ended.wait()


if __name__ == "__main__":
    main()
