"""What the built-in assistant can do, one file for each kind of thing, and which of them a message asks for."""

from __future__ import annotations

import re

from . import cells, describe, errors, groups, loading, look, plot, profile, talk
from .steps import Here, Skill

_FENCE = re.compile(r"```[ \t]*([\w+-]*)[ \t]*\n(.*?)```", re.DOTALL)
_GIVEN = re.compile(r"^\s*(?:please\s+)?(run|execute|insert|add)\s*:\s*(.+)$", re.DOTALL | re.IGNORECASE)
_TICKED = re.compile(
    r"^\s*(?:please\s+)?(run|execute|insert|add)\s+(?:the code\s+)?`([^`]+)`\s*[.!]?\s*$", re.IGNORECASE
)
_RUN_CELL = re.compile(
    r"\b(?:re-?)?(?:run|execute)\s+(?:the\s+)?(?:cell\s+(?:number\s+)?#?(\d+)|(?:this|current|active|selected)\s+cell)",
    re.IGNORECASE,
)
_HELP = re.compile(r"\b(help|what (can|do) you do|(who|what) are you|how do you work|commands?)\b")
_GREETING = re.compile(
    r"^\s*(hi|hello|hey|good (morning|afternoon|evening|day)|thanks?( you)?|thank you.*|bye)\b[\s!.,]*$"
)
_PLOT = re.compile(
    r"\b(plots?|charts?|graph|draw|histogram|hist|scatter(plot)?|box ?plots?|bar ?(chart|plot|graph)|visuali[sz]e)\b"
)
_ERROR = re.compile(
    r"\b(errors?|exceptions?|tracebacks?|bugs?|debug|fix|mend|repair|fail(s|ed|ing|ure)?|broken|crash(ed|es)?"
    r"|(goes|went|is) wrong|not work(ing)?|n't work|\w+error)\b"
)
_PROFILE = re.compile(
    r"\b(profil(e|ing)|explore|eda|missing (values?|data)|nulls?|nans?"
    r"|describe (the |my )?(data|dataset|data ?frame|table))\b"
)
_SUMMARY = re.compile(
    r"\b(summari[sz](e|ing)|summary|overview|outline"
    r"|(what|explain|describe|tell me about|walk me through)\b.*\bnotebook)\b"
)
_VARIABLES = re.compile(r"\b(variables?|names are defined|namespace|data ?frames (are|do)|in memory|whos?)\b")
_DESCRIBE = re.compile(
    r"\b(?:describe|inspect|examine|look at|show(?: me)?|tell me(?: more)? about|explain|details of"
    r"|what(?:'s|s| is| are)(?: in)?)\s+"
    r"(?:(?:the|a|an|my)\s+)?(?:(?:variable|object|value of|data ?frame|table|column)\s+)?(.+)$",
    re.IGNORECASE,
)
_MARKDOWN = ("markdown", "md")
_CODE = ("", "python", "python3", "py", "ipython", "ipython3")
_NAME = re.compile(r"^[^\W\d]\w*$")
_NAMELIKE = re.compile(r"[_\d]|[a-z][A-Z]|^[A-Z]{2,}$")
_RUN_ALL = re.compile(
    r"\b(?:re-?)?(?:run|execute)\s+(?:all|every|everything|(?:the\s+)?(?:whole\s+|entire\s+)?notebook)\b"
)
_CELL = re.compile(r"\b(?:what|explain|describe|tell me about|show|summari[sz]e)\b.*\bcell\s+(?:number\s+)?#?(\d+)\b")
_ANSWER = re.compile(
    r"^\s*(yes|yep|yeah|no|nope|ok|okay|sure|go ahead|do it|(yes|no|ok|okay),? (please|thanks|thank you))[\s!.,]*$"
)
_UNDO = re.compile(r"\b(undo|revert|roll back|take (it|that|this) back)\b")
_DELETE = re.compile(r"^\s*(?:please\s+|can you\s+|could you\s+)?(?:delete|remove|erase|clear)\b")
_SIZE = re.compile(
    r"\bhow many (?:rows|columns|cols|records|observations|entries)\b"
    r"|\b(?:shape|size|dimensions) of\b|\bnumber of (?:rows|columns|records|observations)\b"
)


