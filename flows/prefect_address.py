"""The Prefect API that someone has configured: whether it is one, and whether it answers."""

from urllib.parse import urlsplit

import httpx

from schemas.errors import InvalidSettings

_TIMEOUT_S = 5.0
_WAY_OUT = "start it with `prefect server start`, or unset PREFECT_API_URL: a run then starts a server of its own"
_REFUSED = (401, 403)


def check_prefect_api(address: str) -> None:
    """Ask the configured Prefect API, once and within seconds, whether it is well.

    Raises:
        InvalidSettings: The address is none, nobody answers there, it is another service, or it refuses the key.
    """
    if problem := _problem(address):
        raise InvalidSettings(f"PREFECT_API_URL is {address}, {problem}", url=address)


def _problem(address: str) -> str | None:
    if not _is_address(address):
        return (
            "which is no address, such as http://127.0.0.1:4200/api; correct it, or unset it: a run then starts a "
            "server of its own"
        )
    try:
        answer = _ask()
    except httpx.HTTPStatusError as error:
        answer = error.response
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return f"where no Prefect answers ({str(error) or type(error).__name__}); {_WAY_OUT}"
    if answer.status_code in _REFUSED:
        return (
            f"which refuses the key (HTTP {answer.status_code}); set PREFECT_API_KEY or PREFECT_API_AUTH_STRING to a "
            "valid one"
        )
    if answer.is_success and answer.text.strip() == "true":
        return None
    shown = " ".join(answer.text.split())[:80]
    return (
        f"where something else than Prefect's API answers (HTTP {answer.status_code}: {shown}); an address usually ends "
        f"in /api; correct it, or {_WAY_OUT}"
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
