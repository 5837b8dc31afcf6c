"""Labels without gold are evidence that others have built on: they stay what they are."""

import hashlib

import pytest

from tests.annotation.aggregation.simulated import simulate
from winnow.annotation.aggregation import aggregate

COLUMNS = ("p_a", "p_b", "p_tie", "low", "high", "agreement")
SETS = {
    "ties and places": (
        simulate([0.9, 0.75, 0.7, 0.65], n_items=120, ties=0.1, bias=0.4),
        "cbb39c065a9edd49",
    ),
    "sparse, with a copy": (
        simulate([0.9, 0.8, 0.7, 0.6, 0.4], n_items=150, share=0.4, n_copies=1),
        "7d75710203b62c10",
    ),
}


@pytest.mark.parametrize("name", list(SETS))
def test_labels_without_gold_are_those_of_before(name: str) -> None:
    drawn, digest = SETS[name]
    found = aggregate(drawn.judgments)
    columns = [found.labels[column].to_pylist() for column in COLUMNS]
    columns.append(found.annotators["weight"].to_pylist())
    said = "\n".join(" ".join(f"{value + 0.0:.8f}" for value in column) for column in columns)
    assert hashlib.sha256(said.encode()).hexdigest()[:16] == digest
