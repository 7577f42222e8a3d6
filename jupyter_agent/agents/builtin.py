"""The built-in assistant: rules, not a language model. It goes through the same loop, tools and gate as any model.

A skill is a generator: it yields what it says and what it uses, and is sent what came of each use. It keeps nothing
between requests: on each one it is played from its start against the results that this run already has, silently until
they are used up. So the history is its whole memory, and a run that was cut short goes on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolReturnPart, UserPromptPart

from .played import Piece, PlayedModel, Text, ToolUse
from .skills import answer, asks_for_help
from .skills.steps import Here, Outcome, Say, Status, Use

INTRODUCTION = "I am the built-in assistant: rules, not a language model."
BRIEF_WELCOME = f"{INTRODUCTION} I work without a key and without a network."
WELCOME = f"{BRIEF_WELCOME} Say **help** to see what I can do."

LONGEST = 2.0
"""Seconds that the pace of one response takes at most; a long one is told faster."""
_WORD = re.compile(r"\s*\S+\s*|\s+")
_WHOLE = re.compile(r"^(?P<ticks>`{3,})[\s\S]*?^(?P=ticks)[ ]*$\n*|(?:^\|.*\n?)+\n*", re.MULTILINE)
_STATUS: dict[str, Status] = {"success": "done", "denied": "denied", "interrupted": "stopped"}


class BuiltinModel(PlayedModel):
    """Deterministic, offline, and honest about what it is in its first line of a thread.

    `pace` is the time in seconds that one word takes.
    """

    def __init__(self, *, pace: float = 0.008) -> None:
        super().__init__("builtin")
        self._pace = pace

    async def play(self, messages: list[ModelMessage], tools: frozenset[str]) -> AsyncIterator[Piece]:
        question, outcomes = _present_run(messages)
        here = Here(tools=tools, inserted=_inserted(messages))
        steps = list(_rest(question, outcomes, here))
        if not _introduced(messages):
            steps.insert(0, Say(text=BRIEF_WELCOME if asks_for_help(question) else WELCOME))
        pieces = [piece for step in steps if isinstance(step, Say) for piece in _paced(step.text)]
        pause = min(self._pace, LONGEST / max(len(pieces), 1))
        between = ""
        for step in steps:
            match step:
                case Say(text=text):
                    async for piece in _speak(between + text, pause):
                        yield piece
                    between = "\n\n"  # each is a paragraph of its own
                case Use(tool=tool, arguments=arguments):
                    yield ToolUse(tool=tool, arguments=json.dumps(arguments, ensure_ascii=False))


async def _speak(text: str, pause: float) -> AsyncIterator[Piece]:
    """At the pace of a calm reader."""
    for piece in _paced(text):
        if pause:
            await asyncio.sleep(pause)
        yield Text(text=piece)


def _paced(text: str) -> list[str]:
    """The text in pieces: words of prose one by one, a table or a fenced block at once."""
    pieces: list[str] = []
    at = 0
    for whole in _WHOLE.finditer(text):
        pieces += [*_WORD.findall(text[at : whole.start()]), whole.group()]
        at = whole.end()
    return pieces + _WORD.findall(text[at:])


def _rest(question: str, outcomes: list[Outcome], here: Here) -> Iterator[Say | Use]:
    """The steps that have not been taken yet, up to the next use of a tool."""
    skill = answer(question, here)
    known = iter(outcomes)
    left = len(outcomes)
    sent: Outcome | None = None
    while True:
        try:
            step = skill.send(sent)
        except StopIteration:
            return
        sent = None
        if left > 0:
            if isinstance(step, Use):
                sent = next(known)
                left -= 1
            continue
        yield step
        if isinstance(step, Use):
            return


def _present_run(messages: list[ModelMessage]) -> tuple[str, list[Outcome]]:
    """The person's last message, and what has come of the tools used since."""
    question = ""
    outcomes: list[Outcome] = []
    for message in messages:
        if not isinstance(message, ModelRequest):
            continue
        for part in message.parts:
            if isinstance(part, UserPromptPart):
                question, outcomes = str(part.content), []
            elif isinstance(part, ToolReturnPart):
                outcomes.append(_outcome(part))
    return question, outcomes


def _outcome(part: ToolReturnPart) -> Outcome:
    text = part.content if isinstance(part.content, str) else part.model_response_str()
    data: Any = None
    with contextlib.suppress(ValueError):
        data = json.loads(text)
    return Outcome(status=_STATUS.get(part.outcome, "failed"), text=text, data=data if isinstance(data, dict) else {})


def _introduced(messages: list[ModelMessage]) -> bool:
    return any(
        isinstance(part, TextPart) and INTRODUCTION in part.content
        for message in messages
        if isinstance(message, ModelResponse)
        for part in message.parts
    )


def _inserted(messages: list[ModelMessage]) -> tuple[str, ...]:
    """The ids of the cells that were inserted before the present request."""
    before: list[str] = []
    now: list[str] = []
    for message in messages:
        for part in message.parts:
            if isinstance(part, UserPromptPart):
                before, now = [*before, *now], []
            elif isinstance(part, ToolReturnPart) and part.tool_name == "insert_cell":
                made = _outcome(part).data.get("inserted")
                now += [made["id"]] if isinstance(made, dict) and isinstance(made.get("id"), str) else []
    return tuple(before)
