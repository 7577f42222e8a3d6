"""Words about itself: help, greetings, and what it says when it does not understand."""

from __future__ import annotations

import re

from .near import near
from .steps import Say, Skill, code

_ABILITIES = (
    ("summarise this notebook", "what it holds, what each code cell does, what has been run and what failed"),
    ("what does cell 2 do", "one cell, as far as its text tells"),
    ("list variables", "what the kernel holds now"),
    ("describe penguins", "one variable closely, here one named `penguins`"),
    ("how many rows does penguins have", "the size of a table"),
    ("profile penguins", "adds a cell with size, types and missing values, runs it and reads it"),
    ("plot bill_length_mm", "a column by itself; also `box plot of body_mass_g by species`"),
    ("plot flipper_length_mm against body_mass_g by species", "a pair of columns, coloured by a third"),
    ("which species is the heaviest", "an average for each group; also `average body_mass_g by island`"),
    ("explain the last error", "for misspelt names, columns and modules I also propose the mended cell"),
    ("run: 1 + 1", "adds your code as a cell and runs it, like a fenced block by itself; `insert:` only adds it"),
    ("run cell 3", "runs a cell that is there; `run all cells` runs those that have not been run"),
)
_KEYWORDS = {
    "summarise this notebook": "summarise notebook overview contents about",
    "list variables": "variables names memory defined kernel",
    "describe penguins": "describe inspect value type",
    "how many rows does penguins have": "rows columns size shape length",
    "which species is the heaviest": "which average mean heaviest longest highest group",
    "profile penguins": "profile data dataframe missing table statistics",
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
    yield Say(
        text="The names are those of the sample notebook: say your own. Before I change or run anything, you are asked "
        "as the mode says. I cannot undo or delete anything, and I cannot chat freely."
    )


def greet(words: str) -> Skill:
    """An answer to a greeting."""
    if words.strip().startswith(("thank", "thanks")):
        yield Say(text="You are welcome.")
    elif words.strip().startswith("bye"):
        yield Say(text="Goodbye. This conversation stays here.")
    else:
        yield Say(text="Hello. Say **help** for all I can do, or try `summarise this notebook`.")


def answer_nothing() -> Skill:
    """A yes or a no where nothing was asked."""
    yield Say(
        text="I have asked you nothing that could be answered here. Where I need your word, a card with buttons asks "
        "for it. Say what you would like, for example `summarise this notebook`."
    )


def cannot_undo() -> Skill:
    """How the person takes something back."""
    yield Say(
        text="I cannot undo anything myself. To take back a change of a cell's text, click into the cell and press "
        "Ctrl+Z (⌘Z on a Mac). To take back an added or deleted cell, press Esc and then Z. What code has done in the "
        "kernel stays until you restart it."
    )


def cannot_delete() -> Skill:
    """How the person deletes something."""
    yield Say(
        text="I cannot delete anything yet. To delete a cell, click beside it and press D twice; Z brings it back. To "
        "clear outputs, use **Clear Outputs of All Cells** in the Edit menu."
    )


def incomplete(word: str) -> Skill:
    """A request of one word that needs another."""
    yield Say(text=f"{word.capitalize()} what? For example {code(_EXAMPLES[word])}.")


_EXAMPLES = {
    "describe": "describe penguins",
    "explain": "explain the last error",
    "inspect": "describe penguins",
    "show": "list variables",
    "run": "run cell 2",
    "execute": "run cell 2",
    "insert": "insert: x = 1",
    "add": "insert: x = 1",
    "replace": "explain the last error",
    "change": "explain the last error",
}
ALONE = frozenset(_EXAMPLES)
"""Words that say too little by themselves."""


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
    asked = set(re.findall(r"[a-z]{4,}", question.lower()))
    scores: list[tuple[int, str]] = []
    for words, keywords in _KEYWORDS.items():
        vocabulary = keywords.split()
        hits = sum(bool(near(word, vocabulary)) for word in asked)
        if hits:
            scores.append((hits, words))
    best = max((hits for hits, _ in scores), default=0)
    return [words for hits, words in scores if hits == best][:2]
