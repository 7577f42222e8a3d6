"""Tables in the live kernel, and which of them and of their columns a message means."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

_NUMERIC = re.compile(r"^(u?int|float|decimal)", re.IGNORECASE)
_UNIT = re.compile(r"_(mm|cm|m|km|g|kg|s|ms|min|h|pct|percent|usd|eur|c|f|k)$", re.IGNORECASE)
_TIME = re.compile(r"^(datetime|date|timestamp|period)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: Any
    dtype: str

    @property
    def numeric(self) -> bool:
        return bool(_NUMERIC.match(self.dtype))

    @property
    def temporal(self) -> bool:
        return bool(_TIME.match(self.dtype))

    @property
    def literal(self) -> str:
        """As it stands in Python code."""
        return json.dumps(self.name, ensure_ascii=False) if isinstance(self.name, str) else repr(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    name: str
    library: str
    rows: int
    columns: tuple[Column, ...]


def tables(found: dict[str, Any]) -> list[Table]:
    """The tables among the variables that `list_variables` told of."""
    return [
        Table(
            name=item["name"],
            library=item["details"].get("library", "pandas"),
            rows=item["details"].get("rows", 0),
            columns=tuple(Column(name=c["name"], dtype=str(c["dtype"])) for c in item["details"].get("columns", ())),
        )
        for item in found.get("variables", ())
        if item["kind"] == "table"
    ]


def named(question: str, among: list[Table]) -> Table | None:
    """The table whose name the message says, even a little misspelt; the longest name wins."""
    for flags in (re.NOFLAG, re.IGNORECASE):
        said = [table for table in among if re.search(rf"(?<!\w){re.escape(table.name)}(?!\w)", question, flags)]
        if said:
            return max(said, key=lambda table: len(table.name))
    words = re.findall(r"[^\W\d]\w{2,}", question.lower())
    for table in among:
        if difflib.get_close_matches(table.name.lower(), words, n=1, cutoff=0.84):
            return table
    return None


def columns_in(question: str, table: Table) -> list[tuple[int, Column]]:
    """(place in the message, column) for each column that the message says, in the order of the message.

    A name may be written with spaces for underscores, in any case, without its unit, or a little misspelt.
    """
    text = _spoken(question)
    taken = [False] * (len(text) + 1)
    found: list[tuple[int, Column]] = []
    for phrase, column in _phrases(table):
        if any(column is seen for _, seen in found):
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append((match.start(), column))
                break
    found += _misspelt(text, taken, [column for column in table.columns if all(column is not c for _, c in found)])
    return sorted(found, key=lambda item: item[0])


def _spoken(name: object) -> str:
    return re.sub(r"[_\W]+", " ", str(name).lower()).strip()


def _phrases(table: Table) -> list[tuple[str, Column]]:
    """How columns may be called, the longest phrases first; without the last word where that is plain."""
    whole = [(_spoken(column.name), column) for column in table.columns]
    short = [(phrase.rpartition(" ")[0], column) for phrase, column in whole if " " in phrase]
    counts = Counter(phrase for phrase, _ in [*whole, *short])
    plain = [(phrase, column) for phrase, column in short if counts[phrase] == 1 and _UNIT.search(str(column.name))]
    return sorted([pair for pair in [*whole, *plain] if pair[0]], key=lambda pair: -len(pair[0]))


def _misspelt(text: str, taken: list[bool], among: list[Column]) -> list[tuple[int, Column]]:
    """Columns that are nearly said, in what the exact matches have left of the text."""
    words = [(m.start(), m.group()) for m in re.finditer(r"\w+", text) if not taken[m.start()]]
    found = []
    for column in among:
        name = _spoken(column.name)
        size = name.count(" ") + 1
        for at in range(len(words) - size + 1):
            phrase = " ".join(word for _, word in words[at : at + size])
            if len(phrase) >= 4 and difflib.SequenceMatcher(None, phrase, name).ratio() >= 0.85:
                found.append((words[at][0], column))
                break
    return found
