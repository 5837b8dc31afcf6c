import numpy as np

from tests.annotation.aggregation.simulated import judgments
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.verdicts import Verdicts, gather_verdicts
from winnow.annotation.aggregation.votes import read_votes


def gathered(*rows: tuple[str, str, str | None, str], rater_of: list[int]) -> Verdicts:
    opinions = gather_opinions(read_votes(judgments(*rows)))
    n = max(rater_of) + 1
    rater = np.array(rater_of)
    raters = Raters(opinions.item, opinions.annotator, opinions.lean, rater, opinions.n_items, n)
    return gather_verdicts(opinions, raters)


def test_verdict_stands_under_the_order_it_was_given_in() -> None:
    found = gathered(
        ("i", "x", "ab", "a"), ("j", "x", "ba", "a"), ("k", "x", None, "b"), rater_of=[0]
    )
    assert found.total.toarray().tolist() == np.eye(3).tolist()
    assert found.for_a.toarray().tolist() == np.diag([1.0, 1.0, 0.0]).tolist()
    assert found.place.tolist() == [1, -1, 0]


def test_verdict_that_holds_in_both_orders_counts_once_and_without_a_place() -> None:
    found = gathered(("i", "x", "ab", "b"), ("i", "x", "ba", "b"), rater_of=[0])
    assert found.total.toarray().tolist() == [[0, 0, 1]]
    assert found.for_a.toarray().tolist() == [[0, 0, 0]]


def test_verdict_that_flips_and_a_tie_say_nothing() -> None:
    rows = [("i", "x", "ab", "a"), ("i", "x", "ba", "b"), ("j", "x", "ab", "tie")]
    assert gathered(*rows, rater_of=[0]).total.sum() == 0


def test_members_of_a_rater_share_its_one_say() -> None:
    rows = [("i", "x", "ab", "a"), ("i", "y", "ab", "a"), ("i", "z", "ab", "b")]
    found = gathered(*rows, rater_of=[0, 0, 1])
    assert found.total.toarray()[0, :2].tolist() == [1, 1]
    assert found.for_a.toarray()[0, :2].tolist() == [1, 0]
