"""The comparison that a row became, and what its judgments may call the responses in it."""

from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any, NamedTuple

from winnow.pipelines.reading.defects import Defect, abridged
from winnow.schemas.judgments import Verdict
from winnow.schemas.sides import OTHER_VERDICT

MOST_TOGETHER = len(ascii_lowercase)
"""Responses that may stand side by side in a row: judgments call them by letters."""
_WORDS = {"a": 0, "response_a": 0, "chosen": 0, "b": 1, "response_b": 1, "rejected": 1}


class Link(NamedTuple):
    """The comparison that a row of the input became."""

    comparison_id: str
    is_swapped: bool
    """Whether the input's response_a is the comparison's b."""

    response_ids: tuple[str, ...]
    """The input's response_a and response_b, or all of its `responses`."""

    names: tuple[str | None, ...] = ()
    """What the file itself calls each of its `responses`; empty for response_a and response_b."""

    @property
    def is_group(self) -> bool:
        """Whether more than two responses stand side by side."""
        return len(self.response_ids) > 2

    def verdict(self, verdict: Verdict) -> Verdict:
        """Map a verdict on response_a and response_b."""
        return OTHER_VERDICT[verdict] if self.is_swapped else verdict

    def letter(self, place: int) -> str:
        """Say what messages call a response, the first with place 0."""
        return ascii_lowercase[place]

    def place_of(self, word: Any, where: str, way_out: str = "") -> int:
        """Tell which response is meant: 0 for response_a or the first of `responses`, and so on.

        Raises:
            Defect: None is.
        """
        place = self._words.get(word) if isinstance(word, str) else None
        if place is None:
            raise Defect(
                "bad_judgment",
                f"{where} is {abridged(word)}, wanted {self._wanted}{way_out and '; '}{way_out}",
            )
        return place

    @property
    def _words(self) -> Mapping[str, int]:
        if not self.names:
            return _WORDS
        letters = {self.letter(i): i for i in range(len(self.response_ids))}
        return letters | {name: i for i, name in enumerate(self.names) if name}

    @property
    def _wanted(self) -> str:
        last = self.letter(len(self.response_ids) - 1)
        ids = ", or the id of a response" if any(self.names) else ""
        return f"a {'to' if self.is_group else 'or'} {last}{ids}"
