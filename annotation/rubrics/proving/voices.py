"""Who says what of a rubric: all judges together, and each by itself."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.rubrics.proving.difference import total_outcome
from winnow.annotation.rubrics.proving.trials import leans, majority
from winnow.annotation.rubrics.proving.tried import TriedRubric


class Voice(NamedTuple):
    """All judges together, or one."""

    annotator_id: str | None
    """The one judge; None for all together."""

    weight: Floats
    """How much each judge counts in it; shape (n_judges,)."""


def voices(judges: Sequence[str], weight: Floats) -> list[Voice]:
    """Return all judges together, by their weights, and each alone."""
    return [Voice(None, weight), *map(Voice, judges, np.eye(len(judges)))]


def leans_by(tried: TriedRubric) -> Floats:
    """Say how far each judge leans to a by the rubric: by its verdicts, or else its totals; shape (n_judges, n)."""
    said = leans(tried.heard.votes)
    alone, a_is_better = np.ones((1, 1, 1, 1)), np.ones(tried.trials.n)
    totals = [
        np.sign(total_outcome(majority(met[None], alone), tried.criteria.signed, a_is_better))
        for met in tried.heard.met
    ]
    return np.where(np.isnan(said), np.array(totals).reshape(said.shape), said)


def totals_by(tried: TriedRubric, weight: Floats) -> Floats:
    """Say whether the totals of what judges find together agree with the labels; shape (n,), see `total_outcome`."""
    met = majority(tried.heard.met, weight[:, None, None, None])
    return total_outcome(met, tried.criteria.signed, tried.trials.sign)
