import pytest
from pydantic import ValidationError

from tests.pipelines.inference.fault_server import said, serving
from tests.pipelines.inference.test_openai_engine import ask_all
from winnow.pipelines.inference.addresses import page_address
from winnow.pipelines.inference.models import OpenAIModel


@pytest.mark.parametrize(
    ("base", "page", "whole"),
    [
        ("http://h:8000/v1", "chat/completions", "http://h:8000/v1/chat/completions"),
        ("http://h:8000/v1/", "models", "http://h:8000/v1/models"),
        ("http://h", "models", "http://h/models"),
        ("https://h/openai/deployments/d?api-version=1", "chat/completions",
         "https://h/openai/deployments/d/chat/completions?api-version=1"),
        ("https://h/openai/deployments/d/?a=1&b=x%2Fy", "models",
         "https://h/openai/deployments/d/models?a=1&b=x%2Fy"),
        ("https://h/a;b/c:d", "models", "https://h/a;b/c:d/models"),
        ("http://[::1]:8000//x/v1", "models", "http://[::1]:8000//x/v1/models"),
        ("http://h/v1", "../classify", "http://h/classify"),
        ("http://h/here/v1beta2/?k=1", "../tokenize", "http://h/here/tokenize?k=1"),
        ("http://h/here", "../tokenize", "http://h/here/tokenize"),
    ],
)  # fmt: skip
def test_a_call_keeps_the_whole_path_and_query_of_the_address(
    base: str, page: str, whole: str
) -> None:
    assert page_address(base, page) == whole


def test_every_call_of_a_run_goes_to_the_address_as_it_is_written() -> None:
    with serving(lambda n, body: said("grain")) as server:
        ask_all(1, server.url.removesuffix("/v1") + "/openai/deployments/d1?api-version=2024-10-21")
        assert server.paths == [
            "/openai/deployments/d1/models?api-version=2024-10-21",
            "/openai/deployments/d1/chat/completions?api-version=2024-10-21",
        ]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "https://x/openai/deployments/y/chat/completions?api-version=1",
            r"is the address of one page; write https://x/openai/deployments/y\?api-version=1, to which",
        ),
        ("https://x/v1/completions/", "is the address of one page; write https://x/v1, to which"),
        ("https://x/v1#top", "has a part behind '#', which no server gets; write https://x/v1"),
        ("https://x/v1?api-key=s3cret", r"of x holds a secret \('api-key' behind its '\?'\); use api_key_env"),
        ("http://x:99999/v1", "'http://x:99999/v1' is no http"),
        ("http://[::1/v1", r"'http://\[::1/v1' is no http"),
        ("http://a..b/v1", "'http://a..b/v1' is no http"),
        ("http://x/v1\n/y", r"'http://x/v1\\n/y' is no http"),
        ("http://me:s3cret@x:http/v1", "'x:http/v1' is no http"),
    ],
)  # fmt: skip
def test_an_address_that_calls_cannot_keep_is_refused_with_the_right_spelling(
    url: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        OpenAIModel(model="m", urls=(url,))
    said_of_it = str(caught.value.errors(include_input=False, include_context=False))
    assert "s3cret" not in said_of_it


def test_blanks_round_an_address_are_no_part_of_it() -> None:
    assert OpenAIModel(model="m", urls=(" http://h/v1\n",)).urls == ("http://h/v1",)
