import base64
import pickle
from collections.abc import Iterator

import pytest

from winnow.schemas import redaction
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.redaction import redacted, remember, remember_environment


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(redaction, "_names", {})
    monkeypatch.setattr(redaction, "_known", None)
    yield


def test_a_secret_is_shown_as_the_name_of_its_variable() -> None:
    remember("sk-a/b", "$MY_KEY")
    assert redacted("no sk-a/b, no sk-a%2Fb, no sk-a\\/b") == "no $MY_KEY, no $MY_KEY, no $MY_KEY"


def test_the_longer_of_two_secrets_is_replaced_whole() -> None:
    remember("sk-abcd", "$SHORT")
    remember("sk-abcdefgh", "$LONG")
    assert redacted("sk-abcdefgh sk-abcd") == "$LONG $SHORT"


@pytest.mark.parametrize("key", ["a", "local", "EMPTY", "2026"])
def test_a_placeholder_that_may_be_part_of_any_text_is_passed_over(key: str) -> None:
    remember(key, "$MY_KEY")
    assert redacted("a localhost is not EMPTY in 2026") == "a localhost is not EMPTY in 2026"


@pytest.mark.parametrize(
    ("variable", "value", "secret"),
    [
        ("OPENAI_API_KEY", " sk-12345678\n", "sk-12345678"),
        ("HF_TOKEN", "hf_12345678", "hf_12345678"),
        ("PGPASSWORD", "correct horse", "correct horse"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI", "wJalrXUtnFEMI"),
        ("HTTPS_PROXY", "http://me:pass%20word@proxy:3128", "pass word"),
        ("ARGILLA_DATABASE_URL", "postgresql+asyncpg://u:db-pass@h/d", "db-pass"),
        ("PREFECT_API_URL", "http://h/api?api-key=qwerty1", "qwerty1"),
    ],
)
def test_secrets_of_the_environment_are_known(variable: str, value: str, secret: str) -> None:
    remember_environment({variable: value})
    assert redacted(f"it is {secret}.") == f"it is ${variable}."


def test_the_password_of_a_proxy_is_known_as_its_header_holds_it() -> None:
    remember_environment({"HTTP_PROXY": "http://me:secret@proxy:3128"})
    header = base64.b64encode(b"me:secret").decode()
    assert redacted(f"Proxy-Authorization is {header}") == "Proxy-Authorization is $HTTP_PROXY"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("TOKENIZERS_PARALLELISM", "false-and-long"), ("MY_KEY", "true"), ("KEYBOARD", "us-intl-long")],
)  # fmt: skip
def test_what_is_no_secret_stays(variable: str, value: str) -> None:
    remember_environment({variable: value})
    assert redacted(f"it is {value}.") == f"it is {value}."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask http://me:pw@host/v1?x=1", "ask http://me:***@host/v1?x=1"),
        ("ask https://host/v1?api-version=2&api-key=abc#top", "ask https://host/v1?api-version=2&api-key=***#top"),
        ("{'Authorization': 'Bearer sk-live-1'}", "{'Authorization': 'Bearer ***'}"),
        ("b'Bearer abcdef9\\n'", "b'Bearer ***\\n'"),
        ("catalog is {'password': 'hunter2'}", "catalog is {'password': '***'}"),
        ('{"api_key":"x-1", "n":2}', '{"api_key":"***", "n":2}'),
    ],
)  # fmt: skip
def test_places_where_only_a_secret_stands_are_masked(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "the Bearer of news",
        "http://localhost:8000/v1",
        "models.m.api_key_env is MY_KEY",
        "set the password, please",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


def test_an_error_of_ours_holds_no_secret_also_in_another_process() -> None:
    remember("sk-12345678", "$MY_KEY")
    error = InvalidSettings("the server said: sk-12345678 is no key", place="here")
    assert str(error) == error.message == "the server said: $MY_KEY is no key"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
