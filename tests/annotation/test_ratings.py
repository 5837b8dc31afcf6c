"""What the distributions of ratings say of a comparison."""

import itertools

import pytest

from winnow.annotation.judges.numbers import higher, sum_of
from winnow.annotation.ratings import (
    mean_distribution,
    probability_of_ratings,
    ranks_of_ratings,
    verdict_of_ratings,
)
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


def scored(**numbers: tuple[float, float]) -> list[Rating]:
    """Rate x and y on attributes, whose names have "_" for "."."""
    return [
        Rating(response_id=i, attribute=name.replace("_", "."), score=score)
        for name, both in numbers.items()
        for i, score in zip(IDS, both, strict=True)
    ]


def test_a_part_of_another_rating_counts_through_the_whole_alone() -> None:
    ratings = scored(reward=(2.0, 1.0), reward_spread=(0.0, 9.0), style=(1.0, 1.5))
    assert verdict_of_ratings(ratings, IDS) == "a"
    assert ranks_of_ratings(ratings, IDS) == {"x": 1, "y": 2}
    parts = scored(reward_spread=(0.0, 9.0), style=(1.0, 1.5))
    assert verdict_of_ratings(parts, IDS) == "b"  # nobody rated the whole
    certain = [
        rating("x", 0.0, 1.0),
        rating("y", 1.0, 0.0),
        rating("y", 0.5, 0.5, attribute="help.it"),
    ]
    unknown = rating("x", attribute="help.it")
    assert probability_of_ratings([*certain, unknown], IDS) == 0.0


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
