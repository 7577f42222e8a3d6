"""One variable of the kernel, closely: which one is meant, how large it is, and what it holds."""

from __future__ import annotations

import re
from typing import Any

from .loading import loaded
from .look import short
from .near import LIKELY, near
from .steps import Here, Say, Skill, ask, code, count, fence, joined
from .tables import named, tables
from .talk import lost


def size(question: str, here: Here) -> Skill:
    """How many rows and columns a table has."""
    found = yield from loaded(question, here)
    if found is None:
        return
    among = tables(found)
    table = named(question, among) or (among[0] if len(among) == 1 else None)
    if table is None and not among:
        yield Say(text="The kernel holds no table. Run the cell that loads your data, then ask me again.")
    elif table is None:
        names = joined([code(other.name) for other in among])
        yield Say(text=f"Which table? The kernel holds {names}.")
    else:
        yield Say(text=f"{code(table.name)} has {count(table.rows, 'row')} and {count(table.width, 'column')}.")


def describe(name: str, question: str, here: Here, *, sure: bool = True) -> Skill:
    """One variable, found even if it is a little misspelt; or a column of that name.

    Where nothing comes close and it is not `sure` that a name was asked for, the message was not understood.
    """
    found = yield from loaded(name, here, guess=False)
    if found is None:
        return
    items: list[dict[str, Any]] = found.get("variables", [])
    known = {item["name"]: item for item in items}
    match = _match(name, list(known))
    if match is None:
        yield from _describe_column(name, items, question if not sure else None)
        return
    if match != name:
        yield Say(text=f"There is no {code(name)}; I take it you mean {code(match)}.")
    closely = yield from ask("describe_variable", name=match)
    if closely is not None:
        yield Say(text=told(closely.get("variable", {})))


def _describe_column(name: str, items: list[dict[str, Any]], question: str | None) -> Skill:
    for item in items:
        for column in item["details"].get("columns", ()):
            if str(column["name"]).lower() == name.lower():
                yield Say(
                    text=f"{code(column['name'])} is a column of {code(item['name'])}, of type {column['dtype']}. "
                    f"Say `plot {column['name']}` to see it, or `profile {item['name']}` for the whole table."
                )
                return
    columns = [str(column["name"]) for item in items for column in item["details"].get("columns", ())]
    close = near(name, [*(item["name"] for item in items), *columns], limit=3)
    if question is not None and not close:
        yield from lost(question)
        return
    hint = (
        f"Close to it: {joined([code(other) for other in close])}." if close else "Say **list variables** to see all."
    )
    yield Say(text=f"The kernel holds nothing named {code(name)}. {hint}")


def told(variable: dict[str, Any]) -> str:
    """A variable in words and tables."""
    details = variable.get("details", {})
    head = f"{code(variable.get('name', ''))} is of type {code(variable.get('type', ''))}"
    head += f": {short(variable['summary'], 400)}." if variable.get("summary") else "."
    columns = details.get("columns")
    if columns:
        has_missing = any("missing" in column for column in columns)
        top = "| Column | Type | Missing |\n| --- | --- | --- |" if has_missing else "| Column | Type |\n| --- | --- |"
        rows = [_row(column, has_missing) for column in columns]
        more = details.get("columnCount", 0) - len(columns)
        return f"{head}\n\n{top}\n" + "\n".join(rows) + (f"\n\n… and {more} more columns." if more > 0 else "")
    if "mean" in details:
        figures = [_figure(details[which]) for which in ("min", "max", "mean")]
        head += " Smallest {}, largest {}, mean {}.".format(*figures)
    if details.get("missing"):
        head += f" {count(details['missing'], 'value is', 'values are')} missing."
    keys = details.get("keys")
    if keys:
        head += f" Keys: {joined([code(key) for key in keys])}."
    elif details.get("first"):
        head += "\n\nIt begins with:\n\n" + fence("\n".join(str(item) for item in details["first"]), "text")
    return head


def name_in(words: str) -> str | None:
    """The variable's name in the words after "describe" or "what is"."""
    words = words.strip().rstrip("?.! ")
    ticked = re.search(r"[`'\"\u201c\u2018]([^`'\"\u201d\u2019]+)[`'\"\u201d\u2019]", words)
    if ticked:
        return ticked.group(1).strip()
    tokens = words.split()
    if len(tokens) == 1 and re.fullmatch(r"[^\W\d]\w*", tokens[0]):
        return tokens[0]
    telling = [
        token for token in tokens if re.fullmatch(r"[^\W\d]\w*", token) and ("_" in token or token != token.lower())
    ]
    if len(telling) == 1:
        return telling[0]
    return tokens[0] if len(tokens) == 2 and tokens[1] in ("variable", "dataframe", "table") else None


def _match(name: str, known: list[str]) -> str | None:
    if name in known:
        return name
    folded = {other.lower(): other for other in known}
    if name.lower() in folded:
        return folded[name.lower()]
    close = near(name, folded, cutoff=LIKELY)
    return folded[close[0]] if close else None


def _row(column: dict[str, Any], has_missing: bool) -> str:
    row = f"| {code(column['name'])} | {column['dtype']} |"
    if not has_missing:
        return row
    missing = column.get("missing")
    return f"{row} {'?' if missing is None else format(missing, ',')} |"


def _figure(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
