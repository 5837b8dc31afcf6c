"""Whether an Argilla answers, and whether it is the right one."""

import json
import urllib.error
import urllib.request

from winnow.annotation.argilla.server.address import Address


def answers(url: str, timeout_s: float = 5) -> bool:
    """Whether the API at `url` answers at all."""
    return _get(f"{url}/api/v1/version", None, timeout_s) is not None


def knows(address: Address, name: str, timeout_s: float = 5) -> bool:
    """Whether the API answers and takes this key for the account `name`."""
    me = _get(f"{address.url}/api/v1/me", address.api_key, timeout_s)
    return me is not None and me.get("username") == name


def _get(url: str, api_key: str | None, timeout_s: float) -> dict[str, object] | None:
    request = urllib.request.Request(url, headers={"X-Argilla-Api-Key": api_key} if api_key else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout_s) as reply:
            found: dict[str, object] = json.load(reply)
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return None
