"""Numbers by digest, millions of them in a few bytes each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

ABSENT = -1
"""Number of a digest that is not there."""

_N_BYTES = 32
_FULL = 0.6
"""Share of the slots from which on there are twice as many."""


class Digests(list[bytes]):
    """SHA-256 of many things, which pickle as one value."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _split, (b"".join(self),)


def _split(joined: bytes) -> Digests:
    return Digests(joined[i : i + _N_BYTES] for i in range(0, len(joined), _N_BYTES))


class DigestMap:
    """Whole numbers from 0 by SHA-256, of which the first half tells one from another.

    What is set lies in `recent` until `settle` moves it into arrays of 24 bytes a slot; `find` looks up many digests at once,
    among what is settled.
    """

    def __init__(self) -> None:
        self.recent: dict[bytes, int] = {}
        self._n = 0
        self._make(1 << 10)

    def get(self, digest: bytes) -> int | None:
        """Return the number of a digest; None where it is not there."""
        value = self.recent.get(digest)
        if value is None and self._n:
            value = int(self._values[slot]) if (slot := self._slot_of(digest)) is not None else None
        return None if value == ABSENT else value

    def __contains__(self, digest: bytes) -> bool:
        return self.get(digest) is not None

    def __setitem__(self, digest: bytes, value: int) -> None:
        self.recent[digest] = value

    def __delitem__(self, digest: bytes) -> None:
        self.recent[digest] = ABSENT

    def find(self, digests: Sequence[bytes]) -> list[int]:
        """Return the numbers of what is settled, ABSENT for other digests; shape (n,)."""
        if not self._n:
            return [ABSENT] * len(digests)
        slots = self._slots_of(*_halves(digests))
        found: list[int] = np.where(slots < 0, ABSENT, self._values[slots]).tolist()
        return found

    def settle(self) -> None:
        """Move what was set into the arrays."""
        if not self.recent:
            return
        first, second = _halves(list(self.recent))
        values = np.fromiter(self.recent.values(), np.int64, len(self.recent))
        slots = self._slots_of(first, second)
        self._values[slots[slots >= 0]] = values[slots >= 0]
        is_new = slots < 0
        self._insert(first[is_new], second[is_new], values[is_new])
        self.recent = {}

    def _make(self, n_slots: int) -> None:
        self._first, self._second = np.zeros((2, n_slots), np.uint64)
        self._values = np.zeros(n_slots, np.int64)
        self._mask = n_slots - 1

    def _slot_of(self, digest: bytes) -> int | None:
        first = int.from_bytes(digest[:8], "little") or 1
        second = int.from_bytes(digest[8:16], "little")
        slot = first & self._mask
        while found := int(self._first[slot]):
            if found == first and int(self._second[slot]) == second:
                return slot
            slot = (slot + 1) & self._mask
        return None

    def _slots_of(self, first: Any, second: Any) -> Any:
        found = np.full(len(first), -1, np.int64)
        slots = (first & np.uint64(self._mask)).astype(np.int64)
        left = np.arange(len(first))
        while left.size:
            at = slots[left]
            there = self._first[at]
            is_same = (there == first[left]) & (self._second[at] == second[left])
            found[left[is_same]] = at[is_same]
            left = left[(there != 0) & ~is_same]
            slots[left] = (slots[left] + 1) & self._mask
        return found

    def _insert(self, first: Any, second: Any, values: Any) -> None:
        """Add digests that are not there, none of them twice."""
        self._n += len(first)
        if self._n > _FULL * len(self._first):
            self._grow()
        slots = (first & np.uint64(self._mask)).astype(np.int64)
        left = np.arange(len(first))
        while left.size:
            is_free = self._first[slots[left]] == 0
            trying, at = left[is_free], slots[left[is_free]]
            # Where several want one slot, the last one written has it and the others go on.
            self._first[at], self._second[at] = first[trying], second[trying]
            self._values[at] = values[trying]
            has_it = (self._first[at] == first[trying]) & (self._second[at] == second[trying])
            left = np.concatenate([left[~is_free], trying[~has_it]])
            slots[left] = (slots[left] + 1) & self._mask

    def _grow(self) -> None:
        is_used = self._first != 0
        held = (self._first[is_used], self._second[is_used], self._values[is_used])
        n_slots = len(self._first)
        while self._n > _FULL * n_slots:
            n_slots *= 2
        self._make(n_slots)
        self._n -= len(held[0])  # they are counted already
        self._insert(*held)


def _halves(digests: Sequence[bytes]) -> tuple[Any, Any]:
    words = np.frombuffer(b"".join(digests), "<u8").reshape(len(digests), _N_BYTES // 8)
    # Slots are empty where the first word is 0.
    return np.maximum(words[:, 0], np.uint64(1)), words[:, 1]
