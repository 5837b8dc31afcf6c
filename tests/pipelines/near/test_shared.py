import random

import numpy as np
import pyarrow as pa

from winnow.pipelines.near.batches import Texts
from winnow.pipelines.near.pieces import Characters
from winnow.pipelines.near.shared import (
    MANY,
    NOTHING_SHARED,
    Sets,
    own_sets,
    sampled_runs,
    shared_runs,
    sharing,
)
from winnow.pipelines.near.sketches import bands_for, sketched

BANDS = bands_for(0.8)


def each(sets: Sets) -> list[set[int]]:
    return [set(part.tolist()) for part in np.split(sets.hashes, sets.starts[1:-1])]


def with_template(every: int) -> pa.Array:
    """Return texts of which one in `every` begins with the same words."""
    draw = random.Random(3)
    words = ["".join(draw.choices("abcdefghiklm", k=5)) for _ in range(200)]
    template = " ".join(draw.choices(words, k=40))
    texts = [" ".join(draw.choices(words, k=draw.randint(0, 30))) for _ in range(60)]
    return pa.array(
        sorted({f"{template} {text}" if i % every == 0 else text for i, text in enumerate(texts)})
    )


def test_texts_that_share_a_run_with_many_are_told_from_those_whose_pieces_all_count() -> None:
    texts = with_template(3)
    sampled = [sampled_runs(Characters(some)) for some in (texts[:25], texts[25:])]
    known = shared_runs(sampled)
    own, everything = each(own_sets(texts, known)), each(own_sets(texts, NOTHING_SHARED))
    differ = [i for i, (one, other) in enumerate(zip(own, everything, strict=True)) if one != other]
    assert sharing(sampled, known).tolist() == differ
    assert 15 <= len(differ) <= 20


def test_a_run_that_a_text_holds_twice_is_counted_once_a_text() -> None:
    (text, *_) = [one for one in with_template(1).to_pylist() if len(one) > 300]
    twice = pa.array([f"{text} {text}", f"{text} {text} {text}"])
    assert not len(shared_runs([sampled_runs(Characters(twice))]).hashes)
    assert len(shared_runs([sampled_runs(Characters(twice))], many=2).hashes)
    assert not len(shared_runs([sampled_runs(Characters(twice))], many=1000).hashes)


def test_a_text_is_sketched_by_its_pieces_that_count_whatever_it_is_looked_at_together_with() -> (
    None
):
    texts = with_template(3)
    found, known = sketched(Texts(texts), BANDS, MANY)
    own = each(own_sets(texts, known))
    alike = [np.array_equal(one, other) for one in found.bands.T for other in found.bands.T]
    assert alike == [one == other for one in own for other in own]
    alone, _ = sketched(Texts(texts[:1]), BANDS, MANY)
    assert np.array_equal(alone.bands[:, 0], found.bands[:, 0]) == (0 not in sharing_places(texts))


def sharing_places(texts: pa.Array) -> list[int]:
    sampled = [sampled_runs(Characters(texts))]
    return sharing(sampled, shared_runs(sampled)).tolist()
