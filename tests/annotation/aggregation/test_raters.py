import numpy as np

from tests.annotation.aggregation.simulated import Simulated, simulate
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.raters import Raters, gather_raters
from winnow.annotation.aggregation.votes import read_votes


def raters_of(drawn: Simulated) -> Raters:
    opinions = gather_opinions(read_votes(drawn.judgments))
    return gather_raters(
        opinions.item,
        opinions.annotator,
        opinions.lean,
        np.ones_like(opinions.lean),
        n_items=opinions.n_items,
        n_annotators=opinions.n_annotators,
    )


def test_annotators_that_copy_one_another_become_one_rater() -> None:
    raters = raters_of(simulate([0.7, 0.8, 0.75, 0.6], n_copies=3))
    assert raters.rater_of.tolist() == [0, 1, 2, 3, 0, 0, 0]


def test_good_annotators_that_agree_because_both_are_right_are_no_copies() -> None:
    raters = raters_of(simulate([0.97, 0.97, 0.97, 0.6]))
    assert raters.n_raters == 4


def test_agreement_on_few_items_makes_no_copies() -> None:
    raters = raters_of(simulate([0.7, 0.8, 0.75, 0.6], n_copies=1, n_items=12))
    assert raters.n_raters == 5


def test_lean_of_a_rater_is_the_mean_of_its_annotators() -> None:
    drawn = simulate([0.7, 0.8, 0.75], n_copies=1, n_items=300)
    raters = raters_of(drawn)
    assert len(raters.lean) == 900
    assert set(np.unique(raters.lean)) == {-1.0, 1.0}
