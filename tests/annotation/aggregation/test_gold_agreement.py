import pytest

from tests.annotation.aggregation.simulated import gold, judgments
from winnow.annotation.aggregation import METHODS, aggregate

TABLE = judgments(
    ("i", "x", None, "a"),
    ("j", "x", None, "b"),
    ("k", "x", None, "tie"),
    ("l", "x", None, "invalid"),
    ("m", "x", None, "a"),
)


@pytest.mark.parametrize("method", METHODS)
def test_agreement_says_what_it_is_counted_on(method: str) -> None:
    known = gold(i="a", j="a", k="tie", l="b", elsewhere="a")
    found = aggregate(TABLE, known, method=method).agreement
    assert found is not None
    assert (found.n_gold, found.n_ties, found.n_readable) == (4, 1, 2)


def test_where_no_gold_item_is_readable_there_is_no_share() -> None:
    found = aggregate(judgments(("i", "x", None, "invalid")), gold(i="a")).agreement
    assert found is not None
    assert (found.n_readable, found.share) == (0, None)


def test_without_gold_there_is_no_agreement() -> None:
    assert aggregate(TABLE).agreement is None
