"""Words about itself: help, greetings, and what it says when it does not understand."""

from __future__ import annotations

import difflib
import re

from .steps import Say, Skill, code

_ABILITIES = (
    ("summarise this notebook", "what it holds, what each code cell does, what has been run and what failed"),
    ("list variables", "what the kernel holds now"),
    ("describe penguins", "one variable closely; any name will do"),
    ("profile penguins", "adds a cell with shape, types and missing values, runs it and reads it"),
    ("plot bill_length_mm", "a column by itself"),
    ("plot flipper_length_mm against body_mass_g by species", "a pair of columns, coloured by a third"),
    ("explain the last error", "for misspelt names and columns and missing modules I also propose the mended cell"),
    ("run: 1 + 1", "adds your code as a cell and runs it; `insert:` only adds it, and a fenced block works too"),
    ("run cell 3", "runs a cell that is there"),
)
_KEYWORDS = {
    "summarise this notebook": "summarise notebook overview contents about",
    "list variables": "variables names memory defined kernel",
    "describe penguins": "describe inspect value type",
    "profile penguins": "profile data dataframe missing columns rows table statistics",
    "plot bill_length_mm": "plot chart graph histogram column distribution",
    "plot flipper_length_mm against body_mass_g by species": "scatter pair against versus correlation relation compare",
    "explain the last error": "error fail wrong fix broken explain",
    "run: 1 + 1": "run execute code insert cell calculate",
    "run cell 3": "run cell execute again",
}


def give_help() -> Skill:
    """All that it can do."""
    rows = "\n".join(f"- {code(words)}: {what}" for words, what in _ABILITIES)
    yield Say(text=f"I follow fixed rules, so plain requests work best. You can say:\n\n{rows}")
    yield Say(text="What I change or run passes the same questions as with any model. I cannot chat freely.")


def greet(words: str) -> Skill:
    """An answer to a greeting."""
    if words.strip().startswith(("thank", "thanks")):
        yield Say(text="You are welcome.")
    elif words.strip().startswith("bye"):
        yield Say(text="Goodbye. This conversation stays here.")
    else:
        yield Say(text="Hello. Say **help** for all I can do, or try `summarise this notebook`.")


def lost(question: str) -> Skill:
    """It did not understand, says so, and offers what comes closest."""
    close = _closest(question)
    yield Say(text="I did not understand that: I know a fixed set of requests, and this is not one of them.")
    if close:
        yield Say(text="Did you mean " + " or ".join(code(words) for words in close) + "?")
    yield Say(
        text="I can summarise the notebook, list and describe variables, profile and plot tables, explain errors, and "
        "insert or run code. Say **help** for examples."
    )


def _closest(question: str) -> list[str]:
    asked = set(re.findall(r"[a-z]{3,}", question.lower()))
    scores: list[tuple[int, str]] = []
    for words, keywords in _KEYWORDS.items():
        vocabulary = keywords.split()
        hits = sum(bool(difflib.get_close_matches(word, vocabulary, n=1, cutoff=0.75)) for word in asked)
        if hits:
            scores.append((hits, words))
    best = max((hits for hits, _ in scores), default=0)
    return [words for hits, words in scores if hits == best][:2]
