"""Criteria as they were proposed, portion by portion, in files."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from winnow.annotation.rubrics.deriving import DerivingView
from winnow.annotation.rubrics.deriving.deriver import (
    Derived,
    DraftSource,
    ProposedCriterion,
)
from winnow.annotation.rubrics.quotes import key_of
from winnow.pipelines.labelling.part_files import PartFile
from winnow.pipelines.labelling.said_files import REJECTED
from winnow.schemas.redaction import redacted
from winnow.schemas.rubrics import Reach

_SOURCE = pa.struct(
    {
        "kind": pa.string(),
        "subject_id": pa.string(),
        "quote": pa.string(),
        "order": pa.string(),
        "request_id": pa.string(),
        "response_id": pa.string(),
        "answer": pa.string(),
    }
)
DRAFTED = pa.schema(
    {
        "prompt_id": pa.string(),
        "domain": pa.string(),
        "name": pa.string(),
        "key": pa.string(),
        "turn": pa.int64(),
        "drawn_from": pa.string(),
        "of_prompt": pa.string(),
        "place": pa.int32(),
        "kind": pa.string(),
        "text": pa.string(),
        "title": pa.string(),
        "importance": pa.string(),
        "weight": pa.float64(),
        "sources": pa.list_(_SOURCE),
    }
)
"""Columns of criteria: what their rubric applies to and is called; what is the same of those that say the same; the subject and
prompt they were drawn from, and the place among those of the subject; the criterion."""

_FLUSHED = 2048
_LONGEST_NAME = 60
_SHOWN = 200


class DraftFiles:
    """Writes what was drawn from the subjects of a portion."""

    def __init__(
        self, reach: Reach, drafts: PartFile, refused: PartFile, unanswered: PartFile
    ) -> None:
        self._files, self._reach = (drafts, refused, unanswered), reach
        self._rows: list[dict[str, Any]] = []
        self._refused: list[dict[str, Any]] = []
        self._unanswered: list[dict[str, Any]] = []

    def write(self, view: DerivingView, derived: Derived, request_ids: Sequence[str]) -> None:
        """Write down what was drawn from a subject.

        Args:
            view: The subject.
            derived: What was drawn from it.
            request_ids: The request that each reply answers.
        """
        scope = {
            "prompt_id": view.prompt.prompt_id if self._reach == "prompt" else None,
            "domain": view.prompt.domain if self._reach == "domain" else None,
            "name": self._name(view),
            "drawn_from": view.subject_id,
            "of_prompt": view.prompt.prompt_id,
        }
        order = view.order if len(view.responses) > 1 and not view.said else None
        for place, draft in enumerate(derived.drafts):
            sources = [_source(one, order, request_ids) for one in draft.sources]
            self._rows.append({**scope, "place": place, **_row(draft), "sources": sources})
        self._refused += (
            {
                "record_id": f"{view.subject_id} {i}",
                "reason": one.reason,
                "detail": redacted(one.detail),
            }
            for i, one in enumerate(derived.refused, 1)
        )
        if len(self._rows) + len(self._refused) >= _FLUSHED:
            self.flush()

    def _name(self, view: DerivingView) -> str | None:
        """Call a rubric for one prompt by what the user last said, and one for a domain by that."""
        if self._reach == "prompt":
            return _last_said(view)
        return view.prompt.domain if self._reach == "domain" else None

    def reject(self, view: DerivingView, reason: str, detail: str | None) -> None:
        """Write down that nothing could be drawn from a subject."""
        shown = redacted(detail or "")[:_SHOWN]
        row = {"record_id": view.subject_id, "reason": reason, "detail": shown}
        self._unanswered.append(row)

    def flush(self) -> None:
        """Write what is held."""
        held = (self._rows, self._refused, self._unanswered)
        for file, rows, schema in zip(
            self._files, held, (DRAFTED, REJECTED, REJECTED), strict=True
        ):
            file.write(pa.Table.from_pylist(rows, schema=schema))
            rows.clear()


def _row(draft: ProposedCriterion) -> dict[str, Any]:
    said = draft.model_dump(exclude={"sources"})
    return {**said, "key": key_of(draft.text)}


def _source(source: DraftSource, order: str | None, request_ids: Sequence[str]) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "subject_id": source.subject_id,
        "quote": source.quote or None,
        "order": order,
        "request_id": request_ids[source.reply],
        "response_id": source.response_id,
        "answer": source.answer,
    }


def _last_said(view: DerivingView) -> str:
    said = [turn.text() for turn in view.prompt.messages if turn.role == "user"]
    words = " ".join((said or [view.prompt.prompt_id])[-1].split())
    return words if len(words) <= _LONGEST_NAME else f"{words[:_LONGEST_NAME].rstrip()}..."
