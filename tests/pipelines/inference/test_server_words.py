import pytest

from winnow.pipelines.inference.server_words import tidy, words_of


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"error": {"message": "no such model", "code": 404}}, "no such model"),
        ({"error": "no such model"}, "no such model"),
        ({"message": "no such path", "error": "Not Found"}, "no such path"),
        ({"detail": "Not Found"}, "Not Found"),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ("plain\n words", "plain words"),
        ("<html><title>Sign in</title><script>x()</script>", "a web page: Sign in"),
        ("\ufeff <!DOCTYPE html><p>Gate</p>", "a web page: Gate"),
        ("<html><img src=x>", "a web page: without text"),
        ("<html>Gate<![broken[x]>", "a web page: Gate"),
    ],
)
def test_a_server_is_quoted_by_its_own_words(reply: object, words: str) -> None:
    assert words_of(reply) == words


def test_words_of_a_server_are_one_line_that_does_nothing_to_a_terminal() -> None:
    assert tidy("\x1b[2Jred\u202eder\x00 \r\n end") == "[2Jred der end"
    assert len(tidy("word " * 1000)) == 300
