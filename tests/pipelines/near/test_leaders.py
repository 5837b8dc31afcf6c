from itertools import combinations

import pyarrow as pa
import pytest

from tests.pipelines.near.texts import said, similarity
from winnow.pipelines.near.leaders import NearTo, repeats
from winnow.pipelines.near.neighbours import neighbours

NOBODY = pa.array([], pa.string())
WORDS = [f"{w}{i}" for i, w in enumerate(("alpha", "bravo", "delta", "echo") * 10)]
CHAIN = {f"p{i:02}": " ".join([*(f"new{k}" for k in range(i)), *WORDS[i:]]) for i in range(12)}


@pytest.mark.parametrize("threshold", [0.8, 0.9])
def test_each_prompt_of_a_chain_is_kept_or_near_to_one_that_is(threshold: float) -> None:
    found = neighbours(said(CHAIN), threshold)
    repeated = repeats(found, NOBODY)
    kept = CHAIN.keys() - repeated.keys()
    assert "p00" in kept
    assert len(kept) > 1
    assert all(near.prompt_id in kept for near in repeated.values())
    assert all(near.likeness >= threshold for near in repeated.values())
    places = dict(zip(found.prompt_id.to_pylist(), found.place.tolist(), strict=True))
    assert not any(places[b] in found.near.get(places[a], ()) for a, b in combinations(kept, 2))


def test_what_is_said_is_the_similarity_to_the_nearest_kept_one() -> None:
    texts = {"a": "abcdefghij" * 3, "b": "abcdefghij" * 3 + "k", "c": "something else"}
    likeness = similarity(texts["a"], texts["b"])
    assert repeats(neighbours(said(texts), 0.6), NOBODY) == {"b": NearTo("a", likeness, likeness)}


def test_a_prompt_with_a_label_to_publish_is_kept_before_one_without() -> None:
    texts = {"a": "Why is the sky blue?", "b": "why is the  sky blue?"}
    texts = {i: " ".join(text.lower().split()) for i, text in texts.items()}
    assert repeats(neighbours(said(texts), 0.9), pa.array(["b"])) == {"a": NearTo("b", 1.0, 1.0)}
    assert repeats(neighbours(said(texts), 0.9), NOBODY) == {"b": NearTo("a", 1.0, 1.0)}
