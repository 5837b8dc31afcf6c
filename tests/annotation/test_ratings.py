"""What the distributions of ratings say of a comparison."""

import itertools

import pytest

from winnow.annotation.judges.numbers import higher, sum_of
from winnow.annotation.ratings import mean_distribution, probability_of_ratings
from winnow.schemas.judgments import Rating, ScoreShare

IDS = ("x", "y")


def rating(response_id: str, *shares: float, attribute: str = "help") -> Rating:
    distribution = tuple(ScoreShare(score=s, share=p) for s, p in enumerate(shares, 1)) or None
    return Rating(response_id=response_id, attribute=attribute, score=1, distribution=distribution)


def test_the_probability_counts_every_pair_of_scores() -> None:
    a, b = (0.2, 0.5, 0.3), (0.1, 0.3, 0.6)
    pairs = itertools.product(enumerate(a), enumerate(b))
    wanted = sum(p * q * ((j > i) + (j == i) / 2) for (i, p), (j, q) in pairs)
    assert probability_of_ratings([rating("x", *a), rating("y", *b)], IDS) == pytest.approx(wanted)


def test_sums_over_attributes_are_compared_as_the_rating_judge_compares_them() -> None:
    shares = {
        ("x", "help"): (0.2, 0.5, 0.3),
        ("x", "tone"): (0.6, 0.1, 0.3),
        ("y", "help"): (0.1, 0.3, 0.6),
        ("y", "tone"): (0.3, 0.3, 0.4),
    }
    ratings = [rating(who, *given, attribute=name) for (who, name), given in shares.items()]
    a, b = (sum_of([shares[who, name] for name in ("help", "tone")]) for who in IDS)
    assert probability_of_ratings(ratings, IDS) == pytest.approx(higher(a, b))


def test_scores_need_not_be_whole_numbers() -> None:
    halves = tuple(ScoreShare(score=s, share=p) for s, p in ((0.1, 0.25), (0.3, 0.75)))
    a = Rating(response_id="x", attribute="help", score=0.3, distribution=halves)
    b = a.model_copy(update={"response_id": "y"})
    assert probability_of_ratings([a, b], IDS) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "ratings",
    [
        [rating("x", 0.5, 0.5), rating("y")],
        [rating("x", 0.5, 0.5), rating("y", 0.5, 0.5, attribute="tone")],
        [],
    ],
    ids=["one without", "nothing in common", "no rating"],
)
def test_what_is_not_known_of_both_is_unknown(ratings: list[Rating]) -> None:
    assert probability_of_ratings(ratings, IDS) is None


def test_the_mean_of_distributions_is_known_where_each_is() -> None:
    one, other = rating("x", 0.2, 0.8).distribution, rating("x", 0.4, 0.2, 0.4).distribution
    mean = mean_distribution([one, other])
    assert mean is not None
    assert [share.share for share in mean] == pytest.approx([0.3, 0.5, 0.2])
    assert mean_distribution([one, None]) is None
