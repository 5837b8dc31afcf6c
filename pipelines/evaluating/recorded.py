"""Judgments of the warehouse's own kind as the long form that an evaluation takes."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from winnow.annotation.judge import ComparisonView
from winnow.pipelines.evaluating.labelled import JUDGMENTS
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.last_word import last_said


def long_form(
    judgments: Iterable[Judgment],
    views: Sequence[ComparisonView],
    store: CompletionStore,
    known: Iterable[KnownAnnotator],
) -> pa.Table:
    """Put judgments into the long form, with the tokens of the completions that they were read from.

    Args:
        judgments: Judgments of the comparisons; superseded and discarded ones are left out.
        views: The comparisons.
        store: Where completions are kept.
        known: What is known of the annotators.

    Returns:
        Columns of `JUDGMENTS`.
    """
    valid = [j for j in last_said(judgments) if not j.is_discarded]
    used = store.get({j.request_id for j in valid if j.request_id and j.kind != "human"})
    sides = {v.comparison_id: (v.a.response_id, v.b.response_id) for v in views}
    models = {one.annotator_id: one.model for one in known}
    rows = []
    for judgment in valid:
        answer = used.get(judgment.request_id or "")
        who = {"model": models.get(judgment.annotator_id)}
        said = _said(judgment, sides[judgment.subject_id])
        rows.append({**who, **said, **_spent(judgment, answer)})
    return pa.Table.from_pylist(rows, schema=JUDGMENTS)


def _said(judgment: Judgment, sides: tuple[str, str]) -> dict[str, Any]:
    score_a, score_b = (_mean_rating(judgment, response_id) for response_id in sides)
    return {
        "item_id": judgment.subject_id,
        "annotator": judgment.annotator_id,
        "kind": judgment.kind,
        "order": judgment.order,
        "verdict": judgment.verdict,
        "probability": judgment.probability,
        "strength": judgment.strength,
        "score_a": score_a,
        "score_b": score_b,
    }


def _spent(judgment: Judgment, answer: Completion | None) -> dict[str, Any]:
    return {
        "cost": judgment.cost,
        "seconds": judgment.seconds,
        "n_prompt_tokens": answer.n_prompt_tokens if answer else None,
        "n_tokens": answer.n_tokens if answer else None,
    }


def _mean_rating(judgment: Judgment, response_id: str) -> float | None:
    scores = [rating.score for rating in judgment.ratings if rating.response_id == response_id]
    return sum(scores) / len(scores) if scores else None
