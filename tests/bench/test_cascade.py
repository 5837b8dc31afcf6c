"""The arithmetic of a cascade: who is asked, who decides, and what that is worth."""

import numpy as np
import pyarrow as pa

from bench._cascade import Answers, asked_at, cascade, curve, of_one

N = 400


def simulated(seed: int = 1) -> tuple[Answers, Answers, np.ndarray, list[str]]:
    """Give a cheap judge that is right as often as it says, and one that is always right."""
    rng = np.random.default_rng(seed)
    towards_b = rng.uniform(0.02, 0.98, N)
    is_b = rng.uniform(size=N) < towards_b
    return Answers(towards_b), Answers(is_b.astype(float)), is_b, [f"i{k}" for k in range(N)]


def test_those_of_least_confidence_are_asked_about_in_the_share_that_is_wanted() -> None:
    cheap, _, _, items = simulated()
    asked = asked_at(cheap.confidence, items, 0.5)
    assert abs(asked.mean() - 0.5) < 0.05
    # Each fold has a threshold of its own, so that a few near it fall on either side.
    assert cheap.confidence[asked].max() < cheap.confidence[~asked].min() + 0.05
    assert asked_at(cheap.confidence, items, 1.0).all()
    assert not asked_at(cheap.confidence, items, 0.0)[cheap.confidence.argmax()]


def test_the_threshold_of_an_item_does_not_depend_on_its_own_confidence() -> None:
    cheap, _, _, items = simulated()
    alone = cheap.confidence.copy()
    alone[0] = 0.5
    before, after = (asked_at(c, items, 0.5) for c in (cheap.confidence, alone))
    threshold_moved = before[1:] != after[1:]
    assert threshold_moved.mean() < 0.02 and after[0]


def test_asking_about_the_doubtful_is_worth_more_than_asking_at_random() -> None:
    cheap, expensive, is_b, items = simulated()
    points = curve(cheap, expensive, items, is_b, (0.0, 0.5, 1.0), n_draws=200)
    accuracies = [one.accuracy for one in points]
    assert accuracies == sorted(accuracies) and accuracies[-1] == 1.0
    assert accuracies[1] > (accuracies[0] + accuracies[2]) / 2 + 0.05
    assert points[1].low < points[1].loss < points[1].high and points[2].loss == 0


def test_the_expensive_judge_decides_where_it_is_asked_and_not_torn() -> None:
    cheap, expensive = Answers(np.array([0.9, 0.4, 0.2])), Answers(np.array([0.0, 0.5, 1.0]))
    found = cascade(cheap, expensive, np.array([True, True, False]))
    assert found.towards_b.tolist() == [0.0, 0.4, 0.2]
    assert found.right(np.array([True, False, False])).tolist() == [0.0, 1.0, 1.0]
    assert expensive.right(np.array([False, True, True])).tolist() == [1.0, 0.5, 1.0]


def test_an_unreadable_reply_and_a_missing_one_are_a_half() -> None:
    said = [("x", "a"), ("x", "b"), ("y", "b"), ("y", "invalid"), ("z", "a")]
    table = pa.table(
        {
            "item_id": [i for i, _ in said],
            "annotator": ["j"] * len(said),
            "verdict": [v for _, v in said],
        }
    )
    assert of_one(table, "j", ["x", "y", "z", "w"]).towards_b.tolist() == [0.5, 0.75, 0.0, 0.5]
