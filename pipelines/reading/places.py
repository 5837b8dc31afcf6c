"""Places: where each of many things came first, in a few bytes each."""

from winnow.pipelines.reading.digests import DigestMap

_BITS = 40
"""Bits of a place's number; the others tell the file."""


class FirstPlaces(DigestMap):
    """Places, such as "prompts.jsonl:17", by digest."""

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, int] = {}
        self._last = ("", -1)

    def first(self, digest: bytes, place: str) -> str:
        """Return the place where a digest came first, which is this one where it is new."""
        number = self.get(digest)
        if number is not None:
            return self._place(number)
        self[digest] = self.number_of(place)
        return place

    def number_of(self, place: str) -> int:
        """Return a place as a number."""
        file, _, number = place.rpartition(":")
        last, start = self._last
        if file != last or start < 0:
            start = self._files.setdefault(file, len(self._files)) << _BITS
            self._last = (file, start)
        return start + int(number)

    def _place(self, number: int) -> str:
        file = list(self._files)[number >> _BITS]
        return f"{file}:{number & ((1 << _BITS) - 1)}"
