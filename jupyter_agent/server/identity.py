"""Whose threads a request is about, as Jupyter's identity provider has it."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider, LegacyIdentityProvider, PasswordIdentityProvider

from .api.exchange import OWNER

_OWN = (PasswordIdentityProvider, IdentityProvider)
_WHO = (
    "get_user",
    "_get_user",
    "get_user_token",
    "get_user_cookie",
    "user_from_cookie",
    "generate_anonymous_user",
    "process_login_form",
)


def owner(provider: Any, user: Any) -> str | None:
    """The owner for this user; None where the provider knows people by name and gives none.

    Jupyter's own providers invent a name for each cookie: that is no identity, and all who hold the token are one.
    """
    if not names_users(provider):
        return OWNER
    username = getattr(user, "username", None)
    return username if isinstance(username, str) and username else None


def names_users(provider: Any) -> bool:
    """Whether the provider itself decides who somebody is, instead of leaving that to a token or a password."""
    if isinstance(provider, LegacyIdentityProvider):
        return not provider.login_handler_class.__module__.startswith("jupyter_server.")
    own = next((kind for kind in _OWN if isinstance(provider, kind)), None)
    return own is None or any(getattr(type(provider), name) is not getattr(own, name) for name in _WHO)
