"""Pairs of criteria of one rubric that may say the same, found without comparing all with all."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from winnow.annotation.similarity import Embed, Vectors, similarities

Ints = npt.NDArray[np.int64]

_WORDS = 6
"""Words by which a criterion is looked up: those that weigh most in it."""

_FULL = 32
"""Of more criteria that share a word not all are compared with all, but each with those that come next."""

_NEXT = 8
_ROWS = 65_536
_BLOCK = 2**22
"""Similarities that are held at once, where each criterion is compared with all."""


class NearCriteria(NamedTuple):
    """Pairs, by the first and then the most alike."""

    one: Ints
    """Row of the one; shape (n_pairs,)."""

    other: Ints
    """Row of the other, which comes later; shape (n_pairs,)."""

    similarity: npt.NDArray[np.float64]
    """How alike they are, 0 to 1; shape (n_pairs,)."""


def near_criteria(
    texts: pa.Array, target: Ints, *, threshold: float, nearest: int, embed: Embed | None = None
) -> NearCriteria:
    """Find for each criterion those of the same target that are most like it by their words, or by what they mean.

    The similarity of words is that of `winnow.annotation.similarity.embed`, with the texts of a target as all there are, and pairs
    that share no weighty word are not looked at. By learned embeddings each is compared with all of its target, a block at a time.

    Args:
        texts: The criteria; shape (n,).
        target: What each is for, as a number; shape (n,).
        threshold: Similarity from which on two are near.
        nearest: How many are kept of each, at most.
        embed: Turns texts into learned vectors; None compares their words.
    """
    if embed is None:
        vectors = _embed(texts, target)
        one, other = _candidates(vectors, target)
        similarity = _similarities(vectors, one, other)
    else:
        one, other, similarity = _nearest_by_meaning(embed(texts.to_pylist()), target, nearest)
    is_near = similarity >= threshold
    one, other, similarity = one[is_near], other[is_near], similarity[is_near]
    is_kept = _rank(one, similarity) < nearest
    is_kept |= _rank(other, similarity) < nearest
    order = np.lexsort((other[is_kept], -similarity[is_kept], one[is_kept]))
    return NearCriteria(*(column[is_kept][order] for column in (one, other, similarity)))


def _embed(texts: pa.Array, target: Ints) -> sparse.csr_array:
    """Turn texts into TF-IDF vectors of length 1, with the words that other texts of the target have counting less."""
    from sklearn.feature_extraction.text import CountVectorizer

    try:
        counts = sparse.csr_array(
            CountVectorizer().fit_transform(texts.to_pylist()), dtype=np.float64
        )
    except ValueError:  # no text has a word
        return sparse.csr_array((len(texts), 1))
    n_of_target = np.bincount(target)
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    key = target[row] * counts.shape[1] + counts.indices
    _, place, n_with = np.unique(key, return_inverse=True, return_counts=True)
    idf = np.log((1 + n_of_target[target[row]]) / (1 + n_with[place])) + 1
    counts.data = (np.log(counts.data) + 1) * idf
    length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts.data /= length[row]
    return counts


def _candidates(vectors: sparse.csr_array, target: Ints) -> tuple[Ints, Ints]:
    """Return pairs that share one of the words which weigh most in each, each pair once, the smaller row first."""
    n = vectors.shape[0]
    row = np.repeat(np.arange(n), np.diff(vectors.indptr))
    order = np.lexsort((vectors.indices, -vectors.data, row))
    is_heavy = np.arange(len(order)) - vectors.indptr[row[order]] < _WORDS
    chosen = order[is_heavy]
    rows = row[chosen]
    key = target[rows] * vectors.shape[1] + vectors.indices[chosen]
    by_key = np.lexsort((rows, key))
    rows, key = rows[by_key], key[by_key]
    _, begins, sizes = np.unique(key, return_index=True, return_counts=True)
    found = [np.empty(0, np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= _FULL)]):
        bucket = rows[begins[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, k=1)
        found.append((bucket[:, one] * n + bucket[:, other]).ravel())
    is_large = np.repeat(sizes > _FULL, sizes)
    for step in range(1, _NEXT + 1):
        is_pair = is_large[:-step] & (key[:-step] == key[step:])
        found.append(rows[:-step][is_pair] * n + rows[step:][is_pair])
    pairs = np.unique(np.concatenate(found))
    return pairs // max(n, 1), pairs % max(n, 1)


def _nearest_by_meaning(
    vectors: Vectors, target: Ints, nearest: int
) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """Return the nearest of each, each pair once, the smaller row first, with their similarities."""
    found = [np.empty((0, 2), np.int64)]
    alike = [np.empty(0)]
    for rows in (np.flatnonzero(target == one) for one in np.unique(target)):
        n = min(nearest, len(rows) - 1)
        at_once = max(1, _BLOCK // len(rows))
        for begin in range(0, len(rows) if n else 0, at_once):
            some = rows[begin : begin + at_once]
            products = similarities(vectors[some], vectors[rows])
            products[np.arange(len(some)), np.arange(begin, begin + len(some))] = -np.inf
            order = np.argsort(-products, axis=1, kind="stable")[:, :n]
            pairs = np.column_stack([np.repeat(some, n), rows[order].ravel()])
            found.append(np.sort(pairs, axis=1))
            alike.append(np.take_along_axis(products, order, axis=1).ravel())
    distinct, first = np.unique(np.concatenate(found), axis=0, return_index=True)
    return distinct[:, 0], distinct[:, 1], np.concatenate(alike)[first]


def _similarities(vectors: sparse.csr_array, one: Ints, other: Ints) -> npt.NDArray[np.float64]:
    parts = [np.empty(0)]
    for begin in range(0, len(one), _ROWS):
        some = slice(begin, begin + _ROWS)
        products = vectors[one[some]].multiply(vectors[other[some]])
        parts.append(np.asarray(products.sum(axis=1)).ravel())
    return np.concatenate(parts)


def _rank(row: Ints, similarity: npt.NDArray[np.float64]) -> Ints:
    """Say which of the pairs of its row each is, the most alike first, from 0."""
    order = np.lexsort((-similarity, row))
    ordered = row[order]
    first = np.searchsorted(ordered, ordered)
    rank = np.empty(len(row), np.int64)
    rank[order] = np.arange(len(row)) - first
    return rank
