"""The errors that servers write into replies, also into such as call themselves good."""

from typing import Any, NamedTuple

from winnow.pipelines.inference.openai_replies import AnyReply, Unreadable, shown
from winnow.pipelines.inference.server_words import error_in, words_of

_STATUS_OF_CODE = {
    **dict.fromkeys(("insufficient_quota", "insufficient_balance", "insufficient_credits"), 402),
    **dict.fromkeys(("payment_required", "billing_error", "billing_hard_limit_reached"), 402),
    **dict.fromkeys(("rate_limit_exceeded", "rate_limit_error", "too_many_requests"), 429),
    **dict.fromkeys(("resource_exhausted", "rate_limit_reached", "rate_limited"), 429),
    **dict.fromkeys(("overloaded_error", "overloaded", "unavailable", "server_overloaded"), 503),
    **dict.fromkeys(("content_filter", "content_policy_violation", "permission_error"), 403),
    **dict.fromkeys(("permission_denied", "moderation_blocked", "flagged"), 403),
    **dict.fromkeys(("invalid_api_key", "authentication_error", "unauthenticated"), 401),
    **dict.fromkeys(("model_not_found", "not_found_error", "not_found"), 404),
    **dict.fromkeys(("context_length_exceeded", "invalid_request_error", "invalid_argument"), 400),
    **dict.fromkeys(("string_above_max_length", "badrequesterror", "invalid_prompt"), 400),
}
"""HTTP statuses of what servers write as the `code`, `type` or `status` of an error, in small letters."""

_CODES = ("code", "status", "type")
_TOO_LONG_CODES = ("context_length_exceeded", "input_text", "input_tokens")
_TOO_LONG_WORDS = (
    "maximum context length",
    "context window",
    "context size",
    "prompt is too long",
    "input is too long",
    "exceeds the maximum number of tokens",
)


class ErrorReply(NamedTuple):
    """An error that stands in a reply of status 200."""

    status: int | None
    """The status that a server would have answered with by the error's own code; None where it says none."""

    words: str
    """What the server says, in its own words."""

    error: Any
    """The part of the reply that says so."""


def error_within(reply: Any) -> ErrorReply | None:
    """Find the error in a reply that calls itself good; None where it is none.

    An answer beside an error is not one: it was cut short, or is a word of apology.
    """
    try:
        whole = AnyReply.of(reply)
    except Unreadable:
        return None
    endings = [ending for ending in whole.choices if ending]
    is_error = whole.object == "error"  # the older form, without an object between
    errors = [whole.error, reply if is_error else None, *(ending.error for ending in endings)]
    if error := next(filter(None, errors), None):
        return ErrorReply(status_of(error), words_of(error), error)
    if endings and endings[0].finish == "broken":
        words = f"the server ended the answer with {shown(endings[0].finish_reason)}"
        return ErrorReply(None, words, words)
    return None


def status_of(error: Any) -> int | None:
    """Return the HTTP status that an error's code stands for; None where it stands for none."""
    for code in (error.get(name) for name in _CODES) if isinstance(error, dict) else ():
        text = str(code).strip().lower() if isinstance(code, str | int) else ""
        if text.isdecimal() and len(text) == 3 and 400 <= int(text) < 600:
            return int(text)
        if text in _STATUS_OF_CODE:
            return _STATUS_OF_CODE[text]
    return 400 if is_too_long(error) else None


def is_too_long(reply: Any) -> bool:
    """Tell whether an error, or the reply that holds it, says that the request does not fit the model's context."""
    error = error_in(reply)
    codes = [error.get(name) for name in ("code", "param")] if isinstance(error, dict) else []
    words = words_of(reply).lower()
    return any(c in codes for c in _TOO_LONG_CODES) or any(w in words for w in _TOO_LONG_WORDS)
