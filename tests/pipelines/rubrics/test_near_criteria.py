"""Criteria that are alike by their words are found within one target, and the work does not grow with the square."""

import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.embeddings import embedding
from winnow.annotation.similarity import embed
from winnow.pipelines.rubrics import near_criteria as module
from winnow.pipelines.rubrics.near_criteria import NearCriteria, near_criteria
from winnow.pipelines.steps.merge import MergeStep

NAMES = [
    "the unit",
    "a source",
    "the date",
    "each step",
    "an example",
    "the price",
    "a risk",
    "the limit",
]
DOES = ["States {} of the result.", "Gives {} for the result.", "Names {} in the first sentence."]


def found(
    texts: list[str], targets: list[int], threshold: float = 0.3, nearest: int = 8
) -> NearCriteria:
    return near_criteria(pa.array(texts, pa.string()), np.array(targets, np.int64), threshold=threshold, nearest=nearest)  # fmt: skip


def test_pairs_and_similarities_are_those_of_comparing_all_with_all() -> None:
    texts = [does.format(name) for name in NAMES for does in DOES]
    vectors = embed(texts)
    products = (vectors @ vectors.T).toarray()
    one, other = np.nonzero(np.triu(products >= 0.3, k=1))
    some = found(texts, [0] * len(texts), nearest=100)
    assert set(zip(some.one, some.other, strict=True)) == set(zip(one, other, strict=True))
    assert np.allclose(some.similarity, products[some.one, some.other])


def test_targets_know_nothing_of_each_other() -> None:
    texts = [does.format(name) for name in NAMES for does in DOES]
    alone = found(texts, [0] * len(texts))
    both = found([*texts, *texts], [0] * len(texts) + [1] * len(texts))
    half = both.one < len(texts)
    assert all(np.array_equal(whole[half], part) for whole, part in zip(both, alone, strict=True))
    assert (both.other[half] < len(texts)).all()


def test_each_keeps_its_nearest_and_no_pair_comes_twice() -> None:
    texts = [f"States the unit of result {i}." for i in range(40)]
    some = found(texts, [0] * 40, nearest=3)
    pairs = list(zip(some.one.tolist(), some.other.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) <= 3 * 40
    assert all(one < other for one, other in pairs)


def test_candidates_grow_with_the_criteria_and_not_with_their_square() -> None:
    n_pairs = [
        len(
            found(
                [f"States the unit {i % 97} of result {i}." for i in range(n)], [0] * n, 0.0, n
            ).one
        )
        for n in (500, 4000)
    ]
    assert n_pairs[1] < 12 * n_pairs[0]


def test_texts_without_a_word_and_no_texts_have_no_pairs() -> None:
    assert len(found(["!", "?"], [0, 0]).one) == len(found([], []).one) == 0
    assert len(found(["a unit", "!"], [0, 0]).one) == 0


def test_embeddings_find_criteria_that_say_the_same_in_other_words() -> None:
    texts = ["Names a source for each claim.", "Cites references.", "Is brief.", "Keeps it short."]
    assert len(found(texts, [0] * 4).one) == 0
    some = near_criteria(pa.array(texts), np.zeros(4, np.int64), threshold=0.4, nearest=8, embed=embedding("minilm"))  # fmt: skip
    assert list(zip(some.one.tolist(), some.other.tolist(), strict=True)) == [(0, 1), (2, 3)]


@pytest.mark.parametrize("block", [1, 50, 2**22])
def test_embeddings_keep_the_nearest_of_each_within_a_target_in_blocks_of_any_size(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    target = np.arange(40) % 3
    some = near_criteria(pa.array(["x"] * 40), target, threshold=0.2, nearest=2, embed=lambda _: vectors)  # fmt: skip
    products = vectors @ vectors.T
    products[target[:, None] != target] = -1
    np.fill_diagonal(products, -1)
    nearest = np.argsort(-products, axis=1)[:, :2]
    pairs = {(min(i, j), max(i, j)) for i in range(40) for j in nearest[i] if products[i, j] >= 0.2}
    assert set(zip(some.one.tolist(), some.other.tolist(), strict=True)) == pairs
    assert np.allclose(some.similarity, products[some.one, some.other], atol=1e-4)
    assert (np.diff(some.one) >= 0).all()


def test_embeddings_of_one_criterion_and_of_none_have_no_pairs() -> None:
    for n in (0, 1):
        vectors = np.ones((n, 1), np.float32)
        some = near_criteria(pa.array(["x"] * n, pa.string()), np.zeros(n, np.int64), threshold=0.1, nearest=2, embed=lambda _, v=vectors: v)  # type: ignore[misc]  # fmt: skip
        assert len(some.one) == 0


def test_embeddings_need_a_threshold_of_their_own() -> None:
    with pytest.raises(ValueError, match="similar_by is 'minilm', whose similarities are not"):
        MergeStep(model="large", similar_by="minilm")
    assert MergeStep(model="large", similar_by="minilm", similarity=0.6).learned == "minilm"
