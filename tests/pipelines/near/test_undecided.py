import random

import pyarrow as pa
import pytest

from tests.pipelines.near.texts import said
from winnow.pipelines.near.leaders import repeats
from winnow.pipelines.near.neighbours import neighbours
from winnow.pipelines.near.undecided import undecided

WORDS = [f"{w}{i}" for i, w in enumerate(("alpha", "bravo", "delta", "echo") * 6)]
CHAINS = {
    f"{chain}{i:02}": " ".join([*(f"{chain}{k}" for k in range(i // 2)), *WORDS[i // 2 :]])
    for chain in "pqr"
    for i in range(14)
}
"""Three chains of prompts, of which the next ones are near to each and each text stands twice."""


def ids(found: set[str]) -> pa.Array:
    return pa.array(sorted(found), pa.string())


@pytest.mark.parametrize("seed", range(30))
def test_whoever_is_asked_in_the_end_the_same_prompts_are_kept_as_if_all_had_been(
    seed: int,
) -> None:
    rng = random.Random(seed)
    found = neighbours(said(CHAINS), 0.8)
    pass_all = {i for i in CHAINS if rng.random() < rng.choice((0.2, 0.5, 0.9))}
    aside = set(repeats(found, ids(set(CHAINS))))
    assert aside
    while called := undecided(found, ids(pass_all - aside), ids(aside)):
        assert aside.issuperset(called)
        aside -= set(called)
    repeated = repeats(found, ids(pass_all)).keys()
    assert repeats(found, ids(pass_all - aside)).keys() == repeated
    assert aside <= repeated


def test_nobody_is_called_in_while_all_that_was_asked_passes() -> None:
    found = neighbours(said(CHAINS), 0.8)
    aside = set(repeats(found, ids(set(CHAINS))))
    assert undecided(found, ids(set(CHAINS) - aside), ids(aside)) == []
