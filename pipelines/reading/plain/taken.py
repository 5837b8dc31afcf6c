"""Taken: what is told apart, prompts and responses, as it is taken in row by row."""

from collections.abc import Sequence

from winnow.pipelines.reading.digests import ABSENT, DigestMap
from winnow.pipelines.reading.known import Looks


class Candidates:
    """Prompts or responses of many rows, which may have been taken in before."""

    def __init__(
        self, digests: Sequence[bytes], looks: Sequence[bytes], taken: DigestMap, known: Looks
    ) -> None:
        """Look many up at once.

        Args:
            digests: Their ids; shape (n,).
            looks: How they look; shape (n,).
            taken: What was taken in.
            known: How what was taken in looks.
        """
        self._digests = digests
        self._looks = looks
        self._taken = taken
        self._known = known
        self._found = taken.find(digests)

    def is_new(self, i: int) -> bool | None:
        """Tell whether one was not taken in before; None where something else was that looks the same."""
        digest, look = self._digests[i], self._looks[i]
        is_new = self._found[i] == ABSENT and digest not in self._taken.recent
        first = self._known.get(look) if self._known else None
        if look == digest:
            return is_new if first is None else None
        if first is None:
            return None if look in self._taken else is_new
        return None if first != digest or is_new else is_new

    def stand_as_they_look(self) -> bool:
        """Tell whether all stand as they look, as does all that was taken in."""
        return self._looks is self._digests and not self._known

    def all_new(self) -> list[int]:
        """Return the first of each that was not taken in before, where all stand as they look."""
        first = dict(zip(reversed(self._digests), reversed(range(len(self._digests))), strict=True))
        return sorted(i for i in first.values() if self._found[i] == ABSENT)

    def take(self, i: int, number: int = 0) -> None:
        """Take one in that is new, under a number."""
        digest, look = self._digests[i], self._looks[i]
        self._taken.recent[digest] = number
        if look != digest:
            self._known[look] = digest
