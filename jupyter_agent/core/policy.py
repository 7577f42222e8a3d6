"""What is allowed, asked or denied. Pure: a table, and one function over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Risk(StrEnum):
    """How bad it can be, from harmless to never."""

    TALK = "talk"
    READ = "read"
    EDIT = "edit"
    """Undoable changes of the notebook."""
    RUN = "run"
    """Code in the kernel: equal to all of the person's rights."""
    SHELL = "shell"
    """A shell, files outside the workspace, writes through other servers."""
    OUTWARD = "outward"
    """What leaves the machine or cannot be taken back."""
    NEVER = "never"
    """Our own settings, keys, Jupyter's runtime files."""


class Mode(StrEnum):
    """How much a person has let go."""

    PLAN = "plan"
    MANUAL = "manual"
    ACCEPT_EDITS = "accept-edits"
    AUTO = "auto"
    UNATTENDED = "unattended"


class Decision(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


_STRICTNESS = {Decision.ALLOW: 0, Decision.ASK: 1, Decision.DENY: 2}

_A, _Q, _D = Decision.ALLOW, Decision.ASK, Decision.DENY
_TABLE: dict[Mode, dict[Risk, Decision]] = {
    Mode.PLAN: {Risk.TALK: _A, Risk.READ: _A, Risk.EDIT: _D, Risk.RUN: _D, Risk.SHELL: _D, Risk.OUTWARD: _D},
    Mode.MANUAL: {Risk.TALK: _A, Risk.READ: _A, Risk.EDIT: _Q, Risk.RUN: _Q, Risk.SHELL: _Q, Risk.OUTWARD: _Q},
    Mode.ACCEPT_EDITS: {Risk.TALK: _A, Risk.READ: _A, Risk.EDIT: _A, Risk.RUN: _Q, Risk.SHELL: _Q, Risk.OUTWARD: _Q},
    Mode.AUTO: {Risk.TALK: _A, Risk.READ: _A, Risk.EDIT: _A, Risk.RUN: _A, Risk.SHELL: _A, Risk.OUTWARD: _Q},
    Mode.UNATTENDED: {Risk.TALK: _A, Risk.READ: _A, Risk.EDIT: _D, Risk.RUN: _D, Risk.SHELL: _D, Risk.OUTWARD: _D},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of policy: for this tool ("*" is every tool) decide so."""

    tool: str
    decision: Decision


def decide(mode: Mode, risk: Risk, tool: str, rules: Sequence[Rule] = ()) -> Decision:
    """What happens to one call: `deny > ask > allow` over the rules that match, else the mode's table.

    Rules can widen what the table asks (an allow rule spares the question) but never what it denies, and nothing widens
    NEVER. What the table does not know is denied: unknown values fail closed.
    """
    from_table = _TABLE.get(mode, {}).get(risk, Decision.DENY)
    if from_table is Decision.DENY:
        return Decision.DENY
    matching = [rule.decision for rule in rules if rule.tool in ("*", tool)]
    return max(matching, key=_STRICTNESS.__getitem__) if matching else from_table
