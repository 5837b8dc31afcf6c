"""What the verdicts on the criteria of a rubric add up to."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from winnow.schemas.rubrics import Criterion

TotalRule = Literal["weighted", "gated", "positive_only"]
"""How verdicts add up: by weight; by weight where every hard rule is met and else 0; or so that the rest of the rubric
only tells apart the responses that meet every hard rule."""

Met = Mapping[str, float | None]
"""By criterion_id how far a response meets it, 0..1; None where it does not apply. What was not answered is left out."""

REFINES = 0.2
"""Share of a positive-only total that the rest of the rubric decides."""
HALF_MET = 0.5
"""From here on a graded criterion counts as met."""


def total_of(
    criteria: Sequence[Criterion], met: Met, rule: TotalRule = "weighted", least: float = 0.0
) -> float | None:
    """Add up the verdicts on one response.

    A criterion that requires others counts as not met unless they all are; where one of those does not apply it does not
    either, and where one was not answered nor is it. A required criterion that is not among these counts as met.

    Args:
        criteria: Those of the rubric.
        met: What was found.
        rule: How it adds up.
        least: Share of the weight that has to be answered; that a criterion does not apply is an answer.

    Returns:
        The weighted mean of what is met, less the weight of the pitfalls that are, at most 1; gated and positive-only totals
        are 0..1. None where too little was answered, a hard rule that gates was not, or nothing applies.
    """
    settled = settle(criteria, met)
    weights = _weights(criteria)
    answered = math.fsum(weights[i] for i in settled)
    if not criteria or answered < least * math.fsum(weights.values()):
        return None
    mean = _mean(criteria, settled, weights)
    if rule == "weighted":
        return mean
    hard = [c for c in criteria if is_hard(c)]
    if any(c.criterion_id not in settled for c in hard):
        return None
    degrees = [settled[c.criterion_id] for c in hard]
    passes = all(degree is None or degree >= HALF_MET for degree in degrees)
    if rule == "gated":
        return mean if mean is None else passes * _bounded(mean)
    rest = [c for c in criteria if not is_hard(c)]
    refined = _mean(rest, settled, weights)
    if refined is None and all(degree is None for degree in degrees):
        return None
    return positive_only(passes, 1.0 if refined is None else _bounded(refined))


def totals_by_turn(criteria: Sequence[Criterion], met: Met) -> dict[int, float]:
    """Add up by weight what was found of each turn of the user that criteria are about; turns of which nothing applies are left out."""
    settled, weights = settle(criteria, met), _weights(criteria)
    turns = sorted({c.turn for c in criteria if c.turn is not None})
    means = {t: _mean([c for c in criteria if c.turn == t], settled, weights) for t in turns}
    return {turn: mean for turn, mean in means.items() if mean is not None}


def positive_only(passes: bool, refined: float) -> float:
    """Let a rubric refine only among the responses that passed a hard check.

    Args:
        passes: Whether the response passed.
        refined: What the rubric says of it, 0..1.

    Returns:
        0 where it did not pass, else from 1 - `REFINES` to 1.
    """
    return passes * (1 - REFINES + REFINES * refined)


def settle(criteria: Sequence[Criterion], met: Met) -> dict[str, float | None]:
    """Let what criteria require decide whether they count; of a circle, all stand or fall together."""
    settled = {c.criterion_id: met[c.criterion_id] for c in criteria if c.criterion_id in met}
    known = {c.criterion_id for c in criteria}
    required = {c.criterion_id: [i for i in c.requires if i in known] for c in criteria}
    is_changed = True
    while is_changed:  # each round settles one more, of as many as there are
        is_changed = False
        for criterion_id in list(settled):
            before = settled[criterion_id]
            if not before:
                continue
            others = required[criterion_id]
            if any(i not in settled for i in others):
                del settled[criterion_id]
            elif any(settled[i] is None for i in others):
                settled[criterion_id] = None
            elif any((settled[i] or 0.0) < HALF_MET for i in others):
                settled[criterion_id] = 0.0
            else:
                continue
            is_changed = True
    return settled


def is_pitfall(criterion: Criterion) -> bool:
    """Say whether a response that meets it loses by it."""
    return criterion.importance == "pitfall" or criterion.weight < 0


def is_hard(criterion: Criterion) -> bool:
    """Say whether a response must meet it."""
    is_rule = criterion.kind == "hard_rule" or criterion.importance == "essential"
    return is_rule and not is_pitfall(criterion)


def _weights(criteria: Sequence[Criterion]) -> dict[str, float]:
    """Return the weights, all above or at 0; where all are 0, each counts alike."""
    weights = {c.criterion_id: abs(c.weight) for c in criteria}
    return weights if any(weights.values()) else dict.fromkeys(weights, 1.0)


def _mean(criteria: Sequence[Criterion], met: Met, weights: Mapping[str, float]) -> float | None:
    """Compute the weighted mean of what is met, less what pitfalls cost; None where nothing applies."""
    gained: list[tuple[float, float]] = []
    lost: list[tuple[float, float]] = []
    for criterion in criteria:
        degree = met.get(criterion.criterion_id)
        if degree is not None:
            weight = weights[criterion.criterion_id]
            (lost if is_pitfall(criterion) else gained).append((weight, weight * degree))
    scale = math.fsum(weight for weight, _ in gained or lost)
    if not scale:
        return None
    gain, loss = (math.fsum(part for _, part in parts) for parts in (gained, lost))
    return (gain - loss) / scale


def _bounded(total: float) -> float:
    return min(1.0, max(0.0, total))
