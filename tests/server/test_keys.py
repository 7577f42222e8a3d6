"""What opens the door: tokens, one-use tokens and sessions, by a clock that the test turns."""

import pytest

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.server.keys import ONCE_SECONDS, SESSION_SECONDS, Keys


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys(clock) -> Keys:
    return Keys(["a-token-that-is-long-enough"], clock=clock)


def test_a_token_opens_and_nothing_like_it_does(keys):
    assert keys.opens("a-token-that-is-long-enough")
    token = "a-token-that-is-long-enough"
    for wrong in "", token[:-1], token + " ", token.upper(), "\ud800":
        assert not keys.opens(wrong)


def test_one_that_is_made_up_opens_too_and_each_is_another(keys):
    first, second = keys.token(), keys.token()
    assert keys.opens(first)
    assert keys.opens(second)
    assert len({first, second}) == 2
    assert len(first) > 40


def test_a_one_use_token_starts_one_session(keys):
    token = keys.once()
    session = keys.redeem(token)
    assert session is not None
    assert keys.admits(session)
    assert keys.redeem(token) is None


def test_one_kind_of_key_is_not_another(keys):
    token = keys.once()
    assert not keys.opens(token)
    assert not keys.admits(token)
    session = keys.redeem(token)
    assert session is not None
    assert not keys.opens(session)
    assert keys.redeem(session) is None
    assert not keys.admits("a-token-that-is-long-enough")


async def test_a_one_use_token_is_good_for_minutes_only(keys, clock):
    early, late = keys.once(), keys.once()
    await clock.advance(ONCE_SECONDS - 1)
    assert keys.redeem(early) is not None
    await clock.advance(1)
    assert keys.redeem(late) is None


async def test_a_session_ends(keys, clock):
    session = keys.redeem(keys.once())
    assert session is not None
    await clock.advance(SESSION_SECONDS - 1)
    assert keys.admits(session)
    await clock.advance(1)
    assert not keys.admits(session)


def test_nothing_of_a_key_is_kept(keys):
    token, once = keys.token(), keys.once()
    session = keys.redeem(once) or ""
    kept = repr(vars(keys))
    for secret in "a-token-that-is-long-enough", token, once, session:
        assert secret not in kept


@pytest.mark.parametrize("token", ["", "short", "x" * 15, "with a space in between", "ünmöglich-im-header"])
def test_a_token_that_is_too_short_or_no_header_could_carry_is_refused_in_words(token):
    with pytest.raises(ValueError, match="A token has to be at least 16 letters, digits or signs, without spaces"):
        Keys([token])
