"""Judgments of the warehouse's own kind as the long form that an evaluation takes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from winnow.annotation.judge import ComparisonView
from winnow.annotation.ratings import wholes
from winnow.pipelines.evaluating.labelled import JUDGMENTS
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labels.following import following
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.last_word import last_judgments


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
    valid = [j for j in last_judgments(judgments) if not j.is_discarded]
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


def long_form_of_responses(
    judgments: Iterable[Judgment],
    views: Sequence[ComparisonView],
    store: CompletionStore,
    known: Iterable[KnownAnnotator],
) -> pa.Table:
    """Put into the long form what follows for comparisons from what one judge said of each of their responses.

    A comparison takes of both responses the share of what they took that falls to it: what was asked once of a response
    serves all comparisons that it stands in. Where one could not be read, the verdict is "invalid".

    Args:
        judgments: Judgments of the responses, one each.
        views: The comparisons; of one that has a response without a judgment, or two without an
            attribute that both were rated on, nothing is said.
        store: Where completions are kept.
        known: What is known of the annotators.

    Returns:
        Columns of `JUDGMENTS`.
    """
    by_response = {judgment.subject_id: judgment for judgment in judgments}
    answers = store.get({j.request_id for j in by_response.values() if j.request_id})
    n_served = Counter(side.response_id for view in views for side in (view.a, view.b))
    models = {one.annotator_id: one.model for one in known}
    rows = []
    for view in views:
        ids = (view.a.response_id, view.b.response_id)
        both = [by_response[i] for i in ids if i in by_response]
        if len(both) < len(ids):
            continue
        is_read = all(one.ratings for one in both)
        ratings = [rating for one in both for rating in one.ratings] if is_read else None
        who, kind = both[0].annotator_id, both[0].kind
        judgment = following(view.comparison_id, ids, who, kind, ratings)
        if judgment is None:
            continue
        spent = [_spent(one, answers.get(one.request_id or "")) for one in both]
        shares = [1 / n_served[i] for i in ids]
        asked = {"model": models.get(who)}
        rows.append({**asked, **_said(judgment, ids), **_sum(spent, shares)})
    return pa.Table.from_pylist(rows, schema=JUDGMENTS)


def _sum(spent: Sequence[dict[str, Any]], shares: Sequence[float]) -> dict[str, Any]:
    """Add up what was spent, a share of each; what is unknown of one is unknown of all. Tokens are whole."""
    sums: dict[str, Any] = {}
    for name in spent[0]:
        told = [one[name] for one in spent]
        is_known = None not in told
        total = sum(x * p for x, p in zip(told, shares, strict=True)) if is_known else None
        sums[name] = round(total) if total is not None and name.startswith("n_") else total
    return sums


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
    rated = {r.attribute: r.score for r in judgment.ratings if r.response_id == response_id}
    scores = [rated[name] for name in rated if name in wholes(rated.keys())]
    return sum(scores) / len(scores) if scores else None