def answer(question: str, here: Here) -> Skill:
    """The skill that fits best."""
    given = _given_code(question)
    if given is not None:
        return cells.given(*given, here)
    plain = re.sub(r"[`\u201c\u201d\"]", "", question).replace("\u2019", "'").lower()
    if _RUN_ALL.search(plain):
        return loading.run_all(here)
    chosen = _RUN_CELL.search(question)
    if chosen:
        return cells.run(int(chosen.group(1)) if chosen.group(1) else None, here)
    return _about_itself(plain) or _about_the_work(question, plain, here)


def asks_for_help(question: str) -> bool:
    """Whether the answer to this is the help."""
    return bool(_HELP.search(question.lower())) and len(question.split()) <= 8


def _about_itself(plain: str) -> Skill | None:
    alone = plain.strip(" .!?:")
    if _GREETING.search(plain):
        return talk.greet(plain)
    if _ANSWER.search(plain):
        return talk.answer_nothing()
    if asks_for_help(plain):
        return talk.give_help()
    if _UNDO.search(plain):
        return talk.cannot_undo()
    if _DELETE.search(plain):
        return talk.cannot_delete()
    return talk.incomplete(alone) if alone in talk.ALONE else None


def _about_the_work(question: str, plain: str, here: Here) -> Skill:
    if _PLOT.search(plain):
        return plot.plot(question, here)
    if groups.asked(plain):
        return groups.group(question, here)
    if _PROFILE.search(plain):
        return profile.profile(question, here)
    if _SIZE.search(plain):
        return describe.size(question, here)
    if _ERROR.search(plain):
        return errors.explain(here)
    cell = _CELL.search(plain)
    if cell:
        return look.cell(int(cell.group(1)))
    if _SUMMARY.search(plain):
        return profile.profile(question, here) if _about_data(plain) else look.summarise()
    return _about_names(question, plain, here)


def _about_names(question: str, plain: str, here: Here) -> Skill:
    described = _DESCRIBE.search(question.strip())
    name = describe.name_in(described.group(1)) if described else None
    if _VARIABLES.search(plain) and not (name and re.search(r"\bvariable\s+\S", plain) and described):
        return look.variables()
    if name:
        told = re.search(
            rf"`{re.escape(name)}`|\b(describe|inspect|examine|details of|variable|column)\b", question, re.IGNORECASE
        )
        return describe.describe(name, question, here, sure=bool(told or _NAMELIKE.search(name)))
    alone = question.strip(" `?!.")
    if _NAME.match(alone):
        return describe.describe(alone, question, here, sure="`" in question or bool(_NAMELIKE.search(alone)))
    return talk.lost(question)


def _about_data(plain: str) -> bool:
    return "notebook" not in plain and bool(re.search(r"\b(data|dataset|data ?frame|table|columns?)\b", plain))


def _given_code(question: str) -> tuple[str, bool, str] | None:
    """(source, whether to run it, cell type) of the code that a message brings along."""
    block = _FENCE.search(question)
    if block:
        around = (question[: block.start()] + question[block.end() :]).lower()
        language = block.group(1).lower()
        if not around.strip():
            return _by_itself(block.group(2).rstrip("\n"), language)
        # A question about code is not an order to run it.
        if re.search(r"\b(run|execute|try|insert|add|put|paste|new cell)\b", around):
            kind = "markdown" if language in _MARKDOWN else "code"
            run = bool(re.search(r"\b(run|execute|try)\b", around)) and kind == "code"
            return block.group(2).rstrip("\n"), run, kind
        return None
    for pattern in (_GIVEN, _TICKED):
        found = pattern.search(question)
        if found:
            return found.group(2).strip().strip("`").strip(), found.group(1).lower() in ("run", "execute"), "code"
    return None


def _by_itself(source: str, language: str) -> tuple[str, bool, str] | None:
    """A block with no words around it is to be added and run, or only added where it is text."""
    if language in _MARKDOWN:
        return source, False, "markdown"
    return (source, True, "code") if language in _CODE else None
