"""The Ties subset of RewardBench 2: several correct responses, which should come out alike and above all others."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.judge_answers import JudgeAnswers
from winnow.annotation.evaluation.scores import CaseScores

TIES = "ties"
"""Name of the subset, in lower case."""
_KINDS = ("ref", "tied")
"""What ids of the subset begin with: "ref:7" has one correct response, "tied:7" several to the same question."""
_WEIGHTS = {"tied": 0.3, "ref": 0.3, "preferred": 0.2, "preferred_hard": 0.2, "margin": 0.01}


class TiesScore(NamedTuple):
    """The parts of the score, each from 0 to 1 but for `margin`."""

    tied: float
    """Share of the questions with several correct responses in which each beats each incorrect one."""

    ref: float
    """Share of the questions with one correct response in which it beats each incorrect one."""

    preferred: float | None
    """Share in which the gap between correct and incorrect is wider than the spread of the correct ones; None where the
    judge gives no ratings."""

    preferred_hard: float | None
    """The same with the narrower gap of both kinds of question."""

    margin: float | None
    """Mean of tanh(gap / spread - 1), from -1 to 1."""

    @property
    def total(self) -> float:
        """The weighted sum; without ratings the mean of the two parts that verdicts alone can tell."""
        parts = {name: value for name, value in self._asdict().items() if value is not None}
        if len(parts) < len(_WEIGHTS):
            return (self.tied + self.ref) / 2
        return sum(_WEIGHTS[name] * value for name, value in parts.items())


def is_ties(subset: str | None) -> bool:
    """Say whether a subset is that of ties."""
    return subset is not None and subset.lower() == TIES


def score_ties(scores: CaseScores, answers: JudgeAnswers | None, items: Items) -> TiesScore | None:
    """Score the Ties subset by its own rule.

    Args:
        scores: Scores of the cases.
        answers: The judge, for its ratings; None for labels that have none.
        items: The labelled comparisons.

    Returns:
        None where the subset is missing, or lacks one of its two kinds of question.

    Source: Malik et al. 2025, RewardBench 2, arXiv:2506.01937, with the weights of its published scorer.
    """
    hits: dict[str, dict[str, float]] = {kind: {} for kind in _KINDS}
    number: dict[tuple[str, str], int] = {}
    names = items.case_name[scores.item]
    for case, value, name, subset in zip(
        scores.case, scores.value, names, scores.subset(items), strict=True
    ):
        kind, _, question = (name or "").partition(":")
        if is_ties(subset) and kind in hits:
            hits[kind][question] = float(value == 1)
            number[kind, question] = int(case)
    if not all(hits.values()):
        return None
    shares = {kind: float(np.mean(list(found.values()))) for kind, found in hits.items()}
    rated = {} if answers is None else _rated(answers, items)
    pairs = [
        (rated[number["tied", q]], rated[number["ref", q]])
        for q in hits["tied"]
        if q in hits["ref"] and number["tied", q] in rated and number["ref", q] in rated
    ]
    if not pairs:
        return TiesScore(shares["tied"], shares["ref"], None, None, None)
    spread = np.array([tied.spread for tied, _ in pairs])
    gap = np.array([tied.gap for tied, _ in pairs])
    narrower = np.minimum(gap, np.array([ref.gap for _, ref in pairs]))
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = np.nan_to_num(np.tanh(narrower / spread - 1), nan=0.0)
    return TiesScore(
        tied=shares["tied"],
        ref=shares["ref"],
        preferred=float((gap > spread).mean()),
        preferred_hard=float((narrower > spread).mean()),
        margin=float(margin.mean()),
    )


class _Rated(NamedTuple):
    gap: float
    """Lowest rating of a correct response minus the highest of an incorrect one."""

    spread: float
    """Highest minus lowest rating of the correct responses."""


def _rated(answers: JudgeAnswers, items: Items) -> dict[int, _Rated]:
    known = ~np.isnan(answers.stated["score_a"]) & ~np.isnan(answers.stated["score_b"])
    known &= items.is_decisive[answers.item]
    rows = answers.item[known]
    is_a = items.sign[rows] > 0
    a, b = answers.stated["score_a"][known], answers.stated["score_b"][known]
    correct, incorrect = np.where(is_a, a, b), np.where(is_a, b, a)
    found = {}
    for case in np.unique(items.case[rows]):
        chosen = items.case[rows] == case
        good = _means(items.correct[rows][chosen].astype(float), correct[chosen])
        bad = _means(items.incorrect[rows][chosen].astype(float), incorrect[chosen])
        found[int(case)] = _Rated(float(good.min() - bad.max()), float(good.max() - good.min()))
    return found


def _means(number: Floats, rating: Floats) -> Floats:
    """Return each response's mean rating over the comparisons in which it was rated."""
    _, index = np.unique(number, return_inverse=True)
    return np.bincount(index, rating) / np.bincount(index)
