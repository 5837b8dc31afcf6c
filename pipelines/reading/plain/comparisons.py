"""Comparisons of two responses of one text each, with their judgments, many at once: which rows are such."""

from typing import Literal, NamedTuple

from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.plain.comparison_batch import ComparisonBatch
from winnow.pipelines.reading.plain.forms import RowForms, Types
from winnow.pipelines.reading.plain.judgments import JudgmentReader, are_plain_judgments
from winnow.pipelines.reading.plain.keys import INNER, Keys
from winnow.pipelines.reading.plain.labels import LABELS
from winnow.pipelines.reading.plain.prompts import are_plain_prompts
from winnow.pipelines.reading.plain.rows import PlainBatch, PlainRow, PlainRows, with_plain_objects
from winnow.pipelines.reading.responses import AUTHORS
from winnow.pipelines.reading.settings import DETAIL_COLUMNS, ComparisonSource
from winnow.pipelines.reading.usage import Usage

_SIDES = (("response_a", "response_b"), ("chosen", "rejected"))
_SAYING = ("verdict", "strength", "probability")

Judging = Literal["listed", "in_row", "chosen"]


class ComparisonPlan(NamedTuple):
    """How rows of one form are read."""

    sides: tuple[str, str]
    judging: Judging
    """Where judgments stand: in a list, or in the row, which says a verdict or names what was chosen."""

    annotator: str | None
    """Who judged where nobody says."""


class PlainComparisons(PlainRows):
    """Reads the plain ones among the rows of ready comparisons."""

    def __init__(
        self, source: ComparisonSource, name: str, importer: Importer, usage: Usage
    ) -> None:
        super().__init__(importer, RowForms(self._plan, usage))
        self.source = source
        self.name = name
        self.usage = usage
        self.keys = Keys(source.columns)
        self.reader = JudgmentReader(source.kind, source.verdicts, usage)
        inside = f"{source.columns.get('judgments') or 'judgments'}[]."
        self._inner = RowForms(
            lambda types: are_plain_judgments(types, INNER) or None, usage, inside
        )

    def _read(self, n_rows: int, rows: list[PlainRow]) -> PlainBatch | None:
        judging = rows[0].plan.judging if rows else None
        rows = [row for row in rows if row.plan.judging == judging]
        if judging == "listed":
            lists = self.keys.column("judgments", [row.data for row in rows])
            for row, listed in zip(rows, lists, strict=True):
                row.inner = listed or ()
            rows = [row for row in rows if all(type(said) is dict for said in row.inner)]
            rows = with_plain_objects(rows, self._inner)
        else:
            for row in rows:
                row.inner = (row.data,)
        if not rows:
            return None
        return ComparisonBatch(n_rows, rows, self.importer, self.source, self.reader, self.usage)

    def _plan(self, types: Types) -> ComparisonPlan | None:
        keys = self.keys
        if not are_plain_prompts(types, keys) or not keys.lack(
            ["responses", *DETAIL_COLUMNS], types
        ):
            return None
        if not keys.are("item_id", LABELS, types):
            return None
        sides = next((s for s in _SIDES if all(keys.type_of(c, types) is str for c in s)), None)
        others = [c for c in AUTHORS if c not in (sides or ())]
        if sides is None or not keys.lack(others, types):
            return None
        if not all(keys.are(AUTHORS[side], (str, type(None)), types) for side in sides):
            return None
        is_ranked = sides[0] == "chosen"
        annotator = self.source.annotator or (self.name if is_ranked else None)
        judging = self._judging(types, is_ranked=is_ranked)
        return judging and ComparisonPlan(sides, judging, annotator and annotator.strip())

    def _judging(self, types: Types, *, is_ranked: bool) -> Judging | None:
        keys = self.keys
        if keys.lack(_SAYING, types):
            if not is_ranked or keys.type_of("judgments", types) is list:
                return "listed" if keys.are("judgments", (list, type(None)), types) else None
            is_judged = are_plain_judgments(types, keys, is_implied=True)
            return "chosen" if is_judged and keys.lack(["judgments"], types) else None
        is_judged = are_plain_judgments(types, keys) and keys.lack(["judgments"], types)
        return "in_row" if is_judged else None
