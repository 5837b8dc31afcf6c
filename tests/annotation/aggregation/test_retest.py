import pyarrow as pa
import pytest

from tests.annotation.aggregation.simulated import judgments
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.retest import Retest, measure_retest
from winnow.annotation.aggregation.votes import read_votes


def measured(table: pa.Table) -> Retest:
    return measure_retest(gather_opinions(read_votes(table)))


def both_orders(annotator: str, verdicts: str) -> list[tuple[str, str, str, str]]:
    """Write one item a pair of letters: the verdict shown ab, then the verdict shown ba."""
    pairs = zip(verdicts[::2], verdicts[1::2], strict=True)
    return [
        (f"{annotator}{i}", annotator, order, verdict)
        for i, pair in enumerate(pairs)
        for order, verdict in zip(("ab", "ba"), pair, strict=True)
    ]


def test_judge_that_always_picks_the_first_has_full_bias_and_no_retest() -> None:
    found = measured(judgments(*both_orders("x", "ab" * 400)))
    assert found.place_bias[0] == pytest.approx(1, abs=0.02)
    assert found.retest[0] < 0.1


def test_judge_that_flips_at_random_has_no_retest() -> None:
    found = measured(judgments(*both_orders("x", "aabbabba" * 100)))
    assert found.place_bias[0] == 0
    assert found.retest[0] < 0.1


def test_judge_that_never_flips_is_steady() -> None:
    found = measured(judgments(*both_orders("x", "aabb" * 200)))
    assert found.retest[0] > 0.95


def test_annotator_seen_in_one_order_is_taken_as_average() -> None:
    found = measured(judgments(*[(str(i), "x", None, "ab"[i % 2]) for i in range(50)]))
    assert found.retest.tolist() == [0.6]


def test_tie_verdicts_lower_retest() -> None:
    found = measured(judgments(*[(str(i), "x", None, "a" if i % 2 else "tie") for i in range(50)]))
    assert found.retest.tolist() == [0.3]


def test_leaning_alike_in_one_order_is_no_position_bias() -> None:
    rows = [(str(i), name, "ab", "a" if i < 60 else "b") for i in range(100) for name in "xyz"]
    assert measured(judgments(*rows)).place_bias.tolist() == pytest.approx([0, 0, 0], abs=1e-9)


def test_leaning_apart_in_one_order_is_position_bias() -> None:
    rows = [
        (str(i), name, "ab", "a" if i < n else "b")
        for i in range(200)
        for name, n in (("x", 190), ("y", 100), ("z", 100))
    ]
    bias = measured(judgments(*rows)).place_bias
    assert bias[0] > 0.7
    assert abs(bias[1]) < 0.1
