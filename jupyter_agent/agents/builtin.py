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
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

from .history import UNSEEN
from .played import Piece, PlayedModel, Text, ToolUse
from .skills import answer, asks_for_help
from .skills.steps import Here, Outcome, Say, Status, Use

INTRODUCTION = "I am the built-in assistant: rules, not a language model."
BRIEF_WELCOME = f"{INTRODUCTION} I work without a key and without a network."
WELCOME = f"{BRIEF_WELCOME} Say **help** to see what I can do."

BLIND = "I cannot see images: I follow rules and read text only. The menu at the top says who else can answer."

LONGEST = 2.0
"""Seconds that the pace of one response takes at most; a long one is told faster."""
_WORD = re.compile(r"\s*\S+\s*|\s+")
_WHOLE = re.compile(r"^(?P<ticks>`{3,})[\s\S]*?^(?P=ticks)[ ]*$\n*|(?:^\|.*\n?)+\n*", re.MULTILINE)
_STATUS: dict[str, Status] = {"success": "done", "denied": "denied", "interrupted": "stopped"}
_STOPPED = ("Not done", "Stopped", "Outcome unknown")


class BuiltinModel(PlayedModel):
    """Deterministic, offline, and honest about what it is in its first line of a thread.

    `pace` is the time in seconds that one word takes.
    """

    def __init__(self, *, pace: float = 0.008) -> None:
        super().__init__("builtin")
        self._pace = pace

    async def play(self, messages: list[ModelMessage], tools: frozenset[str]) -> AsyncIterator[Piece]:
        asked, outcomes = _present_run(messages)
        question, blind = _words(asked)
        here = Here(tools=tools, inserted=_inserted(messages))
        steps = list(_rest(question, outcomes, here)) if question or not blind else []
        if blind and not outcomes:
            steps.insert(0, Say(text=BLIND))
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


def _present_run(messages: list[ModelMessage]) -> tuple[str | Sequence[UserContent], list[Outcome]]:
    """The person's last message, and what has come of the tools used since."""
    question: str | Sequence[UserContent] = ""
    outcomes: list[Outcome] = []
    for message in messages:
        if not isinstance(message, ModelRequest):
            continue
        for part in message.parts:
            if isinstance(part, UserPromptPart):
                question, outcomes = part.content, []
            elif isinstance(part, ToolReturnPart):
                outcomes.append(_outcome(part))
    return question, outcomes


def _words(content: str | Sequence[UserContent]) -> tuple[str, bool]:
    """What a person wrote, and whether there was more to it than that."""
    parts = [content] if isinstance(content, str) else content
    texts = [part for part in parts if isinstance(part, str)]
    words = "\n".join(texts)
    plain = words.replace(UNSEEN, "")
    return (words, False) if plain == words and len(texts) == len(parts) else (plain.strip(), True)


def _outcome(part: ToolReturnPart) -> Outcome:
    text = part.content if isinstance(part.content, str) else part.model_response_str()
    data: Any = None
    with contextlib.suppress(ValueError):
        data = json.loads(text)
    status = _STATUS.get(part.outcome, "failed")
    # The wires of providers know success and failure only; the rest is in the words. What our tools did is an object.
    if status == "done" and not isinstance(data, dict):
        status = "stopped" if text.startswith(_STOPPED) else "denied"
    return Outcome(status=status, text=text, data=data if isinstance(data, dict) else {})


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
