"""What opens the door of a server with one owner: tokens for programs, one-use tokens, and the sessions they start."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable
from hashlib import sha256
from hmac import compare_digest

from ..core.clock import Clock, SystemClock

ONCE_SECONDS = 300.0
"""For an address with a one-use token to be opened."""
SESSION_SECONDS = 24 * 3600.0
LEAST = 16
"""Characters of a token that somebody chose."""

_TOKEN = re.compile(rf"[\x21-\x7e]{{{LEAST},}}", re.ASCII)


class Keys:
    """Knows every key by its hash only, and compares in constant time. In memory: a restart ends all sessions.

    Raises ValueError for a token that is too short, or that no header could carry.
    """

    def __init__(self, tokens: Iterable[str] = (), *, clock: Clock | None = None) -> None:
        given = list(tokens)
        if not all(map(_TOKEN.fullmatch, given)):
            raise ValueError(f"A token has to be at least {LEAST} letters, digits or signs, without spaces.")
        self._tokens = [_hash(token) for token in given]
        self._clock = clock or SystemClock()
        self._once: dict[bytes, float] = {}
        self._sessions: dict[bytes, float] = {}

    def token(self) -> str:
        """One more token for programs. Whoever asks is the last to see it."""
        token = secrets.token_urlsafe(32)
        self._tokens.append(_hash(token))
        return token

    def opens(self, token: str) -> bool:
        """Whether this is a token for programs."""
        return _among(self._tokens, token) is not None

    def once(self) -> str:
        """A token that starts one session, within the next minutes."""
        return self._new(self._once, ONCE_SECONDS)

    def redeem(self, token: str) -> str | None:
        """The session that a one-use token starts. None if there is no such token, or not any more."""
        found = _among(self._living(self._once), token)
        if found is None:
            return None
        del self._once[found]
        return self._new(self._sessions, SESSION_SECONDS)

    def admits(self, session: str) -> bool:
        """Whether this session goes on."""
        return _among(self._living(self._sessions), session) is not None

    def _new(self, among: dict[bytes, float], seconds: float) -> str:
        token = secrets.token_urlsafe(32)
        among[_hash(token)] = self._clock.monotonic() + seconds
        return token

    def _living(self, among: dict[bytes, float]) -> Collection[bytes]:
        now = self._clock.monotonic()
        for key in [key for key, ends in among.items() if ends <= now]:
            del among[key]
        return among.keys()


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _among(known: Iterable[bytes], token: str) -> bytes | None:
    """The key that this is. Looks at all of them, so that the time it takes says nothing."""
    given = _hash(token)
    return next(iter([key for key in known if compare_digest(key, given)]), None)
