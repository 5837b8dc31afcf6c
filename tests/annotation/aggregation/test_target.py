import numpy as np
import pytest

from winnow.annotation.aggregation.target import (
    Target,
    allowed_errors,
    decide,
    lower_bound,
    round_between,
)

SURE = np.full(1000, 0.99)
TARGET = Target(accuracy=0.95)


def shares(n: int) -> np.ndarray:
    return (np.arange(n) + 0.5) / n


def test_forty_five_in_a_row_show_95_percent_with_confidence_90() -> None:
    assert TARGET.least_gold == 45
    assert allowed_errors(TARGET, np.array([44, 45, 76, 77])).tolist() == [-1, 0, 0, 1]


def test_all_labels_are_kept_where_all_gold_is_right() -> None:
    found = decide(TARGET, shares(90), np.ones(90, bool), SURE)
    assert found.share == np.inf
    assert (found.n_kept, found.n_right) == (90, 90)
    assert found.accuracy_low == pytest.approx(0.1 ** (1 / 90))


def test_fewer_gold_items_than_could_ever_show_it_are_refused_with_their_number() -> None:
    found = decide(TARGET, shares(44), np.ones(44, bool), SURE)
    assert found.share is None
    assert (
        found.reason
        == "it takes at least 45 gold items, all of them right, to show it, and there are 44"
    )


def test_no_gold_at_all_is_refused() -> None:
    found = decide(TARGET, np.zeros(0), np.zeros(0, bool), SURE)
    assert found.share is None
    assert found.reason.endswith("there are 0")


def test_the_tail_where_the_wrong_ones_stand_is_left_out() -> None:
    is_right = np.ones(90, bool)
    is_right[80:] = False
    expected = np.linspace(1.0, 0.5, 1000)
    found = decide(TARGET, shares(90), is_right, expected)
    assert found.share is not None
    assert 45 <= found.n_kept <= 81
    assert found.accuracy_low >= 0.95


def test_wrong_gold_among_the_surest_is_refused_and_says_how_much_it_shows() -> None:
    is_right = np.ones(90, bool)
    is_right[[3, 10]] = False
    found = decide(TARGET, shares(90), is_right, np.linspace(1.0, 0.7, 1000))
    assert found.share is None
    assert "2 are wrong where 0 may be" in found.reason
    assert f"an accuracy of {lower_bound(43, 45, 0.9):.2f} is shown and no more" in found.reason
    assert "gold items would be needed if the rest are like these" in found.reason


def test_gold_items_as_sure_as_each_other_are_kept_or_left_out_together() -> None:
    share = np.repeat([0.3, 1.0], [50, 40])
    is_right = np.repeat([True, False], [50, 40])
    found = decide(TARGET, share, is_right, np.linspace(1.0, 0.5, 1000))
    assert (found.n_kept, found.share) == (50, 1.0)


def test_the_bound_holds_whatever_the_labels_expect_of_themselves() -> None:
    rng, n_runs, n_broken, n_kept = np.random.default_rng(0), 500, 0, 0
    for _ in range(n_runs):
        share = rng.random(120)
        is_right = rng.random(120) < 0.95 - 0.2 * share
        expected = np.sort(rng.uniform(rng.uniform(0.5, 0.95), 1.0, 1000))[::-1]
        found = decide(Target(accuracy=0.9), share, is_right, expected)
        if found.share is not None:
            n_kept += 1
            # Right of those below a share s are 0.95 - 0.1 s: what is kept is to end at one half.
            n_broken += found.share > 0.5
    assert n_broken <= 0.1 * n_runs
    assert n_kept > 0.1 * n_runs


@pytest.mark.parametrize(
    ("text", "accuracy", "confidence"),
    [("accuracy 0.95", 0.95, 0.9), ("accuracy .9  confidence 0.8", 0.9, 0.8)],
)
def test_a_target_is_read_as_it_is_written(text: str, accuracy: float, confidence: float) -> None:
    target = Target.parse(text)
    assert target == Target(accuracy=accuracy, confidence=confidence)
    assert Target.parse(str(target)) == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("95%", "'95%' is no target; write 'accuracy 0.95'"),
        ("accuracy 95", "accuracy of the target is 95, wanted less than 1"),
        ("accuracy 0.9 confidence 0.2", "confidence of the target is 0.2"),
    ],
)
def test_what_is_no_target_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Target.parse(text)


def test_a_threshold_is_the_shortest_number_that_parts_what_it_parts() -> None:
    assert round_between(0.41, 0.678) == 0.6
    assert round_between(0.6775, 0.678) == 0.678
    assert round_between(0.5, 0.5 + 1e-15) == 0.5 + 1e-15
