"""The golden transcripts that TypeScript reduces are sentences, valid AG-UI, and fold into the same conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ag_ui.core import AssistantMessage, ToolMessage

from jupyter_agent.core.events import LAST, Sentence, decode
from jupyter_agent.core.thread import Exchange

FOLDER = Path(__file__).parents[1] / "wire"
TRANSCRIPTS = sorted(FOLDER.glob("*.json"))


def load(path: Path) -> dict[str, Any]:
    transcript: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return transcript


@pytest.fixture(params=TRANSCRIPTS, ids=lambda path: path.stem)
def transcript(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


def runs(transcript: dict[str, Any]) -> dict[str, list[Any]]:
    """The events of each run, decoded, in order."""
    found: dict[str, list[Any]] = {}
    for frame in transcript["events"]:
        found.setdefault(frame["runId"], []).append(decode(json.dumps(frame["event"])))
    return found


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 5


def test_seq_only_grows(transcript: dict[str, Any]) -> None:
    seqs = [frame["seq"] for frame in transcript["events"]]
    assert seqs == sorted(set(seqs))


def test_every_run_is_a_sentence(transcript: dict[str, Any]) -> None:
    open_calls: list[str] = []
    for events in runs(transcript).values():
        sentence = Sentence()
        sentence.known_calls(open_calls)
        for event in events:
            sentence.accept(event)
        assert sentence.ended == (events[-1].type in LAST)
        open_calls = sentence.unanswered()


def test_python_and_typescript_fold_the_same_conversation(transcript: dict[str, Any]) -> None:
    adopted: list[str] = []
    folded: dict[str, tuple[str, dict[str, str]]] = {}
    for run_id, events in runs(transcript).items():
        exchange = Exchange(adopted)
        sentence = Sentence()
        sentence.known_calls(adopted)
        for event in events:
            exchange.apply(event)
            sentence.accept(event)
        adopted = sentence.unanswered()
        messages = exchange.messages()
        text = "".join(str(m.content or "") for m in messages if isinstance(m, AssistantMessage))
        folded[run_id] = (text, {m.tool_call_id: str(m.content) for m in messages if isinstance(m, ToolMessage)})
    results = {call: content for _, of_run in folded.values() for call, content in of_run.items()}
    for turn in transcript["state"]["turns"]:
        if turn["role"] != "assistant":
            continue
        shown = "".join(part["text"] for part in turn["parts"] if part["kind"] == "text")
        assert shown == folded[turn["runId"]][0]
        for part in turn["parts"]:
            if part["kind"] == "tool" and part["result"] is not None:
                assert part["result"] == results[part["id"]]
