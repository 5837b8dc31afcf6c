"""Judges side by side on labelled comparisons."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.evaluation.benchmarks import Layout
from winnow.annotation.evaluation.calibration import (
    Calibration,
    calibrate_probability,
    calibrate_strength,
)
from winnow.annotation.evaluation.conditions import measure_conditions, notes_on_settings
from winnow.annotation.evaluation.cost import add_costs, measure_cost
from winnow.annotation.evaluation.estimates import Estimate, mean_of, share_of
from winnow.annotation.evaluation.figures import JudgeFigures
from winnow.annotation.evaluation.items import Items, read_items
from winnow.annotation.evaluation.judge_answers import JudgeAnswers, hear
from winnow.annotation.evaluation.length import measure_length
from winnow.annotation.evaluation.position import Position, measure_position
from winnow.annotation.evaluation.scores import CaseScores, score_both_orders, score_cases
from winnow.annotation.evaluation.separation import measure_auc
from winnow.annotation.evaluation.slices import slice_scores
from winnow.annotation.evaluation.ties import TiesScore, score_ties
from winnow.schemas.errors import MalformedInput
from winnow.schemas.plurals import agreeing, counted

TOGETHER = "all judges aggregated"
"""Name of the line of the labels that all judges add up to."""
MIN_SHARE = 0.5
"""Share of the scored cases of the judge with most that a judge must have to be called the best."""


class Evaluation(NamedTuple):
    """What was measured."""

    judges: tuple[JudgeFigures, ...]
    """Judges, most accurate first; those without a gold comparison last."""

    together: JudgeFigures | None
    """The labels that all judges add up to, each without its own gold; None of a single judge."""

    best: str | None
    """The most accurate judge of those that judged enough cases readably."""

    n_items: int
    """Labelled comparisons."""

    n_gold: int
    """Of them, those that gold decides for one response."""

    n_gold_ties: int
    """Of them, those that gold calls a tie."""

    n_cases: int
    """Cases that the decided comparisons make up: prompts in RewardBench 2, comparisons elsewhere."""

    always_tie: float
    """How right a judge would be that finds all responses alike, a tie among k being worth 1 / k; where ties lose, in nothing."""

    unit: str
    """What one case is: "comparisons" or "prompts"."""

    n_prompts: int
    """Distinct prompts."""

    notes: tuple[str, ...]
    """What whoever reads the figures should know, a sentence each."""


class _MeasuredJudge(NamedTuple):
    figures: JudgeFigures
    scores: CaseScores


def evaluate(
    judgments: pa.Table, gold: pa.Table, items: pa.Table, *, layout: Layout = "long"
) -> Evaluation:
    """Measure every judge of a table of judgments on labelled comparisons.

    Args:
        judgments: One row a judgment in the long form; see `judge_answers.hear`. A column `model` says which model a judge asks.
        gold: item_id and verdict (a, b, tie).
        items: One row a comparison, columns of `items.ITEMS`.
        layout: What the comparisons came in; decides which benchmark's summary is given.

    Raises:
        MalformedInput: A table cannot be used, or gold decides no judged comparison.
    """
    known = read_items(items, gold)
    heard = hear(judgments, known)
    judged = [_measure(answers, known, layout) for answers in heard]
    if not any(one.figures.coverage for one in judged):
        raise MalformedInput(
            f"gold decides none of the comparisons of {counted(len(judged), 'judge')}: "
            f"{counted(len(known.ids), 'comparison')}, "
            f"{int(known.is_decisive.sum())} with a decisive gold verdict; do the item_ids of gold and judgments agree"
        )
    if not any(len(one.scores.value) for one in judged):
        n_invalid = sum(int(answers.vote_invalid.sum()) for answers in heard)
        raise MalformedInput(
            f"no case that gold decides was read: {n_invalid:,} of "
            f"{counted(judgments.num_rows, 'judgment')} {agreeing(n_invalid, 'is', 'are')} unreadable; "
            "ask the judges again, or look at their replies"
        )
    best = _best(judged)
    judges = [answers for answers in heard if answers.kind != "human"]
    together = _together(judgments, gold, judges, known, layout) if len(judges) > 1 else None
    models = _models(judgments)
    ranked = sorted(judged, key=lambda one: -(one.figures.accuracy or _NOTHING).value)
    return Evaluation(
        judges=tuple(
            replace(_compared(one, best, known), model=models.get(one.figures.annotator))
            for one in ranked
        ),
        together=together and _compared(together, best, known),
        best=best and best.figures.annotator,
        n_items=len(known.ids),
        n_gold=int(known.is_decisive.sum()),
        n_gold_ties=int((known.sign == 0).sum()),
        n_cases=len(np.unique(known.case[known.is_decisive])),
        always_tie=float(np.mean(_level(known))),
        unit="prompts" if known.has_cases else "comparisons",
        n_prompts=len(np.unique(known.prompt)),
        notes=(*_notes(judged, known), *notes_on_settings(heard, known)),
    )


def _level(items: Items) -> Floats:
    """Score a judge that calls every comparison a tie."""
    item = np.arange(len(items.ids))
    return score_cases(item, np.zeros(len(item)), items).value


_NOTHING = Estimate(-1.0, None, None, 0)


def _models(judgments: pa.Table) -> dict[str, str | None]:
    """Return the model that each judge asks, where the judgments say it."""
    if "model" not in judgments.column_names:
        return {}
    columns = (judgments[name].to_pylist() for name in ("annotator", "model"))
    return {annotator: model for annotator, model in zip(*columns, strict=True) if model}


def _measure(answers: JudgeAnswers, items: Items, layout: Layout) -> _MeasuredJudge:
    item, lean = answers.item[answers.is_read], answers.lean[answers.is_read]
    scores = score_cases(item, lean, items)
    strict, rows = score_both_orders(answers.item, answers.lean, answers.is_read_both, items)
    figures = JudgeFigures(
        annotator=answers.annotator,
        kind=answers.kind,
        n_judgments=len(answers.vote_item),
        invalid=share_of(answers.vote_invalid.astype(float), items.prompt[answers.vote_item]),
        accuracy=share_of(scores.value, scores.prompt(items)),
        coverage=_coverage(answers.item, scores, items),
        both_orders=share_of(strict, items.prompt[rows]),
        named_ties=_named_ties(item, answers.is_tied[answers.is_read].astype(float), items),
        position=measure_position(answers, items),
        length=measure_length(item, lean, items),
        calibration=_calibration(answers, items),
        cost=measure_cost(answers),
        slices=slice_scores(scores, items, layout, _ties(scores, answers, items, layout)),
        behind_best=None,
        conditions=measure_conditions(answers, items),
        ties_lose=share_of((scores.value == 1).astype(float), scores.prompt(items)),
        auc=measure_auc(answers, items),
    )
    return _MeasuredJudge(figures, scores)


def _together(
    judgments: pa.Table, gold: pa.Table, heard: list[JudgeAnswers], items: Items, layout: Layout
) -> _MeasuredJudge:
    """Measure the labels that judges add up to, that of each gold item computed without its own verdict.

    People are left out of them, since gold often comes from people.
    """
    is_judge = pc.not_equal(pc.fill_null(_column(judgments, "kind"), ""), "human")
    judgments = judgments.filter(is_judge)
    row = items.rows_of(pc.cast(judgments["item_id"], pa.string()).combine_chunks())
    subset = pa.array(items.subset[row], pa.string())
    found = aggregate(judgments.append_column("subset", subset), gold).labels
    labels = found.filter(pc.greater(found["n_judgments"], 0))
    p_a, p_b, p_tie = (np.asarray(labels[name]) for name in ("p_a", "p_b", "p_tie"))
    item = items.rows_of(labels["item_id"].combine_chunks())
    lean = np.sign(p_a - p_b)
    scores = score_cases(item, lean, items)
    is_tied = (p_tie >= np.maximum(p_a, p_b)).astype(float)
    figures = JudgeFigures(
        annotator=TOGETHER,
        kind="aggregate",
        n_judgments=judgments.num_rows,
        invalid=None,
        accuracy=share_of(scores.value, scores.prompt(items)),
        coverage=_coverage(np.unique(row), scores, items),
        both_orders=None,
        named_ties=_named_ties(item, is_tied, items),
        position=Position(None, None, None, None),
        length=measure_length(item, lean, items),
        calibration=calibrate_probability(item, p_b / np.maximum(p_a + p_b, 1e-12), items),
        cost=add_costs([measure_cost(answers) for answers in heard]),
        slices=slice_scores(scores, items, layout, _ties(scores, None, items, layout)),
        behind_best=None,
        ties_lose=share_of((scores.value == 1).astype(float), scores.prompt(items)),
    )
    return _MeasuredJudge(figures, scores)


def _column(table: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
    return table[name] if name in table.column_names else pa.nulls(table.num_rows, pa.string())


def _ties(
    scores: CaseScores, answers: JudgeAnswers | None, items: Items, layout: Layout
) -> TiesScore | None:
    return score_ties(scores, answers, items) if layout == "rewardbench2" else None


def _calibration(answers: JudgeAnswers, items: Items) -> Calibration | None:
    return calibrate_probability(
        answers.item, answers.stated["probability"], items
    ) or calibrate_strength(answers.item, answers.stated["strength"], items)


def _named_ties(item: Ints, is_tied: Floats, items: Items) -> Estimate | None:
    chosen = items.sign[item] == 0
    return share_of(is_tied[chosen], items.prompt[item[chosen]])


def _coverage(asked: Ints, scores: CaseScores, items: Items) -> Estimate | None:
    rows = asked[items.is_decisive[asked]]
    case, first = np.unique(items.case[rows], return_index=True)
    is_scored = np.isin(case, scores.case).astype(float)
    return share_of(is_scored, items.prompt[rows[first]])


def _best(judged: list[_MeasuredJudge]) -> _MeasuredJudge | None:
    most = max(len(one.scores.value) for one in judged)
    enough = [one for one in judged if len(one.scores.value) >= max(MIN_SHARE * most, 1)]
    return max(enough, key=lambda one: (one.figures.accuracy or _NOTHING).value, default=None)


def _compared(one: _MeasuredJudge, best: _MeasuredJudge | None, items: Items) -> JudgeFigures:
    if best is None or one is best:
        return one.figures
    case, mine, its = np.intersect1d(one.scores.case, best.scores.case, return_indices=True)
    difference = one.scores.value[mine] - best.scores.value[its]
    prompt = items.prompt[one.scores.item[mine]]
    return replace(one.figures, behind_best=mean_of(difference, prompt) if len(case) else None)


def _notes(judged: list[_MeasuredJudge], items: Items) -> tuple[str, ...]:
    notes = []
    n_cases = len(np.unique(items.case[items.is_decisive]))
    partial = [one.figures.annotator for one in judged if len(one.scores.value) < n_cases]
    if partial:
        notes.append(
            f"{len(partial)} of {counted(len(judged), 'judge')} {agreeing(len(partial), 'has', 'have')} no readable verdict "
            f"on some of the {counted(n_cases, 'case')} that gold decides, first {partial[0]!r}: these are not scored, "
            f"and {agreeing(len(partial), 'its', 'their')} figures rest on other cases"
        )
    return tuple(notes)
