import math

import pyarrow as pa
import pytest

from tests.annotation.aggregation.simulated import gold, judgments
from winnow.annotation.aggregation import METHODS, aggregate

N = 20


def weights(table: pa.Table, method: str, *, with_gold: bool = False) -> dict[str, float]:
    known = gold(**{str(i): "ab"[i % 2] for i in range(N)}) if with_gold else None
    rows = aggregate(table, known, method=method).annotators
    return dict(zip(rows["annotator"].to_pylist(), rows["weight"].to_pylist(), strict=True))


@pytest.mark.parametrize("with_gold", [False, True])
@pytest.mark.parametrize("method", [name for name in METHODS if name != "mace"])
def test_an_annotator_that_was_never_read_has_no_weight(method: str, with_gold: bool) -> None:
    read = [(str(i), "reader", None, "ab"[i % 2]) for i in range(N)]
    unread = [(str(i), "mute", None, "invalid") for i in range(N)]
    found = weights(judgments(*read, *unread), method, with_gold=with_gold)
    assert found["mute"] == 0
    assert found["reader"] > 0


@pytest.mark.parametrize("with_gold", [False, True])
def test_one_steady_verdict_among_many_that_flip_weighs_no_more_than_99_to_1(
    with_gold: bool,
) -> None:
    flips = [(str(i), who, o, o[0]) for i in range(N) for who in "xy" for o in ("ab", "ba")]
    steady = [("0", "z", o, "a") for o in ("ab", "ba")]
    found = weights(judgments(*flips, *steady), "winnow", with_gold=with_gold)
    assert max(map(abs, found.values())) <= math.log(99) + 1e-9
