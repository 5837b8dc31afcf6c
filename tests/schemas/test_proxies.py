import httpx
import pytest

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.proxies import direct_mounts, is_loopback, spare_loopback


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://proxy:1"}, "localhost,127.0.0.1,::1"),
        ({"all_proxy": "proxy:1", "NO_PROXY": ".corp, 10.0.0.0/8"}, ".corp,10.0.0.0/8,localhost,127.0.0.1,::1"),
        ({"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "a", "no_proxy": "b,::1"}, "b,::1,localhost,127.0.0.1"),
        ({"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "*"}, "*,localhost,127.0.0.1,::1"),
    ],
)  # fmt: skip
def test_this_machine_is_exempt_from_proxies(given: dict[str, str], wanted: str | None) -> None:
    spare_loopback(given)
    assert given.get("NO_PROXY") == given.get("no_proxy") == wanted


def test_sparing_this_machine_twice_changes_nothing() -> None:
    environment = {"HTTP_PROXY": "http://proxy:1"}
    spare_loopback(environment)
    once = dict(environment)
    spare_loopback(environment)
    assert environment == once


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("NO_PROXY", "a.b,[::1]", "NO_PROXY is 'a.b,[::1]', but the libraries read an IPv6 address in it without brackets; write ::1"),
        ("no_proxy", "a.b:x,c", "no_proxy is 'a.b:x,c', wanted names of hosts such as localhost,127.0.0.1,::1,.example.com; correct 'a.b:x'"),
        ("HTTP_PROXY", "foo://", "HTTP_PROXY is 'foo://', which is no address of a proxy, such as http://proxy.example:3128; correct it, or unset it"),
        ("https_proxy", "foo://me:pw12@host", "https_proxy is 'foo://me:***@host', which is no address of a proxy, such as http://proxy.example:3128; correct it, or unset it"),
        ("ALL_PROXY", "http://h:port", "ALL_PROXY is 'http://h:port', which is no address of a proxy, such as http://proxy.example:3128; correct it, or unset it"),
    ],
)  # fmt: skip
def test_a_proxy_variable_that_cannot_be_read_is_named(
    variable: str, value: str, said: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        spare_loopback({variable: value})
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "host", ["localhost", "Localhost.", "a.localhost", "127.0.0.2", "0.0.0.0", "::1"]
)
def test_this_machine_has_several_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "10.0.0.1", ""])
def test_other_machines_are_told_apart(host: str) -> None:
    assert not is_loopback(host)


def test_a_client_reaches_each_address_of_this_machine_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    urls = ["http://127.0.0.2:1/v1", "http://[::1]:1/v1", "http://far.example/v1"]
    with httpx.Client(mounts=direct_mounts(urls)) as client:
        plain = [client._transport_for_url(httpx.URL(url)) is client._transport for url in urls]
    assert plain == [True, True, False]
