"""What a rating's distribution says of its own certainty counts as a stated probability does."""

import numpy as np
import pyarrow as pa
import pytest

from bench._gold_grid import score
from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.ratings import probability_of_ratings, verdict_of_ratings
from winnow.schemas.judgments import Rating, ScoreShare

N_SETS = 6
N_ITEMS = 250
SCORES = np.arange(1, 6)
Pair = tuple[Rating, Rating]


def rate(side: str, quality: float, spread: float) -> Rating:
    """Rate from 1 to 5: the likeliest number, with how likely each was."""
    shares = np.exp(-0.5 * ((SCORES - quality) / spread) ** 2)
    shares /= shares.sum()
    return Rating(
        response_id=side,
        attribute="help",
        score=float(SCORES[shares.argmax()]),
        distribution=tuple(
            ScoreShare(score=s, share=p) for s, p in zip(SCORES, shares, strict=True)
        ),
    )


def rated(rng: np.random.Generator, sign: Floats) -> list[Pair]:
    """Draw the ratings of a judge that is better on some items than on others, and less certain on the others."""
    spread = rng.choice([0.5, 2.0], len(sign))
    seen = rng.uniform(0.5, 1.0) * sign + spread * rng.normal(size=len(sign))
    return [(rate("a", 3 + d, s), rate("b", 3 - d, s)) for d, s in zip(seen, spread, strict=True)]


def dealt_out(rng: np.random.Generator, pairs: list[Pair]) -> list[Pair]:
    """Deal out the distributions anew; the scores stay."""
    others = rng.permutation(len(pairs))
    return [
        (
            a.model_copy(update={"distribution": pairs[k][0].distribution}),
            b.model_copy(update={"distribution": pairs[k][1].distribution}),
        )
        for (a, b), k in zip(pairs, others, strict=True)
    ]


def votes(judges: list[list[Pair]], *, is_heard: bool) -> pa.Table:
    rows = [
        {
            "item_id": str(item),
            "annotator": str(judge),
            "verdict": verdict_of_ratings(pair, ("a", "b")),
            "probability": probability_of_ratings(pair, ("a", "b")) if is_heard else None,
        }
        for judge, pairs in enumerate(judges)
        for item, pair in enumerate(pairs)
    ]
    schema = [("item_id", "string"), ("annotator", "string"), ("verdict", "string")]
    return pa.Table.from_pylist(rows, pa.schema([*schema, ("probability", "float64")]))


def figures(table: pa.Table, sign: Floats) -> Floats:
    labels = aggregate(table).labels
    return np.array(score(np.asarray(labels["p_a"]) - np.asarray(labels["p_b"]), sign))


def gains(seed: int) -> tuple[Floats, Floats]:
    """(acc2, aurc) more than by the scores alone: with the distributions, and with them dealt out anew."""
    rng = np.random.default_rng(seed)
    sign = rng.choice([-1.0, 1.0], N_ITEMS)
    judges = [rated(rng, sign) for _ in range(int(rng.integers(3, 6)))]
    noise = [dealt_out(rng, pairs) for pairs in judges]
    plain = figures(votes(judges, is_heard=False), sign)
    return (
        figures(votes(judges, is_heard=True), sign) - plain,
        figures(votes(noise, is_heard=True), sign) - plain,
    )


@pytest.fixture(scope="module")
def mean_gains() -> Floats:
    return np.mean([gains(seed) for seed in range(N_SETS)], axis=0)


def test_distributions_that_know_label_and_rank_better_than_the_scores_alone(
    mean_gains: Floats,
) -> None:
    accuracy, aurc = mean_gains[0]
    assert accuracy > 0.01
    assert aurc < -0.01


def test_distributions_that_are_noise_cost_nothing(mean_gains: Floats) -> None:
    accuracy, aurc = mean_gains[1]
    assert accuracy > -0.003
    assert aurc < 0.003
