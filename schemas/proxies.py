"""Proxies of the environment: never used for this machine itself, and said by name where they cannot be read."""

import os
from collections.abc import Iterable, Iterator, MutableMapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from winnow.schemas.errors import InvalidSettings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names of this machine."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_EXEMPT = "NO_PROXY"


def spare_loopback(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have no library of this process, and no process that it starts, seek this machine through a proxy.

    Servers that we start, Prefect's own client and other libraries read NO_PROXY: the names of this machine are added
    to it where a proxy is set.

    Raises:
        InvalidSettings: A proxy variable cannot be read; says which, and what it holds but for a password.
    """
    given = {name: value for name in _PROXIES for name, value in _spellings(name, environment)}
    exempt = dict(_spellings(_EXEMPT, environment))
    for name, value in given.items():
        _check_proxy(name, value)
    for name, value in exempt.items():
        for entry in value.split(","):
            _check_exempt(name, value, entry.strip())
    if given:
        # Where both spellings are set, libraries take the small one.
        hosts = [h.strip() for h in (exempt.get("no_proxy") or exempt.get(_EXEMPT, "")).split(",")]
        listed = ",".join(dict.fromkeys([*filter(None, hosts), *LOOPBACK]))
        environment["no_proxy"] = environment[_EXEMPT] = listed


def direct_mounts(urls: Iterable[str]) -> dict[str, None]:
    """Return `mounts` of an httpx client that reaches those of `urls` which lie on this machine without a proxy."""
    hosts = {urlsplit(url).hostname or "" for url in urls}
    return {f"all://{_bracketed(host)}": None for host in hosts if is_loopback(host)}


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself, by its name or by its address."""
    try:
        address = ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _pattern(entry: str) -> str:
    """Return the hosts that an entry of NO_PROXY means, as httpx writes them."""
    if "://" in entry:
        return entry
    try:
        ip_address(entry.partition("/")[0])
    except ValueError:
        return f"all://*{entry}"
    return f"all://{_bracketed(entry)}"


def _spellings(name: str, environment: MutableMapping[str, str]) -> Iterator[tuple[str, str]]:
    for spelling in (name, name.lower()):
        if value := environment.get(spelling, "").strip():
            yield spelling, value


def _check_proxy(name: str, value: str) -> None:
    address = value if "://" in value else f"http://{value}"
    try:
        httpx.Client(proxy=address, verify=False, trust_env=False).close()
    except ImportError:
        raise InvalidSettings(
            f"{name} is {value}, a SOCKS proxy, for which a package is missing; pip install 'httpx[socks]', or unset it",
            variable=name,
        ) from None
    except (ValueError, httpx.InvalidURL):
        raise InvalidSettings(
            f"{name} is {value!r}, which is no address of a proxy, such as http://proxy.example:3128; correct it, or unset it",
            variable=name,
        ) from None


def _check_exempt(name: str, value: str, entry: str) -> None:
    if entry.startswith("[") and entry.endswith("]"):
        raise InvalidSettings(
            f"{name} is {value!r}, but the libraries read an IPv6 address in it without brackets; write {entry[1:-1]}",
            variable=name,
        )
    try:
        httpx.Client(mounts={_pattern(entry): None}, verify=False, trust_env=False).close()
    except httpx.InvalidURL:
        raise InvalidSettings(
            f"{name} is {value!r}, wanted names of hosts such as localhost,127.0.0.1,::1,.example.com; correct {entry!r}",
            variable=name,
        ) from None
