"""What to tell a person when a model fails: where, and what to do, and never the exception's own words."""

from __future__ import annotations

import ssl
import traceback

import httpx2
from pydantic_ai import exceptions as faults

from ..core.errors import AssistantError
from ..core.secrets import hide
from .endpoints import Endpoint
from .retries import causes

PROVIDER = "The model's provider"
"""What it is called where its name is not known."""

_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (faults.ModelAuthenticationError, "{place} did not accept {key}"),
    (faults.ModelQuotaExceededError, "{label} says that the account has used up its quota or credit."),
    (faults.ModelRateLimitError, "{label} is getting too many requests. Wait a little and try again."),
    (faults.ModelNotFoundError, "{label} does not know {model}, or its address is wrong."),
    (
        faults.ModelContextWindowExceededError,
        "This conversation has become too long for the model. Start a new one, or choose a model that can read more.",
    ),
    (faults.ModelOverloadedError, "{label} is overloaded at the moment. Try again in a little while."),
    (faults.ModelUnavailableError, "{label} is not available at the moment. Try again in a little while."),
    (faults.ModelTimeoutError, "{label} took too long to answer. Try again."),
    (faults.ModelServerError, "{label} had an error of its own. Try again in a little while."),
    (faults.ModelRequestRejectedError, "{label} refused this request."),
    (faults.ContentFilterError, "{label} stopped this answer because of its content rules."),
    (
        faults.OutputTokenLimitExceeded,
        "The model reached the limit of what it may write at once, so the answer is incomplete.",
    ),
    (faults.UnexpectedModelBehavior, "The model's answer could not be read: it broke off or was malformed. Try again."),
    (faults.ModelAPIError, "{label} reported an error. Try again."),
    (TimeoutError, "The model said nothing for a long time, so it was stopped. Try again."),
    (ConnectionError, "The connection to the model broke off. Try again."),
)
LOGGED = 50_000
"""Characters of an error that are logged at most: a provider may answer with a book."""
_MALFORMED = "The model's answer could not be read: it broke off or was malformed. Try again."
BROKE_OFF = "The connection to the model broke off, so the answer is incomplete. Try again."


def sentence(
    error: BaseException, *, begun: bool = False, endpoint: Endpoint | None = None, model: str | None = None
) -> str:
    """What went wrong and what to do; `begun` says that the answer had. Details are for the log.

    It names the place and the model, and the variable that the key is from; never the key.
    """
    for cause in causes(error):
        if isinstance(cause, AssistantError):
            return str(cause)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                "The certificate of the model's address is not trusted. If your network has certificates of its own, "
                "name their file as c.JupyterAgent.ca_file or in SSL_CERT_FILE."
            )
        if isinstance(cause, ValueError) and not isinstance(error, faults.ModelHTTPError):
            return _MALFORMED  # JSON or text that cannot be decoded
    if isinstance(error, faults.ModelConnectionError) and not isinstance(error, faults.ModelTimeoutError):
        return BROKE_OFF if begun else _unreached(error, endpoint)
    for kind, words in _SENTENCES:
        if isinstance(error, kind):
            return words.format(
                label=endpoint.label if endpoint else PROVIDER,
                place=_place(endpoint),
                key=_key(endpoint),
                model=f"a model named “{model[:80]}”" if model else "this model",
            )
    return "The model failed in a way that was not foreseen. The server's log says more."


def _place(endpoint: Endpoint | None) -> str:
    if endpoint is None:
        return PROVIDER
    where = endpoint.address or endpoint.host
    if endpoint.label.endswith(")"):
        return f"{endpoint.label.removesuffix(')')}, {where})"
    return f"{endpoint.label} ({where})"


def _key(endpoint: Endpoint | None) -> str:
    """What was not accepted, and what to do about it."""
    check = "Check the key and what it may use."
    if endpoint is None:
        return f"the key. {check}"
    if endpoint.key is not None:
        return (
            f"the key in {endpoint.key_variable}. {check}" if endpoint.key_variable else f"the configured key. {check}"
        )
    if endpoint.provider.wire == "bedrock":
        return "the credentials that were found for it. Check them and what they may use."
    if endpoint.headers:
        return "the configured headers. Check them and what they may use."
    return "a request without a key. Configure its api_key."


def _unreached(error: BaseException, endpoint: Endpoint | None) -> str:
    if endpoint is None:
        return "The model cannot be reached. Check the network and the provider's address."
    if endpoint.address is None:
        return f"{_place(endpoint)} cannot be reached. Check the network and its address."
    if any(isinstance(cause, httpx2.ConnectError) for cause in causes(error)):
        return f"Nothing answers at {endpoint.address} ({endpoint.label}). Start it, or check its address."
    return f"{_place(endpoint)} broke off before it answered. Try again; its own log may say why."


def details(error: BaseException) -> str:
    """What is known of it, for the log, without what looks like a key. Where we were matters only for what is new."""
    if isinstance(error, (faults.AgentRunError, TimeoutError, ConnectionError)):
        text = "\n".join(f"{type(cause).__name__}: {cause}" for cause in causes(error))
    else:
        text = "".join(traceback.format_exception(error))
    # Cut between words: half of a key would not be known for one.
    return hide(text if len(text) <= LOGGED else text[:LOGGED].rpartition(" ")[0])
