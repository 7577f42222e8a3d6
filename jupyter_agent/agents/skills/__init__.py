"""What the built-in assistant can do, one file for each kind of thing, and which of them a message asks for."""

from __future__ import annotations

import re

from . import cells, errors, look, plot, profile, talk
from .steps import Skill

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
_NAME = re.compile(r"^[^\W\d]\w*$")


def answer(question: str, tools: frozenset[str]) -> Skill:
    """The skill that fits best. `tools` names what may be used in this run's mode."""
    given = _given_code(question)
    if given is not None:
        return cells.given(*given, tools)
    chosen = _RUN_CELL.search(question)
    if chosen:
        return cells.run(int(chosen.group(1)) if chosen.group(1) else None, tools)
    plain = re.sub(r"[`\u201c\u201d\"]", "", question).replace("\u2019", "'").lower()
    if _GREETING.search(plain):
        return talk.greet(plain)
    if _HELP.search(plain) and len(plain.split()) <= 8:
        return talk.give_help()
    if _PLOT.search(plain):
        return plot.plot(question, tools)
    if _PROFILE.search(plain):
        return profile.profile(question, tools)
    if _ERROR.search(plain):
        return errors.explain(tools)
    if _SUMMARY.search(plain):
        return profile.profile(question, tools) if _about_data(plain) else look.summarise()
    return _about_names(question, plain)


def _about_names(question: str, plain: str) -> Skill:
    described = _DESCRIBE.search(question.strip())
    name = look.name_in(described.group(1)) if described else None
    if _VARIABLES.search(plain) and not (name and re.search(r"\bvariable\s+\S", plain) and described):
        return look.variables()
    if name:
        return look.describe(name)
    if _NAME.match(question.strip(" `?!.")):
        return look.describe(question.strip(" `?!."))
    return talk.lost(question)


def _about_data(plain: str) -> bool:
    return "notebook" not in plain and bool(re.search(r"\b(data|dataset|data ?frame|table|columns?)\b", plain))


def _given_code(question: str) -> tuple[str, bool, str] | None:
    """(source, whether to run it, cell type) of the code that a message brings along."""
    block = _FENCE.search(question)
    if block:
        around = (question[: block.start()] + question[block.end() :]).lower()
        # A question about code is not an order to run it.
        if re.search(r"\b(run|execute|try|insert|add|put|paste|new cell)\b", around):
            kind = "markdown" if block.group(1).lower() in ("markdown", "md") else "code"
            run = bool(re.search(r"\b(run|execute|try)\b", around)) and kind == "code"
            return block.group(2).rstrip("\n"), run, kind
        return None
    for pattern in (_GIVEN, _TICKED):
        found = pattern.search(question)
        if found:
            return found.group(2).strip().strip("`").strip(), found.group(1).lower() in ("run", "execute"), "code"
    return None
