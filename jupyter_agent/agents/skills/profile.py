"""Profiling a table: a cell with shape, types, missing values and figures, and what its output says."""

from __future__ import annotations

import re
from typing import Any

from .cells import insert, place, report, well
from .loading import loaded
from .near import near
from .shown import quoted
from .steps import Here, Say, Skill, code, count, joined
from .tables import Table, columns_in, named, tables

_NAMED = re.compile(
    r"\b(?:profil(?:e|ing)|explore|describe|of|in|for)\s+"
    r"(?:(?:the|a|my|our|this|of|table|data ?frame|dataset|data)\s+)*"
    r"[`'\"\u201c]?([^\W\d]\w*)[`'\"\u201d]?(?:,?\s+(?:table|data ?frame|dataset|data|please|now))*[\s.!?]*$",
    re.IGNORECASE,
)
_GENERAL_WORDS = (
    "a all columns data dataframe dataset detail everything frame general here it me memory missing my notebook now "
    "our please table tables that the them there these this those values variables words"
)
_GENERAL = frozenset(_GENERAL_WORDS.split())


def profile(question: str, here: Here) -> Skill:
    """Add and run a cell that profiles the table that is meant, then say what came out."""
    found = yield from loaded(question, here)
    if found is None:
        return
    among = tables(found)
    if not among:
        yield Say(
            text="The kernel holds no table (a pandas or polars DataFrame). Run the cell that loads your data first."
        )
        return
    table = named(question, among)
    unknown = "" if table else _unknown(question, among)
    if unknown:
        yield Say(text=_no_such(unknown, among))
        return
    table = table or (among[0] if len(among) == 1 else None)
    if table is None:
        names = joined([code(other.name) for other in among])
        yield Say(text=f"Which table? The kernel holds {names}. Say `profile {among[0].name}`.")
        return
    done = yield from insert(source(table), here, run=True, needs=table.name)
    if done is None:
        return
    if not well(done):
        yield Say(text=report(done))
        return
    yield Say(text=" ".join(sentences(table.name, done)))


def _unknown(question: str, among: list[Table]) -> str:
    """What the message names at its end and no table or column is called: "xyz"."""
    found = _NAMED.search(question)
    if found is None or found.group(1).lower() in _GENERAL or any(columns_in(question, table) for table in among):
        return ""
    return found.group(1)


def _no_such(unknown: str, among: list[Table]) -> str:
    names = [table.name for table in among]
    close = near(unknown, names)
    said = f"The kernel holds no table named {code(unknown)}."
    if close:
        return f"{said} Did you mean {code(close[0])}?"
    return f"{said} It holds {joined([code(name) for name in names])}. Say `profile {names[0]}`."


def source(table: Table) -> str:
    """The code of the profile."""
    name = table.name
    polars = table.library == "polars"
    missing = f"sum({name}.null_count().row(0))" if polars else f"{name}.isna().sum().sum()"
    lines = [
        f"# A profile of {name}",
        f'print(f"{{{name}.shape[0]:,}} rows, {{{name}.shape[1]:,}} columns, {{{missing}:,}} missing values")',
    ]
    if not polars and len({column.literal for column in table.columns}) == len(table.columns):
        lines.append(f'print({name}.dtypes.to_frame("dtype").assign(missing={name}.isna().sum()).to_string())')
    if table.columns:
        lines.append(f"{name}.describe()")
    return "\n".join(lines)


def sentences(name: str, done: dict[str, Any]) -> list[str]:
    """What the output says, in words; nothing that is not in it."""
    text = outputs_whole(done)
    size = re.search(r"([\d,]+) rows, ([\d,]+) columns, ([\d,]+) missing values", text)
    if size is None:
        return [f"The profile of {code(name)} is in {place(done)}.\n\n{quoted(done, place(done))}".strip()]
    rows, columns, missing = (int(number.replace(",", "")) for number in size.groups())
    said = [f"{code(name)} has {count(rows, 'row')} and {count(columns, 'column')} ({place(done)})."]
    table = re.findall(r"^(.+?)\s+(\S+)\s+(\d+)$", text[size.end() :].lstrip("\n"), re.MULTILINE)
    gaps = [(int(gone), column.strip()) for column, _, gone in table if int(gone)]
    gaps.sort(key=lambda gap: -gap[0])
    if missing == 0:
        said.append("No values are missing.")
    else:
        where = joined([f"{code(column)} ({gone:,})" for gone, column in gaps], 4, of="column") if gaps else ""
        said.append(f"{count(missing, 'value is', 'values are')} missing" + (f": {where}." if where else "."))
    numeric = [column.strip() for column, dtype, _ in table if re.match(r"(u?int|float)", dtype, re.IGNORECASE)]
    if table and len(table) == columns:
        said.append(f"{len(numeric)} of the {columns} columns {'holds' if len(numeric) == 1 else 'hold'} numbers.")
    if numeric:
        said.append(f"Say `plot {numeric[0]}` to see one of them.")
    return said


def outputs_whole(done: dict[str, Any]) -> str:
    """Everything that was printed."""
    return "".join(output["text"] for output in done.get("run", {}).get("outputs", ()) if output["kind"] == "stream")
