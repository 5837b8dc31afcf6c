"""What judgments of two responses have in common: words, and each combination of their choices that occurs, validated once."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from winnow.pipelines.reading.fields import as_code
from winnow.pipelines.reading.judgments import VERDICTS, swapped, word_of
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.judgments import Judgment, Verdict

_FREE = ("annotator_id", "comparison_id", "probability", "rationale")
"""Fields of which an id depends and that hold anything."""

_MOST_COMBINATIONS = 10_000


class Combination(NamedTuple):
    """What judgments with the same choices have in common."""

    like: Judgment
    pieces: tuple[str, ...]
    """What stands in their canonical JSON round the fields of _FREE."""


class MeantWord(NamedTuple):
    """What a word means."""

    verdict: Verdict | None
    """None where it has no meaning."""

    word: str | None
    """The word of the settings that gave it; None where it is ours."""


class JudgmentReader:
    """Reads the judgments of one source."""

    def __init__(self, kind: str, verdicts: Mapping[str, Verdict]) -> None:
        """Begin with nothing.

        Args:
            kind: Of annotators, where judgments do not say.
            verdicts: The file's own words.
        """
        self.kind = kind
        self.has_words = bool(verdicts)
        self._verdicts = verdicts
        self._words: dict[str | int, MeantWord] = {}
        self._combinations: dict[tuple[Any, ...], Combination | None] = {}

    def meant(self, said: str | int) -> MeantWord:
        """Return what a word means."""
        found = self._words.get(said)
        if found is None:
            word = word_of(as_code(said), self._verdicts)
            meant = as_code(said) if word is None else self._verdicts[word]
            found = MeantWord(next((v for v in VERDICTS if v == meant), None), word)
            if len(self._words) < _MOST_COMBINATIONS:
                self._words[said] = found
        return found

    def combination(self, *choices: Any) -> Combination | None:
        """Return what judgments have in common; None where a record would refuse them.

        Args:
            choices: kind, order, verdict, strength, whether there is a probability, and whether the responses change
                names.
        """
        if choices in self._combinations:
            return self._combinations[choices]
        if len(self._combinations) > _MOST_COMBINATIONS:
            self._combinations.clear()
        found = self._combinations[choices] = _combined(*choices)
        return found


def _combined(
    kind: str,
    order: str | None,
    verdict: str,
    strength: Any,
    has_probability: bool,
    is_swapped: bool,
) -> Combination | None:
    said = {
        "comparison_id": "-",
        "annotator_id": "-",
        "kind": kind,
        "order": order,
        "verdict": verdict,
        "strength": strength,
        "probability": 0.5 if has_probability else None,
    }
    try:
        judgment = Judgment.model_validate(said)
    except ValidationError:
        return None
    return _in_common(swapped(judgment) if is_swapped else judgment)


def _in_common(judgment: Judgment) -> Combination:
    ids = ContentIds(judgment.as_content() | {name: hole(name) for name in _FREE})
    if ids.names != _FREE:
        raise AssertionError(f"ids of judgments depend on {ids.names}, wanted {_FREE}")
    return Combination(judgment, ids.pieces)


ANY = _in_common(Judgment(comparison_id="-", annotator_id="-", kind="human", verdict="tie"))
"""What stands in for judgments that are read alone."""
