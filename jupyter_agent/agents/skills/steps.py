"""What a skill is made of: it says, it uses a tool, and it is told what came of that."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Literal

from ...core.person import for_reason

Status = Literal["done", "denied", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One paragraph of the answer, in Markdown."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One call of a tool."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call: its text, and the object in it if it is JSON."""

    status: Status
    text: str
    data: dict[str, Any] = field(default_factory=dict)


Skill = Generator[Say | Use, Outcome | None, None]
"""Every `yield Use(...)` is sent an Outcome, every `yield Say(...)` None."""
Part = Generator[Say | Use, Outcome | None, dict[str, Any] | None]
"""A piece of a skill: returns what it found, or None after having said why there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What a skill may use in this run's mode, and the cells that this thread has inserted before."""

    tools: frozenset[str]
    inserted: tuple[str, ...] = ()


def use(tool: str, **arguments: Any) -> Generator[Say | Use, Outcome | None, Outcome]:
    """Use a tool and return what came of it."""
    outcome = yield Use(tool=tool, arguments=arguments)
    if outcome is None:
        raise ValueError("whoever plays a skill has to say what came of each use")
    return outcome


def ask(tool: str, **arguments: Any) -> Part:
    """Use a tool and return its object; say why not if it cannot be had."""
    outcome = yield from use(tool, **arguments)
    if outcome.status == "done":
        return outcome.data
    yield Say(text=regret(outcome))
    return None


def reason(outcome: Outcome) -> str:
    """The slug that says why a tool refused, or ""."""
    found = re.search(r"\(([a-z][a-z-]*)\)\s*$", outcome.text.split("\n")[0])
    return found.group(1) if found else ""


def regret(outcome: Outcome) -> str:
    """Why something was not done, for the person."""
    first = outcome.text.split("\n")[0]
    if outcome.status == "denied":
        if first.startswith("Not allowed"):
            return f"I may not do that here. {first}"
        if first.startswith("Nobody answered"):
            return "Nobody answered, so I have left everything as it is."
        said = first.partition("They said:")[2].strip()
        return "All right, I have left everything as it is." + (f" You said: “{said}”." if said else "")
    if outcome.status == "stopped":
        return "That was stopped before it was done."
    return in_words(reason(outcome), re.sub(r"\s*\([a-z-]+\)\s*$", "", first))


def in_words(why: str, detail: str) -> str:
    """A tool's refusal for the person. `detail` is shown only for a reason that the page gave in its own words."""
    words = for_reason(why) or (detail if detail.startswith("The page ") else "")
    return words or "That could not be done."


def code(name: object) -> str:
    """A name as it stands in code: `name`."""
    text = str(name).replace("\n", " ")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def fence(text: str, language: str = "") -> str:
    """A block of code or output that cannot be broken out of."""
    ticks = "```"
    while ticks in text:
        ticks += "`"
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def count(number: int, one: str, many: str | None = None) -> str:
    """So many, with the word that fits: `1 row`, `2 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def joined(items: list[str], limit: int = 12, *, of: str = "") -> str:
    """A list in words: `a, b and c`, cut with a word about the rest, and with what it is a list `of`."""
    if len(items) > limit:
        rest = len(items) - limit
        return f"{', '.join(items[:limit])} and {count(rest, f'more {of}') if of else f'{rest:,} more'}"
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)
