"""The pieces that texts are compared by, as numbers in flat arrays."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

LENGTH = 5
"""Characters of a piece; pieces overlap."""

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_GAP = "\0" * LENGTH


class Spans(NamedTuple):
    """The runs of some length in several texts, one text after another."""

    hashes: Hashes
    """Hash of the characters of each."""

    starts: Ints
    """Where those of each text begin; one more at the end."""

    begins: Bools
    """At which places of `Characters` a run begins."""

    @property
    def text(self) -> Ints:
        """Position of the text that each lies in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


class Characters:
    """The characters of several texts in one array, and hashes of runs of them."""

    def __init__(self, texts: pa.Array) -> None:
        """Take the texts; each is followed by what no text holds, so that a short one has a piece too."""
        self._codes = _codes(pc.binary_join_element_wise(texts, "", _GAP))
        self._lengths = np.asarray(pc.utf8_length(texts), np.int64)
        ends = np.cumsum(self._lengths + LENGTH)
        self._starts = np.append(0, ends)[:-1].astype(np.int64)
        self._powers = [mixed(self._codes + np.uint64(1))]

    def pieces(self) -> Spans:
        """Return the pieces of every text; a short text is one piece."""
        return self._spans(LENGTH, np.maximum(self._lengths - LENGTH + 1, 1))

    def windows(self, length: int) -> Spans:
        """Return all runs of `length` characters; a shorter text has none."""
        return self._spans(length, np.maximum(self._lengths - length + 1, 0))

    @property
    def n_texts(self) -> int:
        """Texts in the array."""
        return len(self._lengths)

    @property
    def size(self) -> int:
        """Places in the array."""
        return len(self._codes)

    def _spans(self, length: int, counts: Ints) -> Spans:
        change = np.zeros(self.size + 1, np.int8)
        is_long = counts > 0
        change[self._starts[is_long]] = 1
        change[(self._starts + counts)[is_long]] = -1
        begins = np.cumsum(change[:-1], dtype=np.int8).view(np.bool_)
        starts = np.append(0, np.cumsum(counts)).astype(np.int64)
        return Spans(mixed(self._rolling(length)[begins]), starts, begins)

    def _rolling(self, length: int) -> Hashes:
        """Hash the `length` characters from each place on: runs of powers of two put together, the shortest first."""
        found, done = np.empty(0, np.uint64), 0
        for level in range(length.bit_length()):
            if not length >> level & 1:
                continue
            power = self._power(level)
            if done:
                found = mixed(found * np.uint64(31))
                _add_ahead(found, power, done)
            else:
                found = power
            done += 1 << level
        return found

    def _power(self, level: int) -> Hashes:
        """Hash the 2 ** level characters from each place on."""
        while len(self._powers) <= level:
            shorter = self._powers[-1]
            power = mixed(shorter * np.uint64(3))
            _add_ahead(power, shorter, 1 << (len(self._powers) - 1))
            self._powers.append(power)
        return self._powers[level]


def _codes(joined: pa.Array) -> Hashes:
    """Return the code points of texts that lie one after another."""
    _, offsets, characters = joined.buffers()
    first, last = np.frombuffer(offsets, np.int32)[[joined.offset, joined.offset + len(joined)]]
    written = characters[first:last] if characters else b""
    if pc.all(pc.string_is_ascii(joined)).as_py():
        return np.frombuffer(written, np.uint8).astype(np.uint64)
    decoded = str(written, "utf-8").encode("utf-32-le")
    return np.frombuffer(decoded, "<u4").astype(np.uint64)


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


def _add_ahead(numbers: Hashes, others: Hashes, by: int) -> None:
    """Add to the number at each place the other one that stands so far ahead, where there is one."""
    numbers[: max(len(numbers) - by, 0)] += others[by:]
