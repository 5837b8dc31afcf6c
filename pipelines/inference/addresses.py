"""Addresses of inference servers: what may be one, and where on it a call goes."""

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

_VERSION = re.compile(r"v\d[\w.]*")
_ENDPOINTS = ("chat/completions", "completions", "responses", "embeddings")
"""Pages that a base address does not name, since each call adds its own."""
_SECRET = re.compile(r"(^|[-_.])(key|apikey|token|secret|password|sig|signature|code)$", re.I)
_BESIDE = "../"


def checked_address(url: str) -> str:
    """Check a base address as the settings hold it, and give it without blanks round it.

    Raises:
        ValueError: It is no http(s) address, names one page instead of the API, or holds a password or key; says the
            right spelling, and no secret.
    """
    url = url.strip()
    parts = _split(url)
    if parts.username or parts.password:
        raise ValueError(f"the address of {parts.hostname} holds a password; use api_key_env")
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if _SECRET.search(name):
            raise ValueError(
                f"the address of {parts.hostname} holds a secret ({name!r} behind its '?'); use api_key_env"
            )
    if parts.fragment:
        right = urlunsplit(parts._replace(fragment=""))
        raise ValueError(f"{url} has a part behind '#', which no server gets; write {right}")
    path = parts.path.rstrip("/")
    for page in _ENDPOINTS:
        if path.endswith(f"/{page}"):
            right = urlunsplit(parts._replace(path=path.removesuffix(f"/{page}")))
            raise ValueError(
                f"{url} is the address of one page; write {right}, to which each call adds /{page} or what it needs"
            )
    return url


def page_address(url: str, page: str) -> str:
    """Return the address of a page of a server: the base address with all of its path, the page, and its query.

    Args:
        url: The base address, such as "http://localhost:8000/v1" or "https://x/deployments/y?api-version=1".
        page: The page below it, such as "chat/completions"; "../classify" is one that vLLM's server has beside "/v1".
    """
    parts = urlsplit(url)
    base = parts.path.rstrip("/")
    if page.startswith(_BESIDE):
        before, _, last = base.rpartition("/")
        base = before if _VERSION.fullmatch(last) else base
    return urlunsplit(parts._replace(path=f"{base}/{page.removeprefix(_BESIDE)}"))


def same_address(url: str) -> str:
    """Write an address so that two spellings of one are alike."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/")))


def _split(url: str) -> SplitResult:
    """Take an address apart.

    Raises:
        ValueError: It is no http(s) address; what is quoted of it holds no password.
    """
    wrong = "is no http(s) address, such as http://localhost:8000/v1"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        _ = (host or "").encode("idna")
    except ValueError:  # an odd port, an IPv6 address without its end, a name with two dots
        raise ValueError(f"{_shown(url)} {wrong}") from None
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        raise ValueError(f"{_shown(url)} {wrong}")
    return parts


def _shown(url: str) -> str:
    return repr(url.rpartition("@")[2].partition("?")[0])
