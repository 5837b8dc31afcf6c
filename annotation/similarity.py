"""How alike texts are."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from winnow.annotation.judge import ComparisonView

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

Vectors: TypeAlias = sparse.csr_array | npt.NDArray[np.float32]
"""Rows of length 1; sparse where there is a column a word."""

Embed = Callable[[Sequence[str]], Vectors]
"""Turns texts into vectors of length 1, one row a text, whose products are similarities: 0 for nothing in common, 1 for
the same."""

_DIGITS = 5
"""Decimals of a similarity of learned vectors; further ones depend on the texts that a model reads beside a text."""


def similarities(some: Vectors, others: Vectors) -> npt.NDArray[np.float64]:
    """Compare each of some texts with each of others; shape (n_some, n_others)."""
    if isinstance(some, np.ndarray):
        return np.round((some @ others.T).astype(np.float64), _DIGITS)
    return np.asarray((some @ sparse.csc_array(others.T)).todense())


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


class LearnedWords:
    """Words of more texts than fit into memory: vectors are those that `embed` gives of all texts at once."""

    def __init__(self) -> None:
        """Begin without a text."""
        self._n_texts = 0
        self._n_with: Counter[str] = Counter()

    def learn(self, texts: Iterable[str]) -> None:
        """Take further texts into account."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        words_of = TfidfVectorizer().build_analyzer()
        for text in texts:
            self._n_texts += 1
            self._n_with.update(set(words_of(text)))

    def embed(self, texts: Sequence[str]) -> sparse.csr_array:
        """Turn some of the texts into vectors, as `embed` does; shape (n_texts, n_words)."""
        if not self._n_with:
            return sparse.csr_array((len(texts), 1))
        return sparse.csr_array(self._vectorizer.transform(texts))

    @cached_property
    def _vectorizer(self) -> "TfidfVectorizer":
        from sklearn.feature_extraction.text import TfidfVectorizer

        words = sorted(self._n_with)
        vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=words)
        n_with = np.array([self._n_with[word] for word in words], np.float64)
        vectorizer.idf_ = np.log((1 + self._n_texts) / (1 + n_with)) + 1
        return vectorizer


def text_of(view: ComparisonView) -> str:
    """Return the text by which comparisons are alike: all turns of the prompt, and both responses."""
    turns = [turn.text() for turn in view.prompt.messages]
    return "\n".join([*turns, view.a.words(), view.b.words()])
