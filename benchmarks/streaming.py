"""What our chain adds to a bare relay of the same model: latency of each token when paced, throughput when flooded."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

from ag_ui.core import RunAgentInput, UserMessage
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelMessage, ModelRequest, PartDeltaEvent, PartStartEvent, UserPromptPart

from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.played import Piece, PlayedModel, Text
from jupyter_agent.config import Config, build

ROUNDS = 5


class Clocked(PlayedModel):
    """Says nothing but the time at which it says it, in nanoseconds."""

    def __init__(self, tokens: int, pause: float) -> None:
        super().__init__("clocked")
        self._tokens = tokens
        self._pause = pause

    async def play(
        self,
        messages: list[ModelMessage],  # noqa: ARG002 - it says the same whatever it is asked
        tools: frozenset[str],  # noqa: ARG002 - likewise
    ) -> AsyncIterator[Piece]:
        for _ in range(self._tokens):
            if self._pause:
                await asyncio.sleep(self._pause)
            yield Text(text=f"{time.perf_counter_ns()} ")


def late(text: str) -> list[float]:
    """Milliseconds that each token of a piece of text took to get here."""
    now = time.perf_counter_ns()
    return [(now - int(stamp)) / 1e6 for stamp in text.split()]


async def relay(model: Clocked) -> list[float]:
    """Each token framed as it comes."""
    found: list[float] = []
    prompt: list[ModelMessage] = [ModelRequest(parts=[UserPromptPart(content="Go")])]
    async with model_request_stream(model, prompt) as stream:
        async for event in stream:
            match event:
                case PartStartEvent(part=part):
                    text = getattr(part, "content", "")
                case PartDeltaEvent(delta=delta):
                    text = getattr(delta, "content_delta", "")
                case _:
                    continue
            frame = f"data: {json.dumps({'delta': text})}\n\n".encode()
            found += late(json.loads(frame[6:])["delta"])
    return found


async def ours(model: Clocked) -> list[float]:
    """The same through loop, grammar, coalescer, SQLite and framing."""
    found: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        service = await build(Config(data_dir=Path(folder)), agent=Loop(lambda _: model))
        await service.assistant.open()
        run = str(uuid4())
        body = RunAgentInput(thread_id="t", run_id=run, messages=[UserMessage(id="m", content="Go")])
        await service.assistant.send("me", body)
        async for chunk in service.streams.run("me", run, 0, asyncio.Event()):
            for line in chunk.decode().splitlines():
                if line.startswith('data: {"type":"TEXT_MESSAGE_CONTENT"'):
                    found += late(json.loads(line[6:])["delta"])
        await service.assistant.close()
        await service.close()
    return found


async def compare(name: str, tokens: int, pause: float) -> None:
    """Run both in turns and print medians over the rounds, and their ratio."""
    figures: dict[str, list[tuple[float, float, float]]] = {"relay": [], "ours": []}
    for number in range(ROUNDS + 1):
        for side, measure in (("relay", relay), ("ours", ours)):
            began = time.perf_counter()
            found = sorted(await measure(Clocked(tokens, pause)))
            seconds = time.perf_counter() - began
            if len(found) != tokens:
                raise RuntimeError(f"{side}: {len(found)} of {tokens} tokens arrived")
            if number:  # the first round only warms up
                figures[side].append((found[tokens // 2], found[tokens * 95 // 100], tokens / seconds))
    print(f"{name}: {tokens} tokens")
    medians = {side: list(map(statistics.median, zip(*rows, strict=True))) for side, rows in figures.items()}
    for side, (p50, p95, rate) in medians.items():
        print(f"  {side:5}  p50 {p50:7.3f} ms   p95 {p95:7.3f} ms   {rate:9,.0f} tokens/s")
    (a50, a95, relayed), (b50, b95, rate) = medians["relay"], medians["ours"]
    print(f"  added  p50 {b50 - a50:7.3f} ms   p95 {b95 - a95:7.3f} ms   {rate / relayed:9.0%} of the relay's rate")


if __name__ == "__main__":
    asyncio.run(compare("paced at 50 tokens/s", 100, 0.02))
    asyncio.run(compare("flood", 5_000, 0.0))
