"""Plotting a column or a pair of a live table, with the matplotlib that the kernel has."""

from __future__ import annotations

import difflib
import re

from .cells import failure, insert, place, report
from .steps import Say, Skill, ask, code, joined
from .tables import Column, Table, columns_in, named, tables

_BY = re.compile(
    r"\b(?:(?:colou?red|grouped|split|broken down|separated)\s+)?(?:by|per|for each|for every)\b", re.IGNORECASE
)
_NOT_THERE = ("ImportError", "ModuleNotFoundError")
MANY = 30
"""More categories than this are cut to the most frequent ones."""


def plot(question: str, tools: frozenset[str]) -> Skill:
    """Find what is meant, add a cell that draws it, run it, say where it is."""
    found = yield from ask("list_variables")
    if found is None:
        return
    among = tables(found)
    if not among:
        yield Say(text="The kernel holds no table to plot from. Run the cell that loads your data, then ask me again.")
        return
    table, columns, by = _meant(question, among)
    if table is None or not columns:
        yield Say(text=_which(question, table, among))
        return
    if len(columns) > 2:
        names = joined([code(column.name) for column in columns])
        pair = f"plot {columns[0].name} against {columns[1].name}"
        yield Say(text=f"I can plot one column or a pair, and this is more: {names}. Say `{pair}`.")
        return
    words, source = drawing(table, columns, by)
    # The semicolon keeps the drawing's text form out of the output.
    done = yield from insert(source + ";", tools, run=True)
    if done is None:
        return
    error = failure(done)
    if error is not None and "matplotlib" in str(error.get("value")) and error["name"] in _NOT_THERE:
        yield Say(text="This kernel has no matplotlib, so it cannot draw.")
        yield Say(text=f"Run `%pip install matplotlib` in a cell, then {place(done)} again.")
    elif error is not None or done.get("run", {}).get("status") != "ok":
        yield Say(text=report(done))
    else:
        yield Say(text=f"{words} The plot is below {place(done)}.")


def _meant(question: str, among: list[Table]) -> tuple[Table | None, list[Column], Column | None]:
    """(table, columns to plot, column to group by)."""
    by_at = [match.end() for match in _BY.finditer(question)]
    head, tail = (question[: by_at[-1]], question[by_at[-1] :]) if by_at else (question, "")
    wanted = named(question, among)
    best: tuple[int, Table, list[Column], Column | None] | None = None
    for table in [wanted] if wanted else among:
        columns = [column for _, column in columns_in(head, table) if str(column.name) != table.name]
        groups = [column for _, column in columns_in(tail, table)] if tail else []
        if groups and not columns:  # "plot by species" counts them
            columns, groups = groups[:1], []
        by = groups[0] if groups and groups[0] not in columns else None
        score = len(columns) + (by is not None)
        if best is None or score > best[0]:
            best = (score, table, columns, by)
    if best is None or best[0] == 0:
        return wanted, [], None
    return best[1], best[2], best[3]


def _which(question: str, table: Table | None, among: list[Table]) -> str:
    if table is None and len(among) == 1:
        table = among[0]
    if table is None:
        names = joined([code(other.name) for other in among])
        return f"Which column? The kernel holds the tables {names}. Say `plot` and a column's name."
    known = [str(column.name) for column in table.columns]
    words = re.findall(r"\w{3,}", question)
    close = [name for word in words for name in difflib.get_close_matches(word, known, n=2, cutoff=0.55)]
    if close:
        return f"I know no such column. Did you mean {joined([code(name) for name in dict.fromkeys(close)], 3)}?"
    return f"Which column of {code(table.name)}? It has {joined([code(name) for name in known])}."


def drawing(table: Table, columns: list[Column], by: Column | None) -> tuple[str, str]:
    """(what is drawn, in words; the code that draws it)."""
    frame = table.name
    if table.library == "polars":
        frame = f"{frame}.to_pandas()"
    if len(columns) == 1:
        return _single(frame, columns[0], by)
    first, second = columns
    if first.numeric and second.numeric:
        return _scatter(frame, first, second, by)
    if second.temporal or first.temporal:
        when, what = (second, first) if second.temporal else (first, second)
        source = f"{frame}.sort_values({when.literal}).plot(x={when.literal}, y={what.literal})"
        return f"A line of {code(what.name)} over {code(when.name)}.", source
    if first.numeric or second.numeric:
        what, group = (first, second) if first.numeric else (second, first)
        return _boxes(frame, what, group)
    return _stacks(frame, first, second)


def _single(frame: str, column: Column, by: Column | None) -> tuple[str, str]:
    if column.numeric and by is not None:
        return _layers(frame, column, by)
    if column.numeric:
        source = f"{frame}[{column.literal}].plot.hist(bins=20, title={_title(column)}, xlabel={column.literal})"
        return f"A histogram of {code(column.name)}.", source
    if by is not None:
        return _stacks(frame, column, by)
    source = f"{frame}[{column.literal}].value_counts().head({MANY}).plot.bar(title={_title(column)})"
    return f"How often each value of {code(column.name)} occurs.", source


def _layers(frame: str, column: Column, by: Column) -> tuple[str, str]:
    groups = f"{frame}.groupby({by.literal}, observed=True)[{column.literal}]"
    words = f"A histogram of {code(column.name)} for each {code(by.name)}."
    return words, f"{groups}.plot.hist(bins=20, alpha=0.6, legend=True, xlabel={column.literal})"


def _scatter(frame: str, vertical: Column, horizontal: Column, by: Column | None) -> tuple[str, str]:
    words = f"{code(vertical.name)} against {code(horizontal.name)}"
    where = f"x={horizontal.literal}, y={vertical.literal}"
    if by is None:
        return f"{words}.", f"{frame}.plot.scatter({where})"
    if by.numeric or by.temporal:
        source = f'{frame}.plot.scatter({where}, c={by.literal}, cmap="viridis")'
    else:
        # Only a column of categories gives the colours their names, and a missing one would get another's colour.
        known = f'{frame}.dropna(subset=[{by.literal}]).astype({{{by.literal}: "category"}})'
        source = f'{known}.plot.scatter({where}, c={by.literal}, cmap="tab10", alpha=0.7)'
    return f"{words}, coloured by {code(by.name)}.", source


def _stacks(frame: str, what: Column, group: Column) -> tuple[str, str]:
    counts = f"{frame}.groupby([{group.literal}, {what.literal}], observed=True).size().unstack()"
    return f"How often each {code(what.name)} occurs for each {code(group.name)}.", f"{counts}.plot.bar(stacked=True)"


def _boxes(frame: str, what: Column, group: Column) -> tuple[str, str]:
    return (
        f"The spread of {code(what.name)} for each {code(group.name)}.",
        f"{frame}.plot.box(column={what.literal}, by={group.literal})",
    )


def _title(column: Column) -> str:
    return column.literal if isinstance(column.name, str) else f'"{column.name}"'
