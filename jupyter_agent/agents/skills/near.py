"""Names that are nearly the same: one measure for every "did you mean"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

LIKELY = 0.8
"""So alike, a name is taken for the other, and that is said."""
CLOSE = 0.72
"""So alike, a name is worth asking about."""


def alike(one: str, other: str) -> float:
    """0 to 1. Letters that changed places count as one slip, as people make them."""
    one, other = spoken(one), spoken(other)
    longest = max(len(one), len(other))
    if not longest:
        return 0.0
    return max(1 - slips(one, other) / longest, difflib.SequenceMatcher(None, one, other).ratio() - 0.03)


def near(wrong: str, known: Iterable[str], *, limit: int = 1, cutoff: float = CLOSE) -> list[str]:
    """The known names that come closest, best first; none that is only a little alike."""
    scored = [(alike(wrong, name), name) for name in dict.fromkeys(known)]
    good = sorted((pair for pair in scored if pair[0] >= cutoff), key=lambda pair: -pair[0])
    return [name for _, name in good[:limit]]


def slips(one: str, other: str) -> int:
    """How many slips lie between two words: a letter too many, too few, another one, or two exchanged."""
    rows: list[list[int]] = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def spoken(name: object) -> str:
    """A name as it is said: small letters, and spaces for whatever joins its words."""
    return re.sub(r"[_\W]+", " ", str(name).lower()).strip()
