"""The table, its rules, and that nothing widens what is denied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agent.core.policy import Decision, Mode, Risk, Rule, decide

rules = st.lists(
    st.builds(
        lambda tool, decision: Rule(tool=tool, decision=decision), st.sampled_from("*abc"), st.sampled_from(Decision)
    )
)


@pytest.mark.parametrize(
    ("mode", "risk", "decision"),
    [
        (Mode.PLAN, Risk.READ, Decision.ALLOW),
        (Mode.PLAN, Risk.EDIT, Decision.DENY),
        (Mode.PLAN, Risk.RUN, Decision.DENY),
        (Mode.MANUAL, Risk.READ, Decision.ALLOW),
        (Mode.MANUAL, Risk.EDIT, Decision.ASK),
        (Mode.MANUAL, Risk.RUN, Decision.ASK),
        (Mode.ACCEPT_EDITS, Risk.EDIT, Decision.ALLOW),
        (Mode.ACCEPT_EDITS, Risk.RUN, Decision.ASK),
        (Mode.AUTO, Risk.OUTWARD, Decision.ASK),
        (Mode.UNATTENDED, Risk.EDIT, Decision.DENY),
    ],
)
def test_the_table(mode: Mode, risk: Risk, decision: Decision) -> None:
    assert decide(mode, risk, "a") is decision


@given(st.sampled_from(Mode), rules)
def test_nothing_widens_never(mode: Mode, given_rules: list[Rule]) -> None:
    assert decide(mode, Risk.NEVER, "a", given_rules) is Decision.DENY


@given(st.sampled_from(Risk), rules)
def test_no_rule_lets_plan_mode_write(risk: Risk, given_rules: list[Rule]) -> None:
    if risk not in {Risk.TALK, Risk.READ}:
        assert decide(Mode.PLAN, risk, "a", given_rules) is Decision.DENY


@given(st.sampled_from(Mode), st.sampled_from(Risk), rules)
def test_deny_beats_ask_beats_allow(mode: Mode, risk: Risk, given_rules: list[Rule]) -> None:
    said = {rule.decision for rule in given_rules if rule.tool in {"*", "a"}}
    plain = decide(mode, risk, "a")
    found = decide(mode, risk, "a", given_rules)
    if plain is Decision.DENY or Decision.DENY in said:
        assert found is Decision.DENY
    elif said:
        assert found is (Decision.ASK if Decision.ASK in said else Decision.ALLOW)
    else:
        assert found is plain


def test_an_unknown_mode_is_denied() -> None:
    assert decide("everything", Risk.READ, "a") is Decision.DENY  # type: ignore[arg-type]  # what a bug would pass
