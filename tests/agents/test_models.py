"""The models that are ours: the built-in assistant, and the doubles that play a script."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from ag_ui.core import TextMessageStartEvent, UserMessage

from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.models import Models
from jupyter_agent.agents.scripted import ScriptedAgent, ScriptedToolbox
from jupyter_agent.core.agent import RunContext
from jupyter_agent.core.clock import SystemClock
from jupyter_agent.core.errors import ModelError
from jupyter_agent.core.notebook import Binding
from jupyter_agent.core.policy import Mode
from jupyter_agent.core.tool import Call, Result


def context(model: str, tools: ScriptedToolbox) -> RunContext:
    return RunContext(
        owner="ann",
        thread_id="t",
        run_id="r",
        model=model,
        mode=Mode.MANUAL,
        history=[UserMessage(id="u", content="go")],
        binding=Binding(),
        tools=tools,
        clock=SystemClock(),
    )


def test_the_built_in_assistant_is_the_one_named_builtin() -> None:
    assert Models().resolve("builtin").model_name == "builtin"


@pytest.mark.parametrize("script", [None, "", "[]", "{}", "not json"])
def test_a_script_that_cannot_be_read_is_said_to_be_so(tmp_path: Path, script: str | None) -> None:
    path = tmp_path / "script.json"
    if script is not None:
        path.write_text(script)
    with pytest.raises(ModelError, match="cannot be read"):
        Models().resolve(f"scripted:{path}")


def test_a_script_is_played_turn_by_turn_with_values_from_results(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    turns = [
        [{"text": "One."}, {"call": {"name": "look", "id": "a"}}],
        [{"call": {"name": "look", "id": "b", "arguments": {"cell": {"$": "made.0.id"}, "more": [1]}}}],
        [{"expect": "seen"}, {"text": "End."}],
    ]
    path.write_text(json.dumps({"turns": turns}))
    tools = ScriptedToolbox({"look": [Result(content='{"made": [{"id": "c1"}]}'), Result(content="seen")]})

    async def story() -> list[Any]:
        return [event async for event in Loop().run(context(f"scripted:{path}", tools))]

    assert asyncio.run(story())[-2].delta == "End."
    assert tools.seen[3] == ("perform", Call(call_id="b", name="look", arguments='{"cell": "c1", "more": [1]}'))


def test_a_script_waits_for_a_file(tmp_path: Path) -> None:
    path, gate = tmp_path / "script.json", tmp_path / "go"
    path.write_text(json.dumps({"turns": [[{"text": "One."}, {"wait": {"file": str(gate)}}, {"text": "Two."}]]}))

    async def story() -> list[str]:
        said = []
        async for event in Loop().run(context(f"scripted:{path}", ScriptedToolbox())):
            if event.type.value == "TEXT_MESSAGE_CONTENT":
                said.append(event.delta)  # type: ignore[attr-defined]  # it is a content event
                gate.touch()
        return said

    assert asyncio.run(story()) == ["One.", "Two."]


def test_a_scripted_agent_plays_events_calls_and_faults() -> None:
    start = TextMessageStartEvent(message_id="m", role="assistant")
    agent = ScriptedAgent([start, [Call(call_id="a", name="look", arguments="{}")], ModelError("Broken.")])
    tools = ScriptedToolbox({"look": [Result(content="ok")]})

    async def story() -> list[Any]:
        said: list[Any] = []
        try:
            async for event in agent.run(context("any", tools)):
                said.append(event)  # noqa: PERF401 - what came before the fault counts
        except ModelError as error:
            said.append(str(error))
        return said

    assert asyncio.run(story()) == [start, "Broken."]
    assert (agent.results, agent.closed) == ([Result(content="ok")], 1)
