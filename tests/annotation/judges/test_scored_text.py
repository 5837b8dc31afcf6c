"""Which tokens are those of a text: never one too many or too few."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.annotation.judge import Reply
from winnow.annotation.judges.scored_text import ScoredText, Unscored, read_scored
from winnow.schemas.token_logprobs import TokenLogprob

WORDS = st.lists(st.text("ab \n.é", min_size=1, max_size=3), min_size=1, max_size=8)


def reply(*tokens: str) -> Reply:
    """Give tokens of which each is less likely than the one before: -1, -2, …"""
    told = tuple(TokenLogprob(token=t, logprob=-float(i)) for i, t in enumerate(tokens, 1))
    return Reply(text="", tokens=told)


@pytest.mark.parametrize(
    ("tokens", "text", "logprobs", "is_shared"),
    [
        (("The", " miller"), "The miller", (-1, -2), False),
        # A tokenizer cuts "\n\n" otherwise where a word follows: what stands ahead came with it.
        (("\n", "\n", "Paris", "."), "Paris.", (-3, -4), False),
        ((":\n", "Paris"), "Paris", (-2,), False),
        ((" answers", "."), "answers.", (-1, -2), True),
        (("x", ": Par", "is"), "Paris", (-2, -3), True),
        (("", "é", "", "日"), "é日", (-2, -3, -4), False),
        # Engines that lose blanks, and that spell parts of characters in their own way.
        (("The", "miller"), "The miller", (-1, -2), False),
        (("\n", "The", "miller"), "The miller", (-2, -3), False),
        (("\n", "a", "\ufffd", "\ufffd", "b"), "aéb", (-2, -3, -4, -5), False),
        (("\ufffd", "\ufffd", "\ufffd", "?"), "日?", (-1, -2, -3, -4), False),
    ],
)
def test_the_tokens_of_a_text_are_found_by_what_they_spell(
    tokens: tuple[str, ...], text: str, logprobs: tuple[float, ...], is_shared: bool
) -> None:
    found = read_scored(reply(*tokens), text)
    assert isinstance(found, ScoredText)
    assert found.logprobs == logprobs
    assert found.is_shared is is_shared
    assert found.total == sum(logprobs)
    assert found.mean == sum(logprobs) / len(logprobs)
    assert ("the end of what stands ahead" in found.words) is is_shared


@given(WORDS, WORDS)
def test_what_stands_ahead_is_in_no_sum(ahead: list[str], text: list[str]) -> None:
    found = read_scored(reply(*ahead, *text), "".join(text))
    assert isinstance(found, ScoredText)
    assert not found.is_shared
    assert found.logprobs == tuple(
        -float(i) for i in range(len(ahead) + 1, len(ahead) + len(text) + 1)
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (Reply(text=""), "the server gave no log-probabilities of the text"),
        (Reply(text="5"), "the server gave no log-probabilities of the text"),
        (reply("The"), "the tokens that came back do not spell the text: 'The'"),
        (reply("The miller", "<end>"), "do not spell the text"),
        (reply(" ", "the miller"), "do not spell the text"),
        (
            Reply(
                text="",
                tokens=(
                    TokenLogprob(token="The ", logprob=-1.0),
                    TokenLogprob(token="miller", logprob=None),
                ),
            ),
            "the server gave no log-probability of 1 of the text's 2 tokens",
        ),
    ],
)
def test_what_is_not_all_there_is_no_score(given: Reply, why: str) -> None:
    found = read_scored(given, "The miller")
    assert isinstance(found, Unscored)
    assert why in found.why


def test_a_token_without_a_log_probability_ahead_of_the_text_takes_nothing_away() -> None:
    tokens = (TokenLogprob(token="\n", logprob=None), TokenLogprob(token="Yes", logprob=-0.5))
    found = read_scored(Reply(text="", tokens=tokens), "Yes")
    assert isinstance(found, ScoredText)
    assert math.isclose(found.total, -0.5)
