import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.aggregation.opinions import Opinions, gather_opinions
from winnow.annotation.aggregation.tie_verdicts import TieVerdicts, weigh_ties
from winnow.annotation.aggregation.votes import Bools, Floats, read_votes


def opinions_of(is_tie: Bools) -> Opinions:
    """Make opinions of shape (n_items, n_annotators): a tie or a."""
    rows = [
        {"item_id": str(i), "annotator": f"x{j}", "verdict": "tie" if said else "a"}
        for i, of_item in enumerate(is_tie)
        for j, said in enumerate(of_item)
    ]
    return gather_opinions(read_votes(pa.Table.from_pylist(rows)))


def said_of(truth: Bools, *, of_ties: list[float], of_others: list[float]) -> TieVerdicts:
    rng = np.random.default_rng(1)
    p: Floats = np.where(truth[:, None], of_ties, of_others)
    return weigh_ties(opinions_of(rng.random(p.shape) < p))


TRUTH = np.random.default_rng(0).random(600) < 0.15


def test_tie_verdicts_that_meet_on_the_same_items_tell_much() -> None:
    found = said_of(TRUTH, of_ties=[0.8] * 3, of_others=[0.02] * 3)
    assert found.share == pytest.approx(TRUTH.mean(), abs=0.03)
    assert found.evidence[TRUTH].mean() > 5 > -1 > found.evidence[~TRUTH].mean()


def test_tie_verdicts_that_fall_anywhere_tell_little() -> None:
    found = said_of(np.zeros(600, bool), of_ties=[0.1] * 3, of_others=[0.1] * 3)
    assert found.share < 0.1
    assert np.quantile(found.evidence, 0.95) < 3


def test_an_annotator_who_never_says_tie_speaks_neither_for_one_nor_against() -> None:
    said = np.random.default_rng(1).random((600, 2)) < np.where(TRUTH[:, None], 0.8, 0.02)
    two = weigh_ties(opinions_of(said))
    three = weigh_ties(opinions_of(np.column_stack([said, np.zeros(600, bool)])))
    assert three.evidence[TRUTH].mean() == pytest.approx(two.evidence[TRUTH].mean(), abs=0.8)


def test_one_persons_tie_is_likelier_one_than_not() -> None:
    found = weigh_ties(opinions_of(TRUTH[:, None]))
    assert found.evidence[TRUTH].min() > 1 > 0 > found.evidence[~TRUTH].max()


def test_an_item_that_nobody_readable_judged_has_no_evidence() -> None:
    rows = [{"item_id": "i", "annotator": "x", "verdict": v} for v in ("invalid",)]
    rows += [{"item_id": "j", "annotator": "x", "verdict": "tie"}]
    found = weigh_ties(gather_opinions(read_votes(pa.Table.from_pylist(rows))))
    assert found.evidence[0] == 0
