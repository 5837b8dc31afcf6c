"""Text that many prompts share, such as a template, an instruction or a document, weighs less than their own.

Pieces as frequent as those of headers and footers were left out by Broder et al. 1997, "Syntactic clustering of the
Web", section 4, and weighed by how rare they are by Chum, Philbin and Zisserman 2008, "Near duplicate image
detection: min-hash and tf-idf weighting". Both count single pieces; in a large run nearly every piece of 5 characters
is frequent, so it is runs of text that are counted here, and only what lies in a frequent one weighs less.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from winnow.pipelines.in_threads import in_threads
from winnow.pipelines.near.pieces import LENGTH, Characters, Hashes, Ints, mixed

WINDOW = 64
"""Characters in a row that texts must have in common to share them."""

MANY = 3
"""Least number of distinct texts that make what they have in common shared text; two that share much are near."""

WEIGHT = 600
"""Pieces of shared text that count, divided by the number of texts that share it: 200 of what 3 share, 6 of 100."""

_SAMPLED = 4
"""One in so many runs, a power of two, is counted, the same ones in every text; each character lies in about 16 that are."""

_PART_BITS = 3
_FEW = 64


class Sets(NamedTuple):
    """A set of pieces or runs of each text, one set after another."""

    hashes: Hashes
    """The pieces."""

    starts: Ints
    """Where each set begins; one more at the end."""


class SharedRuns(NamedTuple):
    """The runs of characters that many texts share, ascending."""

    hashes: Hashes
    """The runs that are counted."""

    counts: Ints
    """Texts that hold each."""


NOTHING_SHARED = SharedRuns(np.empty(0, np.uint64), np.empty(0, np.int64))
"""With it, all pieces of a text count, whoever else has them."""


def sampled_runs(characters: Characters) -> Sets:
    """Return the runs of each text that are counted, each once a text, in any order."""
    windows = characters.windows(WINDOW)
    taken = np.flatnonzero(windows.hashes & np.uint64(_SAMPLED - 1) == 0)
    hashes = windows.hashes[taken]
    ascending = np.sort(hashes)
    if (ascending[1:] == ascending[:-1]).any():  # as hardly ever; of one text, or of several
        in_text = mixed(hashes ^ mixed(windows.text[taken].astype(np.uint64)))
        once = np.sort(np.unique(in_text, return_index=True)[1])
        hashes, taken = hashes[once], taken[once]
    return Sets(hashes, np.searchsorted(taken, windows.starts))


def shared_runs(sampled: Sequence[Sets], many: int = MANY) -> SharedRuns:
    """Find the runs that many texts share.

    Args:
        sampled: The `sampled_runs` of distinct texts, a few texts in each.
        many: Texts that must have a run in common for it to be shared text, at least 2.
    """
    parts = in_threads(partial(_shared, sampled, many), range(1 << _PART_BITS), ahead=2)
    return SharedRuns(*map(np.concatenate, zip(*parts, strict=True)))


def sharing(sampled: Sequence[Sets], known: SharedRuns) -> Ints:
    """Return the places of the texts that hold a run that many share, ascending."""
    if not len(known.hashes):
        return np.empty(0, np.int64)
    before = np.cumsum([0, *(len(runs.starts) - 1 for runs in sampled)])
    held = (_holding(runs, known) for runs in sampled)
    return np.concatenate([first + texts for first, texts in zip(before, held, strict=False)])


def own_sets(texts: pa.Array, known: SharedRuns) -> Sets:
    """Return the set of pieces that count of each text, ascending: all of its own, and few of what it shares with many.

    Of the pieces in text that n texts share, those 600 / n count that have the smallest hashes: the same in every
    text. What is left with none keeps them all.

    Args:
        texts: Some of the distinct texts.
        known: What many of all share.
    """
    hashes, text = _counting(Characters(texts), known)
    sizes = np.bincount(text, minlength=len(texts))
    return Sets(hashes, np.append(0, np.cumsum(sizes)).astype(np.int64))


def _counts(hashes: Hashes, known: SharedRuns) -> Ints:
    """Return how many texts hold each run; 0 where they are not many."""
    where = np.minimum(np.searchsorted(known.hashes, hashes), len(known.hashes) - 1)
    return np.where(known.hashes[where] == hashes, known.counts[where], 0)


def _holding(runs: Sets, known: SharedRuns) -> Ints:
    """Return the positions of the texts that hold a run that many share."""
    shared = np.flatnonzero(_counts(runs.hashes, known))
    return np.unique(np.searchsorted(runs.starts, shared, side="right") - 1)


def _shared(sampled: Sequence[Sets], many: int, part: int) -> SharedRuns:
    """Count the runs whose hash lies in one part of the range, so that not all are copied at once."""
    mine = [np.empty(0, np.uint64)]
    for first in range(0, len(sampled), _FEW):
        some = np.concatenate([runs.hashes for runs in sampled[first : first + _FEW]])
        mine.append(some[some >> np.uint64(64 - _PART_BITS) == part])
    hashes = np.sort(np.concatenate(mine))
    later = hashes[many - 1 :]
    found = np.unique(later[later == hashes[: len(later)]])
    counts = np.searchsorted(hashes, found, side="right") - np.searchsorted(hashes, found)
    return SharedRuns(found, counts)


def _counting(characters: Characters, known: SharedRuns) -> tuple[Hashes, Ints]:
    """Return the pieces that count, by text and hash, and the text of each."""
    pieces = characters.pieces()
    text, hashes = pieces.text, pieces.hashes
    n_sharing = _n_sharing(characters, known)[pieces.begins]
    # Of a piece that stands in several places of a text, the one that fewest share decides.
    order = np.lexsort((n_sharing, hashes, text))
    text, hashes, n_sharing = text[order], hashes[order], n_sharing[order]
    is_first = np.ones(len(text), bool)
    is_first[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    text, hashes, n_sharing = text[is_first], hashes[is_first], n_sharing[is_first]
    counts = _rank(text, n_sharing) < WEIGHT // np.maximum(n_sharing, 1)
    counts |= n_sharing == 0
    has_some = np.bincount(text, counts, minlength=characters.n_texts) > 0
    counts |= ~has_some[text]
    return hashes[counts], text[counts]


def _n_sharing(characters: Characters, known: SharedRuns) -> Ints:
    """Return for each place how many texts share the piece there: the most that share a run with all of it inside."""
    at_place = np.zeros(characters.size, np.int64)
    if not len(known.hashes):
        return at_place
    windows = characters.windows(WINDOW)
    at_place[windows.begins] = _counts(windows.hashes, known)
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
