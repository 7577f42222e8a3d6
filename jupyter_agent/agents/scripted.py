"""Doubles that we ship: an agent and a model that play a script, for tests and for looking at the front end.

A script is a JSON file, chosen as the model "scripted:<path>":

    {"turns": [[step, ...], [step, ...]]}

Each request to the model plays the next turn; which one follows from the thread (one response, one turn), so a script
goes on across runs. After the last turn it says so, or, with "endless": true, plays the last turn again. Steps:

    {"text": "Hello there.", "chunk": 4, "delay": 0.01}   text, in chunks of so many characters, so many seconds apart
    {"reasoning": "Hm."}                                  likewise
    {"call": {"name": "insert_cell", "arguments": {...}}} a call; "id" may be given; "arguments" may be a string, which
                                                          then stands as it is. {"$": "inserted.id"} in place of a
                                                          value is that field of the last result's JSON
    {"expect": "some words"}                              fails unless the last result or message contains these words
    {"wait": {"file": "/tmp/go"}}                         waits until that file exists
    {"error": "words for the log"}                        the model fails
    {"hang": true}                                        says nothing more until it is cancelled

Faults of the wire, which only the fake provider (fake/) can show. Those in the first group stand first in their turn,
the others anywhere. With "times": 2 a fault shows twice and is passed over from then on. (A stall is "hang", an empty
answer an empty turn, and a model that never ends an "endless" script whose last turn is a call.)

    {"fault": "refused", "why": "rate"}        an error instead of an answer, in the provider's own words: "key",
                                               "model", "context", "rate", "quota", "server", "unavailable" or
                                               "overloaded"; "status" and "headers" may be given
    {"fault": "redirect", "to": "http://…"}    sends the client to another host
    {"fault": "hangup"}                        closes the connection without a word

    {"fault": "failed", "why": "overloaded"}   the same errors, as an event in the middle of an answer
    {"fault": "cut"}                           the connection breaks, in the middle of a frame
    {"fault": "stop", "reason": "length"}      the answer ends here: "stop", "length", "content_filter", or null for an
                                               end without a reason. A call whose "arguments" are the beginning of some
                                               JSON is thus a call that was cut short
    {"fault": "ping"}                          a sign of life that says nothing
    {"fault": "malformed"}                     a frame whose data is not JSON
    {"fault": "unknown"}                       events of types that nobody knows, some of them dressed up as orders
    {"fault": "utf8"}                          a piece of text whose bytes are not UTF-8
    {"fault": "trickle"}                       from here on every byte is sent by itself
    {"fault": "huge", "size": 5000000}         a piece of text of that many characters in one frame
    {"fault": "raw", "text": ": hm"}           these very characters, between two frames
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ag_ui.core import BaseEvent
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolReturnPart, UserPromptPart

from ..core.agent import RunContext, ToolDefinition
from ..core.errors import ModelError
from ..core.tool import Call, Result
from .played import Fault, Piece, PlayedModel, Text, Thought, ToolUse

GLANCE = 0.02
"""Seconds between looks for a file that is waited for."""


class ScriptedModel(PlayedModel):
    """A pydantic-ai model that plays turns, each a list of steps."""

    def __init__(
        self, turns: Sequence[Sequence[dict[str, Any]]], *, name: str = "scripted", endless: bool = False
    ) -> None:
        super().__init__(name)
        self._turns = turns
        self._endless = endless

    @classmethod
    def from_file(cls, path: str) -> ScriptedModel:
        """Raises ModelError when there is no such script, or it cannot be read."""
        try:
            script = json.loads(Path(path).read_text(encoding="utf-8"))
            turns, endless = script["turns"], script.get("endless") is True
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError("The script of the scripted model cannot be read.") from error
        return cls(turns, name=f"scripted:{Path(path).name}", endless=endless)

    async def play(self, messages: list[ModelMessage], tools: frozenset[str]) -> AsyncIterator[Piece]:  # noqa: ARG002 - a script calls what it likes
        at = sum(isinstance(message, ModelResponse) for message in messages)
        if self._endless:
            at = min(at, len(self._turns) - 1)
        if at >= len(self._turns):
            yield Text(text="The script has come to its end.")
            return
        for step in self._turns[at]:
            async for piece in _play_step(step, messages):
                yield piece


async def _play_step(step: dict[str, Any], messages: list[ModelMessage]) -> AsyncIterator[Piece]:
    match step:
        case {"fault": str(kind), **more}:
            yield Fault(kind=kind, more=more)
        case {"text": str(text)}:
            async for part in _paced(text, step):
                yield Text(text=part)
        case {"reasoning": str(text)}:
            async for part in _paced(text, step):
                yield Thought(text=part)
        case {"call": {"name": str(name), **rest}}:
            arguments = rest.get("arguments", {})
            if not isinstance(arguments, str):
                arguments = json.dumps(_filled(arguments, _last_result(messages)), ensure_ascii=False)
            call = ToolUse(tool=name, arguments=arguments)
            yield replace(call, call_id=str(rest["id"])) if "id" in rest else call
        case {"expect": str(words)}:
            if words not in _last_words(messages):
                raise UnexpectedModelBehavior(f"the script expected {words!r}")
        case {"wait": {"file": str(path)}}:
            while not await asyncio.to_thread(Path(path).exists):  # noqa: ASYNC110 - another process makes the file
                await asyncio.sleep(GLANCE)
        case {"error": str(words)}:
            raise UnexpectedModelBehavior(words)
        case {"hang": _}:
            await asyncio.Event().wait()
        case _:
            raise UnexpectedModelBehavior(f"the script has a step that nobody knows: {step!r}")


async def _paced(text: str, step: dict[str, Any]) -> AsyncIterator[str]:
    size, delay = int(step.get("chunk", 0)) or max(len(text), 1), float(step.get("delay", 0))
    for at in range(0, len(text), size):
        if delay:
            await asyncio.sleep(delay)
        yield text[at : at + size]


def _returns(messages: list[ModelMessage]) -> Iterator[ToolReturnPart]:
    for message in messages:
        if isinstance(message, ModelRequest):
            yield from (part for part in message.parts if isinstance(part, ToolReturnPart))


def _last_result(messages: list[ModelMessage]) -> Any:
    contents = [str(part.content) for part in _returns(messages)]
    try:
        return json.loads(contents[-1]) if contents else None
    except ValueError:
        return None


def _last_words(messages: list[ModelMessage]) -> str:
    last = messages[-1] if messages else None
    if not isinstance(last, ModelRequest):
        return ""
    words = [str(part.content) for part in last.parts if isinstance(part, ToolReturnPart)]
    words += [str(part.content) for part in last.parts if isinstance(part, UserPromptPart)]
    return "\n".join(words)


def _filled(value: Any, result: Any) -> Any:
    """`value` with each {"$": "path.to.field"} replaced by that field of `result`."""
    match value:
        case {"$": str(path), **rest} if not rest:
            for name in path.split("."):
                if isinstance(result, list) and name.lstrip("-").isdigit() and int(name) < len(result):
                    result = result[int(name)]
                elif isinstance(result, dict) and name in result:
                    result = result[name]
                else:
                    raise UnexpectedModelBehavior(f"the script looks for {path!r}, which the last result does not have")
            return result
        case dict():
            return {name: _filled(item, result) for name, item in value.items()}
        case list():
            return [_filled(item, result) for item in value]
        case _:
            return value


class ScriptedAgent:
    """Implements core.agent.Agent without any model: plays a list of steps.

    A step is an event (said as it is), a list of Calls (announced and performed in order), an exception (raised), or
    the word "hang". `results` and `contexts` hold what came back.
    """

    def __init__(self, steps: Sequence[BaseEvent | Sequence[Call] | BaseException | str]) -> None:
        self._steps = steps
        self.results: list[Result] = []
        self.contexts: list[RunContext] = []
        self.closed = 0
        """How many of its runs have let go of everything they held."""

    async def run(self, context: RunContext) -> AsyncIterator[BaseEvent]:
        self.contexts.append(context)
        try:
            for step in self._steps:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, BaseEvent):
                    yield step
                elif isinstance(step, str):
                    await asyncio.Event().wait()
                else:
                    await context.tools.announce(step)
                    self.results += [await context.tools.perform(call) for call in step]
        finally:
            self.closed += 1


class ScriptedToolbox:
    """Implements core.agent.Toolbox without tools: each call gets the next of its tool's results.

    `seen` holds what was asked of it, in order: ("announce", [call ids]) and ("perform", the Call).
    """

    def __init__(self, results: dict[str, Sequence[Result]] | None = None) -> None:
        self._results = {name: list(given) for name, given in (results or {}).items()}
        self.seen: list[tuple[str, Any]] = []
        self.waited = 0.0

    def definitions(self) -> list[ToolDefinition]:
        return [
            ToolDefinition(name=name, description=name, parameters={"type": "object", "properties": {}})
            for name in self._results
        ]

    async def announce(self, calls: Sequence[Call]) -> None:
        self.seen.append(("announce", [call.call_id for call in calls]))

    async def perform(self, call: Call) -> Result:
        self.seen.append(("perform", call))
        given = self._results.get(call.name)
        if not given:
            return Result(content=f"There is no tool named {call.name!r}. (unknown-tool)", status="failed")
        return given.pop(0) if len(given) > 1 else given[0]
