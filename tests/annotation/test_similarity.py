import numpy as np

from winnow.annotation.similarity import LearnedWords, embed


def test_the_same_text_is_as_similar_as_can_be_and_a_strange_one_not_at_all() -> None:
    vectors = embed(["the red apple", "the red apple", "quantum chromodynamics"])
    np.testing.assert_allclose((vectors @ vectors.T).todense()[0], [1, 1, 0])


def test_texts_without_a_word_are_like_nothing() -> None:
    for texts in (["", "?"], ["", "some words"]):
        vectors = embed(texts)
        assert vectors.shape[0] == 2
        assert (vectors @ vectors.T)[0, 0] == 0


def test_texts_that_are_learned_one_after_the_other_get_the_vectors_of_all_at_once() -> None:
    texts = [f"The {n % 3} apple{'s' * (n % 2)} and pear {n * n}: pear!" for n in range(40)]
    words = LearnedWords()
    for start in range(0, len(texts), 7):
        words.learn(texts[start : start + 7])
    found = [words.embed(texts[start : start + 9]).todense() for start in range(0, len(texts), 9)]
    np.testing.assert_array_equal(np.vstack(found), embed(texts).todense())
