"""Judgments as columns, with the ids that the records would have."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from winnow.annotation.judge import Reading
from winnow.pipelines.labelling.subjects import JudgedPart
from winnow.schemas.ids import content_id, content_id_without_fractions
from winnow.schemas.judgments import Judgment, Kind

_FILLED = (
    "judgment_id",
    "annotator_id",
    "kind",
    "comparison_id",
    "order",
    "verdict",
    "strength",
    "probability",
    "ranking",
    "ratings",
    "criteria",
    "rationale",
    "rubric_id",
    "request_id",
    "cost",
    "subject_kind",
    "subject_id",
    "step",
)


class JudgmentRows:
    """What annotators say, row by row; a row that breaks the record's own rules is refused as the record refuses it."""

    def __init__(self) -> None:
        """Begin without a row."""
        self._rows: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        annotator_id: str,
        kind: Kind,
        part: JudgedPart,
        said: Reading,
        request_id: str | None = None,
        cost: float | None = None,
        rubric_id: str | None = None,
    ) -> str:
        """Add what was read about a subject, or about two responses of a group; gives its judgment_id.

        Args:
            annotator_id: Who says it.
            kind: What sort of annotator that is.
            part: What it is about.
            said: What was read.
            request_id: The completion it was read from; None where nothing was asked.
            cost: What that cost; None where unknown.
            rubric_id: The rubric that it was judged by; None where there was none.

        Raises:
            pydantic.ValidationError: It is no judgment, such as one of two responses without a verdict.
        """
        is_compared = part.kind == "comparison"
        about: dict[str, Any] = (
            {"comparison_id": part.subject_id}
            if is_compared
            else {"subject_id": part.subject_id, "subject_kind": part.kind}
        )
        step = part.step.model_dump() if part.step else None
        if step:
            about["step"] = step
        ratings = [_rated(rating.model_dump()) for rating in said.ratings]
        criteria = [one.model_dump() for one in said.criteria]
        content = {
            **about,
            "annotator_id": annotator_id,
            "kind": kind,
            "criteria": criteria,
            "order": part.order,
            "probability": said.probability,
            "ranking": said.ranking,
            "rationale": said.rationale,
            "ratings": ratings,
            "request_id": request_id,
            "rubric_id": rubric_id,
            "strength": said.strength,
            "verdict": said.verdict,
        }
        if not _is_plain(part, said):
            Judgment.model_validate({k: v for k, v in content.items() if v is not None})
        has_fractions = bool(ratings) or said.probability is not None
        judgment_id = (content_id if has_fractions else content_id_without_fractions)(content)
        row = (
            judgment_id,
            annotator_id,
            kind,
            about.get("comparison_id"),
            part.order,
            said.verdict,
            said.strength,
            said.probability,
            said.ranking,
            ratings,
            criteria,
            said.rationale,
            rubric_id,
            request_id,
            cost,
            part.kind,
            part.subject_id,
            step,
        )
        self._rows.append(row)
        return judgment_id

    def take(self) -> pa.Table:
        """Return the rows as the record's table has them, and begin anew."""
        rows, self._rows = self._rows, []
        schema = Judgment.arrow_schema()
        columns = dict(zip(_FILLED, zip(*rows, strict=True), strict=True)) if rows else {}
        arrays = [_column(field, columns.get(field.name), len(rows)) for field in schema]
        return pa.table(arrays, schema=schema)


def _rated(rating: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a rating what ids do not depend on where it is not known."""
    return {k: v for k, v in rating.items() if v is not None}


def _is_plain(part: JudgedPart, said: Reading) -> bool:
    """Whether a row is sure to keep the rules: a verdict on two, or ratings of one."""
    if part.kind == "comparison":
        return said.verdict is not None and (said.strength is None or -3 <= said.strength <= 3)
    return said.verdict in (None, "invalid") and said.strength is None and said.ranking is None


def _column(field: pa.Field, values: Sequence[Any] | None, n: int) -> pa.Array:
    if values is None:
        default = Judgment.model_fields[field.name].default
        values = [list(default) if isinstance(default, tuple) else default] * n
    return pa.array(values, field.type)
