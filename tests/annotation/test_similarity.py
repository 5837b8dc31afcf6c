import numpy as np

from winnow.annotation.similarity import embed


def test_the_same_text_is_as_similar_as_can_be_and_a_strange_one_not_at_all() -> None:
    vectors = embed(["the red apple", "the red apple", "quantum chromodynamics"])
    np.testing.assert_allclose((vectors @ vectors.T).todense()[0], [1, 1, 0])


def test_texts_without_a_word_are_like_nothing() -> None:
    for texts in (["", "?"], ["", "some words"]):
        vectors = embed(texts)
        assert vectors.shape[0] == 2
        assert (vectors @ vectors.T)[0, 0] == 0
