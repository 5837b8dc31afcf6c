"""The pieces that texts are compared by, as numbers in flat arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LENGTH = 5
"""Characters of a piece; pieces overlap."""

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


class Spans(NamedTuple):
    """One number a place, of the pieces of several texts, one text after another."""

    hashes: Hashes
    """Hash of the characters from each place on."""

    text: Ints
    """Position of the text that the place lies in."""


class Characters:
    """The characters of several texts in one array."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Take the texts; each is followed by what no text holds, so that a short one has a piece too."""
        gap = "\0" * LENGTH
        joined = gap.join([*texts, ""]).encode("utf-32-le", "surrogatepass")
        self._codes = np.frombuffer(joined, dtype="<u4").astype(np.uint64)
        self._lengths = np.array([len(text) for text in texts], np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self._lengths + LENGTH)[:-1]]).astype(
            np.int64
        )

    def pieces(self) -> tuple[Spans, Ints]:
        """Return the pieces of every text, and where each begins in the array; a short text is one piece."""
        return self._spans(LENGTH, np.maximum(self._lengths - LENGTH + 1, 1))

    def windows(self, length: int) -> tuple[Spans, Ints]:
        """List all runs of `length` characters, and where each begins; a shorter text has none."""
        return self._spans(length, np.maximum(self._lengths - length + 1, 0))

    @property
    def n_texts(self) -> int:
        """Texts in the array."""
        return len(self._lengths)

    @property
    def size(self) -> int:
        """Places in the array."""
        return len(self._codes)

    def _spans(self, length: int, counts: Ints) -> tuple[Spans, Ints]:
        text = np.repeat(np.arange(len(counts)), counts)
        first = np.cumsum(counts) - counts
        places = np.arange(len(text)) - first[text] + self._starts[text]
        if not len(places):
            return Spans(np.empty(0, np.uint64), text), places
        return Spans(mixed(_rolling(self._codes, length))[places], text), places


def mixed(numbers: Hashes) -> Hashes:
    """Spread numbers over all 64 bits (the finalizer of SplitMix64)."""
    found = numbers >> np.uint64(30)
    found ^= numbers
    found *= _MIX[0]
    shifted = found >> np.uint64(27)
    found ^= shifted
    found *= _MIX[1]
    np.right_shift(found, np.uint64(31), out=shifted)
    found ^= shifted
    return found


def _rolling(codes: Hashes, length: int) -> Hashes:
    """Hash the `length` characters from each place on; runs of powers of two are put together, each level mixed."""
    found: Hashes | None = None
    power, width, done = mixed(codes + np.uint64(1)), 1, 0
    while True:
        if length & width:
            if found is None:
                found = power
            else:
                found = mixed(found * np.uint64(31))
                _add_ahead(found, power, done)
            done += width
        if done == length and found is not None:
            return found
        shorter, power = power, mixed(power * np.uint64(3))
        _add_ahead(power, shorter, width)
        width *= 2


def _add_ahead(numbers: Hashes, others: Hashes, by: int) -> None:
    """Add to the number at each place the other one that stands so far ahead, where there is one."""
    numbers[: max(len(numbers) - by, 0)] += others[by:]
