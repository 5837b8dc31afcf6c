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

    def take(self, i: int, number: int = 0) -> None:
        """Take one in that is new, under a number."""
        digest, look = self._digests[i], self._looks[i]
        self._taken.recent[digest] = number
        if look != digest:
            self._known[look] = digest
