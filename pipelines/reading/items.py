"""Items: which comparison each item_id of a file means, in a few bytes each."""

import hashlib
from collections.abc import Iterable, Sequence

from winnow.pipelines.reading.digests import ABSENT, DigestMap
from winnow.pipelines.reading.links import Link

_N_BYTES = 32
_N_IDS = 3
_NONE = bytes(_N_BYTES)


class KnownItems:
    """Links by item_id; None for those whose line was rejected."""

    def __init__(self) -> None:
        self._numbers = DigestMap()
        self._pairs = bytearray()
        self._others: list[Link | None] = []

    def __contains__(self, item_id: str) -> bool:
        return item_key(item_id) in self._numbers

    def __getitem__(self, item_id: str) -> Link | None:
        number = self._numbers.get(item_key(item_id))
        if number is None:
            raise KeyError(item_id)
        return self._link(number)

    def links(self, item_ids: Iterable[str | None]) -> list[Link | None]:
        """Return what many item_ids mean; None for those that mean nothing; shape (n,)."""
        keys = [b"" if item_id is None else item_key(item_id) for item_id in item_ids]
        settled = self._numbers.find([key or _NONE for key in keys])
        numbers = [
            found if found != ABSENT else self._numbers.recent.get(key, ABSENT)
            for key, found in zip(keys, settled, strict=True)
        ]
        return [None if number == ABSENT else self._link(number) for number in numbers]

    def setdefault(self, item_id: str, link: Link | None) -> None:
        """Remember what an item_id means, unless that is known."""
        if item_id in self:
            return
        if link is None or link.names or link.is_group:
            self._numbers[item_key(item_id)] = (len(self._others) << 1) + 1
            self._others.append(link)
        else:
            ids = map(bytes.fromhex, (link.comparison_id, *link.response_ids))
            self.add_pair(item_key(item_id), *ids)

    def find(self, keys: Iterable[bytes | None]) -> list[bool]:
        """Tell which item_ids are settled, by their keys; shape (n,)."""
        found = self._numbers.find([key or _NONE for key in keys])
        return [number != ABSENT for number in found]

    def is_recent(self, key: bytes) -> bool:
        """Tell whether an item_id was added and is not settled yet, by its key."""
        return key in self._numbers.recent

    def add_pair(self, key: bytes, comparison: bytes, first: bytes, second: bytes) -> None:
        """Remember a comparison of two responses, in the input's order, of an item_id that is not known."""
        self._numbers[key] = len(self._pairs) // (_N_IDS * _N_BYTES) << 1
        self._pairs += comparison + first + second

    def add_pairs(
        self, keys: Sequence[bytes | None], comparisons: Sequence[bytes], sides: Sequence[bytes]
    ) -> None:
        """Remember as many comparisons, of which each has two of `sides`; those without a key have no item_id."""
        pairs = zip(keys, comparisons, sides[::2], sides[1::2], strict=True)
        for key, comparison, first, second in pairs:
            if key is not None:
                self.add_pair(key, comparison, first, second)

    def settle(self) -> None:
        """Take less memory for what was added."""
        self._numbers.settle()

    def _link(self, number: int) -> Link | None:
        return self._others[number >> 1] if number & 1 else self._pair(number >> 1)

    def _pair(self, place: int) -> Link:
        start = place * _N_IDS * _N_BYTES
        held = self._pairs[start : start + _N_IDS * _N_BYTES].hex()
        size = 2 * _N_BYTES
        comparison_id, *sides = (held[i : i + size] for i in range(0, len(held), size))
        return Link(comparison_id, sides[0] > sides[1], tuple(sides))


def item_key(item_id: str) -> bytes:
    """Return what an item_id is known by."""
    return hashlib.sha256(item_id.encode()).digest()
