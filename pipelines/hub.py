"""The Hugging Face hub when it fails: told apart and told, whichever HTTP library its client is built on."""

import os
from collections.abc import Iterator

_MOST = 240


def hub_errors() -> tuple[type[Exception], ...]:
    """List what the hub's client raises where the hub refuses, fails, is not there, or is something else.

    JSON that is none is a ValueError; a connection that fails, and offline mode, are OSErrors.
    """
    from huggingface_hub.errors import HfHubHTTPError

    # Its base is the error of the HTTP library, which has changed from one version of the client to the next.
    return (OSError, ValueError, HfHubHTTPError.__bases__[0])


def is_silence(error: BaseException) -> bool:
    """Tell whether the hub gave no answer, rather than the answer that there is no such thing."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    no_answer = (LocalEntryNotFoundError, ConnectionError)
    for cause in _causes(error):
        if isinstance(cause, HfHubHTTPError):
            return cause.response is None or cause.response.status_code >= 500
        if isinstance(cause, (*no_answer, HfHubHTTPError.__bases__[0])):
            return True
    return LocalEntryNotFoundError.__name__ in str(error)


def hub_name() -> str:
    """Name the hub, by its address where the environment sets one, and whether it may be asked."""
    address = os.environ.get("HF_ENDPOINT")
    named = f"the hub at HF_ENDPOINT={address}" if address else "the Hugging Face hub"
    offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON")
    return f"{named}, which HF_HUB_OFFLINE keeps from being asked," if offline else named


def told(error: BaseException) -> str:
    """Return what an error says in a line, cut off where it is long; its name where it says nothing."""
    line = " ".join(str(error).split()).removesuffix(".") or type(error).__name__
    return line if len(line) <= _MOST else f"{line[:_MOST]}..."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
