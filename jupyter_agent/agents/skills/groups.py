"""Questions that a table answers when it is grouped: "which species is the heaviest", "average mass by island"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .cells import insert, place, report, well
from .loading import loaded
from .near import spoken
from .plot import corrections
from .shown import quoted
from .steps import Here, Say, Skill, code, joined
from .tables import Column, Mention, Table, columns_in, tables
from .talk import lost

_SUPERLATIVES = {
    "heaviest": ("mass weight", False),
    "lightest": ("mass weight", True),
    "longest": ("length", False),
    "shortest": ("length height", True),
    "tallest": ("height", False),
    "widest": ("width", False),
    "narrowest": ("width", True),
    "deepest": ("depth", False),
    "shallowest": ("depth", True),
    "oldest": ("age", False),
    "youngest": ("age", True),
    "fastest": ("speed", False),
    "slowest": ("speed", True),
    "largest": ("size area mass weight population volume", False),
    "biggest": ("size area mass weight population volume", False),
    "smallest": ("size area mass weight population volume", True),
    "most expensive": ("price cost", False),
    "cheapest": ("price cost", True),
    "warmest": ("temperature temp", False),
    "hottest": ("temperature temp", False),
    "coldest": ("temperature temp", True),
    "highest": ("", False),
    "lowest": ("", True),
}
_MOST = re.compile(rf"\b({'|'.join(_SUPERLATIVES)})\b", re.IGNORECASE)
_ASKS = re.compile(r"\b(which|what|who)\b", re.IGNORECASE)
_OF_CODE = re.compile(r"\b(cells?|lines?|functions?|loops?|notebook|variables?)\b", re.IGNORECASE)
_FIGURES = {
    **dict.fromkeys(("average", "mean"), "mean"),
    "median": "median",
    **dict.fromkeys(("total", "sum"), "sum"),
    **dict.fromkeys(("maximum", "max"), "max"),
    **dict.fromkeys(("minimum", "min"), "min"),
}
_OF_EACH = re.compile(
    rf"\b({'|'.join(_FIGURES)})\b(.+?)\b(?:by|per|for each|of each|in each|for every|grouped by)\b(.+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    table: Table
    figure: str
    what: Mention
    group: Mention
    ascending: bool = False


def asked(question: str) -> bool:
    """Whether a message may be such a question."""
    if _OF_CODE.search(question):
        return False
    return bool((_ASKS.search(question) and _MOST.search(question)) or _OF_EACH.search(question))


def group(question: str, here: Here) -> Skill:
    """Propose a cell that groups, run it, and say what its first line says; or that this was not understood."""
    found = yield from loaded(question, here)
    if found is None:
        return
    several: list[Column] = []
    wanted = None
    for table in tables(found):
        wanted = _of_each(question, table) or _most(question, table, several)
        if wanted is not None:
            break
    if wanted is None and several:
        yield Say(text=f"Which column do you mean: {joined([code(column.name) for column in several])}?")
    elif wanted is None:
        yield from lost(question)
    else:
        yield from _carry_out(wanted, here)


def _of_each(question: str, table: Table) -> _Asked | None:
    found = _OF_EACH.search(question)
    if found is None:
        return None
    what = [mention for mention in columns_in(found.group(2), table) if mention.column.numeric]
    by = columns_in(found.group(3), table)
    if len(what) != 1 or not by:
        return None
    return _Asked(table=table, figure=_FIGURES[found.group(1).lower()], what=what[0], group=by[0])


def _most(question: str, table: Table, several: list[Column]) -> _Asked | None:
    """What "which species is the heaviest" asks of this table. Puts columns into `several` if they fit alike."""
    found = _MOST.search(question)
    if found is None:
        return None
    words, ascending = _SUPERLATIVES[found.group(1).lower()]
    mentions = columns_in(question, table)
    groups = [mention for mention in mentions if not mention.column.numeric and not mention.column.temporal]
    said = [mention for mention in mentions if mention.column.numeric]
    if not groups:
        return None
    if not said:
        fitting = _fitting(question, table, words.split())
        if len(fitting) > 1:
            several += fitting
        said = [Mention(at=0, column=column) for column in fitting] if len(fitting) == 1 else []
    if not said:
        return None
    return _Asked(table=table, figure="mean", what=said[0], group=groups[0], ascending=ascending)


def _fitting(question: str, table: Table, words: list[str]) -> list[Column]:
    """The columns of numbers of which a superlative speaks; of several, those that the message says more of."""
    asked_for = {word.rstrip("s") for word in spoken(question).split()}
    scored = []
    for column in table.columns:
        parts = spoken(column.name).split()
        shared = len(asked_for.intersection(part.rstrip("s") for part in parts))
        if column.numeric and (set(parts) & set(words) or (not words and shared)):
            scored.append((shared, column))
    best = max((shared for shared, _ in scored), default=0)
    return [column for shared, column in scored if shared == best]


def _carry_out(wanted: _Asked, here: Here) -> Skill:
    what, by = wanted.what.column, wanted.group.column
    said = corrections([wanted.what, wanted.group])
    if said:
        yield Say(text=said)
    frame = f"{wanted.table.name}.to_pandas()" if wanted.table.library == "polars" else wanted.table.name
    order = "" if wanted.ascending else "ascending=False"
    source = f"{frame}.groupby({by.literal}, observed=True)[{what.literal}].{wanted.figure}().sort_values({order})"
    done = yield from insert(source, here, run=True, needs=wanted.table.name)
    if done is None:
        return
    if not well(done):
        yield Say(text=report(done))
        return
    first = _first(done)
    if first is None:
        yield Say(text=f"The {wanted.figure} of {code(what.name)} for each {code(by.name)} is in {place(done)}.")
    else:
        most = "lowest" if wanted.ascending else "highest"
        yield Say(
            text=f"{code(first[0])} has the {most} {wanted.figure} of {code(what.name)}: {first[1]} ({place(done)})."
        )
    text = quoted(done, place(done))
    if text:
        yield Say(text=text)


def _first(done: dict[str, Any]) -> tuple[str, str] | None:
    """(value of the group, figure) of the first line under the heading."""
    for output in done.get("run", {}).get("outputs", ()):
        lines = str(output.get("text", "")).splitlines()
        row = re.match(r"^(.+?)\s{2,}(-?[\d.]+(?:e[+-]?\d+)?)$", lines[1]) if len(lines) > 1 else None
        if row is not None:
            return row.group(1), f"{float(row.group(2)):,.6g}"
    return None
