"""What to tell a person when a model fails: one plain sentence, and never the exception's own words."""

from __future__ import annotations

import ssl
import traceback

from pydantic_ai import exceptions as faults

from ..core.errors import AssistantError
from ..core.secrets import hide
from .retries import causes

_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (
        faults.ModelAuthenticationError,
        "The model's provider did not accept the key. Check the key and what it may use.",
    ),
    (faults.ModelQuotaExceededError, "The account with the model's provider has used up its quota or credit."),
    (faults.ModelRateLimitError, "The model's provider is getting too many requests. Wait a little and try again."),
    (faults.ModelNotFoundError, "The model's provider does not know this model, or its address is wrong."),
    (
        faults.ModelContextWindowExceededError,
        "This conversation has become too long for the model. Start a new one, or choose a model that can read more.",
    ),
    (faults.ModelOverloadedError, "The model's provider is overloaded at the moment. Try again in a little while."),
    (faults.ModelUnavailableError, "The model's provider is not available at the moment. Try again in a little while."),
    (faults.ModelTimeoutError, "The model took too long to answer. Try again."),
    (faults.ModelServerError, "The model's provider had an error of its own. Try again in a little while."),
    (faults.ModelRequestRejectedError, "The model's provider refused this request."),
    (faults.ContentFilterError, "The model's provider stopped this answer because of its content rules."),
    (
        faults.OutputTokenLimitExceeded,
        "The model reached the limit of what it may write at once, so the answer is incomplete.",
    ),
    (faults.UnexpectedModelBehavior, "The model's answer could not be read: it broke off or was malformed. Try again."),
    (faults.ModelAPIError, "The model's provider reported an error. Try again."),
    (TimeoutError, "The model said nothing for a long time, so it was stopped. Try again."),
    (ConnectionError, "The connection to the model broke off. Try again."),
)
_MALFORMED = "The model's answer could not be read: it broke off or was malformed. Try again."
BROKE_OFF = "The connection to the model broke off, so the answer is incomplete. Try again."


def sentence(error: BaseException, *, begun: bool = False) -> str:
    """One sentence about what went wrong; `begun` says that the answer had. Details are for the log."""
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
        return BROKE_OFF if begun else "The model cannot be reached. Check the network and the provider's address."
    for kind, words in _SENTENCES:
        if isinstance(error, kind):
            return words
    return "The model failed in a way that was not foreseen. The server's log says more."


def details(error: BaseException) -> str:
    """What is known of it, for the log, without what looks like a key. Where we were matters only for what is new."""
    if isinstance(error, (faults.AgentRunError, TimeoutError, ConnectionError)):
        return hide("\n".join(f"{type(cause).__name__}: {cause}" for cause in causes(error)))
    return hide("".join(traceback.format_exception(error)))
