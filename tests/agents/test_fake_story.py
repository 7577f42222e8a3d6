"""The built-in assistant as the brain of a fake provider does over every wire what it does at home."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic_ai.models import Model

from jupyter_agent.agents.builtin import BuiltinModel
from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.core.policy import Mode
from tests.agents.bench import Bench
from tests.agents.test_builtin import BIRDS
from tests.agents.wires import WIRES, models

NOTHING: dict[str, Any] = {}
STORIES = {
    "a talk": (("hello", "help", "what can you do?", "tell me a joke"), NOTHING),
    "a notebook": (("summarise this notebook", "what is in cell 1?", "list variables", "describe birds"), NOTHING),
    "code of the person's": (("run: 1 + 1", "insert: x = 2", "run cell 2", "run cell 77"), NOTHING),
    "a profile and plots": (("profile birds", "plot body_mass_g", "plot body_mass_g by species"), NOTHING),
    "an error": (("explain the last error", "run cell 2", "explain the last error"), {"cells": (BIRDS, "1 / 0")}),
    "a no": (("profile birds", "run: 1 + 1", "hello"), {"says": lambda _: False}),
    "reading only": (("profile birds", "run: 1 + 1"), {"mode": Mode.PLAN}),
    "every cell": (("run all cells", "undo that"), {"cells": ("#: # Title", BIRDS, "birds.shape")}),
    "what is missing": (("describe nothing_like_it", "plot nothing_like_it", "group birds by species"), NOTHING),
}


@contextlib.asynccontextmanager
async def over(wire: str | None) -> AsyncIterator[Callable[[], Model]]:
    """What makes the model that plays the built-in assistant: itself, or through a wire."""
    brain = BuiltinModel(pace=0)
    if wire is None:
        yield lambda: brain
        return
    async with FakeProvider(brain) as fake, models(fake) as named:
        yield lambda: named(wire)


async def conversation(wire: str | None, messages: tuple[str, ...], how: dict[str, Any]) -> list[Any]:
    """What was said, asked and done, message by message."""
    told: list[Any] = []
    async with over(wire) as model:
        bench = await Bench(*how.get("cells", (BIRDS,)), **{k: v for k, v in how.items() if k != "cells"}).open()
        bench.model = model
        for message in messages:
            said = await bench.say(message)
            told.append((said, bench.used, [(exact.title, exact.code) for exact in bench.asked], bench.sources()))
    return told


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("story", STORIES)
def test_it_says_and_does_the_same(story: str, wire: str) -> None:
    messages, how = STORIES[story]
    assert asyncio.run(conversation(wire, messages, how)) == asyncio.run(conversation(None, messages, how))
