"""Which rows of ready comparisons are plain: two responses of one text each, and judgments without parts."""

from typing import Literal, NamedTuple

from winnow.pipelines.reading.plain.judgments import are_plain_judgments
from winnow.pipelines.reading.plain.keys import Keys, Types
from winnow.pipelines.reading.plain.labels import LABELS
from winnow.pipelines.reading.plain.prompts import are_plain_prompts
from winnow.pipelines.reading.responses import AUTHORS, SIDES
from winnow.pipelines.reading.settings import DETAIL_COLUMNS, ComparisonSource

_SAYING = ("verdict", "strength", "probability")

Judging = Literal["listed", "in_row", "chosen"]


class ComparisonPlan(NamedTuple):
    """How rows of one form are read."""

    sides: tuple[str, str]
    judging: Judging
    """Where judgments stand: in a list, or in the row, which says a verdict or names what was chosen."""

    annotator: str | None
    """Who judged where nobody says."""

    are_chats: bool
    """Whether the two are conversations, which may also say what was asked."""


class ComparisonForms:
    """Plans how rows of ready comparisons are read together."""

    def __init__(self, source: ComparisonSource, name: str) -> None:
        """Take the settings, and what the source is called."""
        self._keys = Keys(source.columns)
        self._annotator = source.annotator
        self._name = name

    def plan(self, types: Types) -> ComparisonPlan | None:
        """Say how rows with these types of values are read; None where they have to be read alone."""
        keys = self._keys
        sides, are_chats = self._sides(types)
        if not are_plain_prompts(types, keys, is_implied=are_chats) or not keys.lack(
            ["responses", *DETAIL_COLUMNS], types
        ):
            return None
        if not keys.are("item_id", LABELS, types):
            return None
        others = [c for c in AUTHORS if c not in (sides or ())]
        if sides is None or not keys.lack(others, types):
            return None
        if not all(keys.are(AUTHORS[side], (str, type(None)), types) for side in sides):
            return None
        is_ranked = sides[0] == "chosen"
        annotator = self._annotator or (self._name if is_ranked else None)
        judging = self._judging(types, is_ranked=is_ranked)
        return judging and ComparisonPlan(
            sides, judging, annotator and annotator.strip(), are_chats
        )

    def _sides(self, types: Types) -> tuple[tuple[str, str] | None, bool]:
        """Return the columns of the two responses, and whether they are lists of turns."""
        for kind in (str, list):
            for sides in SIDES:
                if all(self._keys.type_of(side, types) is kind for side in sides):
                    return sides, kind is list
        return None, False

    def _judging(self, types: Types, *, is_ranked: bool) -> Judging | None:
        keys = self._keys
        if keys.lack(_SAYING, types):
            if not is_ranked or keys.type_of("judgments", types) is list:
                return "listed" if keys.are("judgments", (list, type(None)), types) else None
            is_judged = are_plain_judgments(types, keys, is_implied=True)
            return "chosen" if is_judged and keys.lack(["judgments"], types) else None
        is_judged = are_plain_judgments(types, keys) and keys.lack(["judgments"], types)
        return "in_row" if is_judged else None
