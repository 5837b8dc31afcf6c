import numpy as np
import pytest

from tests.annotation.aggregation.simulated import simulate
from winnow.annotation.aggregation import aggregate


def test_dawid_skene_finds_the_annotator_that_knows() -> None:
    drawn = simulate([0.95, 0.6, 0.6, 0.6], n_items=300)
    result = aggregate(drawn.judgments, method="dawid_skene")
    assert drawn.right(result.labels) > 0.9
    assert int(np.argmax(result.annotators["weight"])) == 0


def test_dawid_skene_labels_gold_items_no_better_than_others() -> None:
    drawn = simulate([0.7, 0.7, 0.7], n_items=400)
    plain = drawn.right(aggregate(drawn.judgments, method="dawid_skene").labels)
    found = aggregate(drawn.judgments, drawn.gold(400), method="dawid_skene")
    assert drawn.right(found.labels) == pytest.approx(plain, abs=0.02)
    assert found.agreement is not None
    assert found.agreement.share == pytest.approx(drawn.right(found.labels), abs=1e-9)


def test_dawid_skene_learns_from_the_gold_of_other_items() -> None:
    drawn = simulate([0.2, 0.2, 0.3, 0.9], n_items=300)
    labels = aggregate(drawn.judgments, drawn.gold(200), method="dawid_skene").labels
    assert drawn.right(labels) > 0.85


def test_mace_gives_the_same_labels_every_time() -> None:
    drawn = simulate([0.9, 0.7, 0.6], n_items=60)
    once, again = (aggregate(drawn.judgments, method="mace").labels for _ in range(2))
    assert once.equals(again)
