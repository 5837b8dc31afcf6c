"""What judges said of held-out comparisons, in a few words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.annotation.rubrics.proving.prove import prove
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.annotation.rubrics.proving.trials import AB, BA, NO_ORDER, Criteria, Trials
from winnow.annotation.rubrics.proving.tried import SaidByRubric, TriedRubric
from winnow.schemas.rubrics import Proof

Floats = NDArray[np.float64]


def trials(n: int, length: Floats | None = None, cluster: Sequence[int] | None = None) -> Trials:
    """Comparisons of which the label prefers a and b in turn, in pairs, so that no place is always right."""
    sign = np.where(np.arange(n) % 4 < 2, 1.0, -1.0)
    numbers = np.arange(n) if cluster is None else np.array(cluster)
    lengths = np.full((n, 2), np.nan) if length is None else length
    return Trials(sign, numbers, np.arange(2 * n).reshape(n, 2), lengths)


def verdicts(for_a: Floats, order: int | None = None) -> Floats:
    """Votes of one judge, shape (1, n, 3): 1 for a, -1 for b, the same in both orders unless one is named."""
    found = np.full((1, len(for_a), 3), np.nan)
    for place in (AB, BA) if order is None else (order,):
        found[0, :, place] = for_a
    return found


def right(tried: Trials, n_wrong: int = 0) -> Floats:
    """Verdicts that agree with the labels but for the last few."""
    agrees = np.where(np.arange(tried.n) < tried.n - n_wrong, 1.0, -1.0)
    return tried.sign * agrees


def met_where(for_a: Floats) -> Floats:
    """Criterion verdicts of one criterion: of a where 1, of b where -1, of both where 0."""
    return np.stack([for_a >= 0, for_a <= 0], axis=-1).astype(np.float64)


def tried_on(
    tried: Trials,
    met: Floats | None = None,
    *,
    judges: Sequence[str] = ("judge",),
    votes: Floats | None = None,
    pitfalls: Sequence[int] = (),
    **more: Any,
) -> TriedRubric:
    """A rubric with what was said by it; `met` of shape (n_criteria, n, 2) is what each judge says."""
    met = np.empty((0, tried.n, 2)) if met is None else met
    by_judge = met if met.ndim == 4 else np.stack([met] * len(judges))
    k = by_judge.shape[1]
    none = np.full((len(judges), tried.n, 3), np.nan)
    heard = SaidByRubric(
        judges=list(judges),
        met=by_judge,
        asked=more.pop("asked", np.ones(by_judge.shape, bool)),
        votes=none if votes is None else votes,
        without=more.pop("without", none),
        control=more.pop("control", none),
        people=more.pop("people", np.empty((0, k, tried.n, 2))),
    )
    is_pitfall = np.isin(np.arange(k), pitfalls)
    criteria = Criteria(more.pop("weight", np.ones(k)), is_pitfall)
    return TriedRubric("rubric", [f"c{i}" for i in range(k)], criteria, tried, heard)


def proven(
    one: TriedRubric, criterion: str | None = None, judge: str | None = None, **thresholds: Any
) -> Proof:
    """The proof of a criterion, or of the rubric, by all judges together or one."""
    found = prove([one], ProofThresholds(**thresholds), "r" * 64)
    (proof,) = (p for p in found if (p.criterion_id, p.annotator_id) == (criterion, judge))
    return proof


__all__ = ["AB", "BA", "NO_ORDER", "met_where", "proven", "right", "trials", "tried_on", "verdicts"]
