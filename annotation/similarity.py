"""How alike texts are."""

from collections.abc import Callable, Sequence

from scipy import sparse

from winnow.annotation.judge import ComparisonView

Embed = Callable[[Sequence[str]], sparse.csr_array]
"""Turns texts into vectors of length 1, one row a text, whose products are similarities: 0 for nothing in common, 1 for
the same."""


def embed(texts: Sequence[str]) -> sparse.csr_array:
    """Turn texts into TF-IDF vectors of their words; shape (n_texts, n_words), rows of length 1.

    Words that are in every text count least, and a word said ten times counts little more than one said once. A text
    without a word is a row of zeros, like nothing.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return sparse.csr_array(TfidfVectorizer(sublinear_tf=True).fit_transform(texts))
    except ValueError:  # no text has a word
        return sparse.csr_array((len(texts), 1))


def text_of(view: ComparisonView) -> str:
    """Return the text by which comparisons are alike: all turns of the prompt, and both responses."""
    turns = [turn.text() for turn in view.prompt.messages]
    return "\n".join([*turns, view.a.words(), view.b.words()])
