"""The Prefect API that someone has configured: whether it is one, and whether it answers."""

from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from winnow.schemas.errors import InvalidSettings

_TIMEOUT_S = 5.0
_OWN = "a run then starts a server of its own"
_REFUSED = (401, 403)


class Problem(NamedTuple):
    """Why a Prefect API cannot be used."""

    what: str
    """What is wrong, after the address."""

    way_out: str
    """What to do."""


def check_prefect_api(address: str) -> None:
    """Ask the configured Prefect API, once and within seconds, whether it is well.

    Raises:
        InvalidSettings: The address is none, nobody answers there, it is another service, or it refuses the key.
    """
    if problem := problem_of(address):
        raise InvalidSettings(
            f"PREFECT_API_URL is {address}, {problem.what}; {problem.way_out}", url=address
        )


def problem_of(address: str) -> Problem | None:
    """Find what keeps the configured Prefect API from being used; None where it is well."""
    if not _is_address(address):
        what = "which is no address, such as http://127.0.0.1:4200/api"
        return Problem(what, f"correct it, or unset it: {_OWN}")
    try:
        answer = _ask()
    except httpx.HTTPStatusError as error:
        answer = error.response
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        what = f"where no Prefect answers ({str(error) or type(error).__name__})"
        return Problem(what, f"start it (prefect server start) or unset PREFECT_API_URL: {_OWN}")
    if answer.status_code in _REFUSED:
        return Problem(
            f"which refuses the key (HTTP {answer.status_code})",
            "set PREFECT_API_KEY or PREFECT_API_AUTH_STRING to a valid one",
        )
    if answer.is_success and answer.text.strip() == "true":
        return None
    shown = " ".join(answer.text.split())[:80]
    return Problem(
        f"where something else than Prefect's API answers (HTTP {answer.status_code}: {shown})",
        f"correct it, as it usually ends in /api, or unset it: {_OWN}",
    )


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _ask() -> httpx.Response:
    """Ask as Prefect's own client does, with its keys and certificates, but only once."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    asked_once = temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0})
    with asked_once, get_client({"timeout": _TIMEOUT_S}, sync_client=True) as client:
        return client.request("GET", "/health")
