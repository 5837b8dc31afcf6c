"""Text that many prompts share, such as a template, an instruction or a document, weighs less than their own.

Pieces as frequent as those of headers and footers were left out by Broder et al. 1997, "Syntactic clustering of the
Web", section 4, and weighed by how rare they are by Chum, Philbin and Zisserman 2008, "Near duplicate image
detection: min-hash and tf-idf weighting". Both count single pieces; in a large run nearly every piece of 5 characters
is frequent, so it is runs of text that are counted here, and only what lies in a frequent one weighs less.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from winnow.pipelines.near.pieces import LENGTH, Characters, Hashes, Ints, Spans, mixed

WINDOW = 64
"""Characters in a row that texts must have in common to share them."""

MANY = 3
"""Least number of distinct texts that make what they have in common shared text; two that share much are near."""

WEIGHT = 600
"""Pieces of shared text that count, divided by the number of texts that share it: 200 of what 3 share, 6 of 100."""

_SAMPLED = np.uint64(4)
"""One in so many runs is counted, the same ones in every text; each character lies in about 16 that are."""

_BATCH = 2048


class Sets(NamedTuple):
    """The set of pieces of each text, ascending, one set after another."""

    hashes: Hashes
    """The pieces."""

    starts: Ints
    """Where each set begins; one more at the end."""


class _Known(NamedTuple):
    """The runs that many texts share."""

    hashes: Hashes
    counts: Ints


def weighed_sets(texts: Sequence[str], many: int = MANY) -> Sets:
    """Return the set of pieces that count of each text: all of its own, and few of what it shares with many.

    Of the pieces in text that n texts share, those 600 / n count that have the smallest hashes: the same in every
    text. What is left with none keeps them all.

    Args:
        texts: Distinct texts.
        many: Texts that must have a run in common for it to be shared text, at least 2.
    """
    known = _known(texts, many)
    parts, sizes = [], []
    for batch in _batches(texts):
        spans = _counting(batch, known)
        parts.append(spans.hashes)
        sizes.append(np.bincount(spans.text, minlength=len(batch)))
    if not parts:
        return Sets(np.empty(0, np.uint64), np.zeros(1, np.int64))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return Sets(np.concatenate(parts), starts.astype(np.int64))


def _known(texts: Sequence[str], many: int) -> _Known:
    found = [_once_a_text(windows) for windows in _sampled(texts)]
    hashes = np.concatenate([np.empty(0, np.uint64), *found])
    hashes, counts = np.unique(hashes, return_counts=True)
    is_shared = counts >= many
    return _Known(hashes[is_shared], counts[is_shared])


def _sampled(texts: Sequence[str]) -> Iterator[Spans]:
    for batch in _batches([text for text in texts if len(text) >= WINDOW]):
        windows, _ = Characters(batch).windows(WINDOW)
        taken = windows.hashes % _SAMPLED == 0
        yield Spans(windows.hashes[taken], windows.text[taken])


def _once_a_text(spans: Spans) -> Hashes:
    in_text = mixed(spans.hashes ^ mixed(spans.text.astype(np.uint64)))
    return spans.hashes[np.unique(in_text, return_index=True)[1]]


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH))


def _counting(texts: Sequence[str], known: _Known) -> Spans:
    characters = Characters(texts)
    pieces, places = characters.pieces()
    n_sharing = _n_sharing(characters, known)[places]
    # Of a piece that stands in several places of a text, the one that fewest share decides.
    order = np.lexsort((n_sharing, pieces.hashes, pieces.text))
    text, hashes, n_sharing = pieces.text[order], pieces.hashes[order], n_sharing[order]
    is_first = np.ones(len(text), bool)
    is_first[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    text, hashes, n_sharing = text[is_first], hashes[is_first], n_sharing[is_first]
    counts = _rank(text, n_sharing) < WEIGHT // np.maximum(n_sharing, 1)
    counts |= n_sharing == 0
    has_some = np.bincount(text, counts, minlength=len(texts)) > 0
    counts |= ~has_some[text]
    return Spans(hashes[counts], text[counts])


def _n_sharing(characters: Characters, known: _Known) -> Ints:
    """Return for each place how many texts share the piece there: the most that share a run with all of it inside."""
    at_place = np.zeros(characters.size, np.int64)
    if not len(known.hashes):
        return at_place
    windows, places = characters.windows(WINDOW)
    where = np.minimum(np.searchsorted(known.hashes, windows.hashes), len(known.hashes) - 1)
    at_place[places] = np.where(known.hashes[where] == windows.hashes, known.counts[where], 0)
    return _most_before(at_place, WINDOW - LENGTH + 1)


def _most_before(numbers: Ints, length: int) -> Ints:
    """Return the largest of the last `length` numbers at each place, itself among them."""
    most, width = numbers.copy(), 1
    while width < length:
        step = min(width, length - width)
        most[step:] = np.maximum(most[step:], most[:-step])
        width += step
    return most


def _rank(text: Ints, n_sharing: Ints) -> Ints:
    """Return the rank of each piece among those of its text that equally many share, in the order they stand in."""
    order = np.lexsort((n_sharing, text))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(text[order]) != 0) | (np.diff(n_sharing[order]) != 0)
    places = np.arange(len(order))
    begins = np.maximum.accumulate(np.where(new, places, 0))
    rank = np.empty(len(order), np.int64)
    rank[order] = places - begins
    return rank
