"""Tables in the live kernel, and which of them and of their columns a message means."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .near import LIKELY, alike, near, spoken

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
    width: int = 0
    """How many columns there are; more than `columns` where not all are told."""


def tables(found: dict[str, Any]) -> list[Table]:
    """The tables among the variables that `list_variables` told of."""
    return [
        Table(
            name=item["name"],
            library=item["details"].get("library", "pandas"),
            rows=item["details"].get("rows", 0),
            columns=tuple(Column(name=c["name"], dtype=str(c["dtype"])) for c in item["details"].get("columns", ())),
            width=item["details"].get("columnCount", len(item["details"].get("columns", ()))),
        )
        for item in found.get("variables", ())
        if item["kind"] == "table"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A column that a message says: where, and how it was spelt if that was a slip."""

    at: int
    column: Column
    spelt: str | None = None


def named(question: str, among: list[Table]) -> Table | None:
    """The table whose name the message says, even a little misspelt; the longest name wins."""
    for flags in (re.NOFLAG, re.IGNORECASE):
        said = [table for table in among if re.search(rf"(?<!\w){re.escape(table.name)}(?!\w)", question, flags)]
        if said:
            return max(said, key=lambda table: len(table.name))
    words = re.findall(r"[^\W\d]\w{2,}", question.lower())
    for table in among:
        if near(table.name.lower(), words, cutoff=LIKELY):
            return table
    return None


def columns_in(question: str, table: Table) -> list[Mention]:
    """Each column that the message says, in the order of the message.

    A name may be written with spaces for underscores, in any case, without its unit, or a little misspelt.
    """
    text = re.sub(r"[_\W]", " ", question.lower())
    taken = [False] * (len(text) + 1)
    found: list[Mention] = []
    for phrase, column in phrases(table):
        if any(column is mention.column for mention in found):
            continue
        pattern = r"\s+".join(re.escape(word) for word in phrase.split())
        for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append(Mention(at=match.start(), column=column))
                break
    found += _misspelt(question, text, taken, table, [mention.column for mention in found])
    return sorted(found, key=lambda mention: mention.at)


def phrases(table: Table) -> list[tuple[str, Column]]:
    """How columns may be called, the longest phrases first; without the last word where that is plain."""
    whole = [(spoken(column.name), column) for column in table.columns]
    short = [(phrase.rpartition(" ")[0], column) for phrase, column in whole if " " in phrase]
    counts = Counter(phrase for phrase, _ in [*whole, *short])
    plain = [(phrase, column) for phrase, column in short if counts[phrase] == 1 and _UNIT.search(str(column.name))]
    return sorted([pair for pair in [*whole, *plain] if pair[0]], key=lambda pair: -len(pair[0]))


def _misspelt(question: str, text: str, taken: list[bool], table: Table, known: list[Column]) -> list[Mention]:
    """Columns that are nearly said, in what the exact matches have left of the text; the most alike come first."""
    words = [(m.start(), m.end()) for m in re.finditer(r"\w+", text) if not taken[m.start()]]
    scored: list[tuple[float, int, int, Column, bool]] = []
    for name, column in phrases(table):
        # A slip may also split a word or join two.
        for size in {name.count(" ") + 1, max(name.count(" "), 1)}:
            for at in range(len(words) - size + 1):
                start, end = words[at][0], words[at + size - 1][1]
                phrase = text[start:end]
                score = alike(phrase, name) if len(phrase) >= 4 else 0.0
                if score >= LIKELY and column not in known:
                    scored.append((score, start, end, column, spoken(phrase) == f"{name}s"))
    found: list[Mention] = []
    for _, start, end, column, plural in sorted(scored, key=lambda item: -item[0]):
        if not any(taken[start:end]) and all(column is not mention.column for mention in found):
            taken[start:end] = [True] * (end - start)
            found.append(Mention(at=start, column=column, spelt=None if plural else question[start:end]))
    return found
