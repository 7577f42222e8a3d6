"""Plotting a column or a pair of a live table, with the matplotlib that the kernel has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .cells import failure, insert, place, report, well
from .drawing import drawing
from .loading import loaded
from .near import near, spoken
from .steps import Here, Say, Skill, code, joined
from .tables import Mention, Table, columns_in, named, phrases, tables

_BY = re.compile(
    r"\b(?:(?:colou?red|grouped|split|broken down|separated)\s+)?(?:by|per|for each|for every)\b", re.IGNORECASE
)
_AGAINST = re.compile(r"\b(?:against|versus|vs|over)\b\.?", re.IGNORECASE)
_BOX = re.compile(r"\b(box ?-?plots?|boxes|whiskers?)\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(pie|violin|heat ?map|pair ?plot|line plot|line chart|3d)\b", re.IGNORECASE)
_NOT_THERE = ("ImportError", "ModuleNotFoundError")
_FILLERS_WORDS = (
    "a an all and bar box boxplot can chart colored coloured could data distribution draw for from graph her his hist "
    "histogram i in is it make me my of on our over pie please plot plots scatter scatterplot show table that the "
    "them this those to using visualise visualize want with would you your column columns against versus vs by"
)
_FILLERS = frozenset(_FILLERS_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """What a message wants to see. `unknown`: what it names and no column is called."""

    table: Table | None = None
    columns: tuple[Mention, ...] = ()
    by: Mention | None = None
    more: tuple[Mention, ...] = ()
    """Columns to split by that are too many."""
    unknown: str = ""

    @property
    def score(self) -> int:
        return 2 * len(self.columns) + 2 * (self.by is not None) - bool(self.unknown)


def plot(question: str, here: Here) -> Skill:
    """Find what is meant, add a cell that draws it, run it, say where it is."""
    found = yield from loaded(question, here)
    if found is None:
        return
    among = tables(found)
    if not among:
        yield Say(text="The kernel holds no table to plot from. Run the cell that loads your data, then ask me again.")
        return
    meant = _meant(question, among)
    if meant.table is None or not meant.columns or meant.unknown:
        yield Say(text=_which(question, meant, among))
        return
    columns = [mention.column for mention in meant.columns]
    if len(columns) > 2:
        names = joined([code(column.name) for column in columns])
        pair = f"plot {columns[0].name} against {columns[1].name}"
        yield Say(text=f"I can plot one column or a pair, and this is more: {names}. Say `{pair}`.")
        return
    said = corrections([*meant.columns, *([meant.by] if meant.by else [])])
    if said:
        yield Say(text=said)
    by = meant.by.column if meant.by else None
    words, source = drawing(meant.table, columns, by, boxes=bool(_BOX.search(question)))
    other = _OTHER.search(question)
    if other is not None:
        yield Say(
            text=f"I cannot draw what {code(other.group(1).lower())} stands for, so I take the nearest that I can."
        )
    if meant.more:
        words += f" I cannot also split this drawing by {joined([code(m.column.name) for m in meant.more])}."
    yield from _draw(meant.table, words, source, here)


def corrections(mentions: list[Mention]) -> str:
    """What was taken for what: "I took `body_mas_g` for `body_mass_g`."."""
    slips = [f"{code(m.spelt)} for {code(m.column.name)}" for m in mentions if m.spelt is not None]
    return f"I took {joined(slips)}." if slips else ""


def _draw(table: Table, words: str, source: str, here: Here) -> Skill:
    # The semicolon keeps the drawing's text form out of the output.
    done = yield from insert(source + ";", here, run=True, needs=table.name)
    if done is None:
        return
    error = failure(done)
    if error is not None and "matplotlib" in str(error.get("value")) and error["name"] in _NOT_THERE:
        yield Say(text="This kernel has no matplotlib, so it cannot draw.")
        yield Say(text=f"Run `%pip install matplotlib` in a cell, then {place(done)} again.")
    elif not well(done):
        yield Say(text=report(done))
    else:
        yield Say(text=f"{words} The plot is below {place(done)}.")


def _meant(question: str, among: list[Table]) -> _Meant:
    wanted = named(question, among)
    best = max((_of(question, table) for table in ([wanted] if wanted else among)), key=lambda meant: meant.score)
    return best if best.columns or best.unknown else _Meant(table=wanted)


def _of(question: str, table: Table) -> _Meant:
    """What the message means if it means this table."""
    at = [match.end() for match in _BY.finditer(question)]
    head, tail = (question[: at[-1]], question[at[-1] :]) if at else (question, "")
    columns = [mention for mention in columns_in(head, table) if str(mention.column.name) != table.name]
    groups = columns_in(tail, table) if tail else []
    unknown = "" if groups or not tail else _named_in(tail, table)
    if groups and not columns:  # "plot by species" counts them
        columns, groups = groups[:1], groups[1:]
    against = _AGAINST.search(head)
    if against is not None and len(columns) < 2:
        sides = [side for side in (head[: against.start()], head[against.end() :]) if not columns_in(side, table)]
        unknown = next((name for name in (_named_in(side, table) for side in sides) if name), unknown)
    if not columns and not unknown:
        unknown = _named_in(head, table)
    others = [group for group in groups if all(group.column is not m.column for m in columns)]
    by = others[0] if others else None
    return _Meant(table=table, columns=tuple(columns), by=by, more=tuple(others[1:]), unknown=unknown)


def _named_in(words: str, table: Table) -> str:
    """What these words name that is no column: "wingspan"."""
    words = re.sub(rf"\b(from|of|in)\s+(the\s+)?{re.escape(table.name)}\b.*$", "", words)
    kept = [w for w in re.findall(r"\w+", words) if w.lower() not in _FILLERS and w.lower() != table.name.lower()]
    return " ".join(kept[:3])


def _which(question: str, meant: _Meant, among: list[Table]) -> str:
    table = meant.table or (among[0] if len(among) == 1 else None)
    if table is None or (len(among) > 1 and not meant.columns and named(question, among) is None):
        names = joined([code(other.name) for other in among])
        return f"Which column? The kernel holds the tables {names}. Say `plot` and a column's name."
    known = [str(column.name) for column in table.columns]
    if not meant.unknown:
        return f"Which column of {code(table.name)}? It has {joined([code(name) for name in known])}."
    called = {phrase: str(column.name) for phrase, column in phrases(table)}
    tries = [meant.unknown, *meant.unknown.split()]
    close = dict.fromkeys(called[name] for word in tries for name in near(spoken(word), called, limit=2))
    unknown = f"{code(table.name)} has no column {code(meant.unknown)}."
    if close:
        return f"{unknown} Did you mean {joined([code(name) for name in close], 3)}?"
    return f"{unknown} It has {joined([code(name) for name in known])}."
