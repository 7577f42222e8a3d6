"""What to tell a person when a model fails: one plain sentence, and never the exception's own words."""

from __future__ import annotations

from pydantic_ai import exceptions as faults

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
    (faults.ModelConnectionError, "The model cannot be reached. Check the network and the provider's address."),
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


def sentence(error: BaseException) -> str:
    """One sentence about what went wrong. Details belong in the log: they may hold addresses and keys."""
    for kind, words in _SENTENCES:
        if isinstance(error, kind):
            return words
    return "The model failed in a way that was not foreseen. The server's log says more."
