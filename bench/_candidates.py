"""Criteria of known worth: a few that predict the label, among many that do not, or only through the length of responses."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from winnow.annotation.rubrics.proving.trials import Criteria, Trials
from winnow.annotation.rubrics.proving.tried import SaidByRubric, TriedRubric

LONGER = 0.65
"""How often the label prefers the longer response."""


class Design(NamedTuple):
    """What candidates are made of."""

    n_comparisons: int = 400
    """Held-out comparisons, each of its own prompt."""

    n_candidates: int = 200
    """Criteria that are tried."""

    n_real: int = 20
    """Those of them that predict the label."""

    validity: tuple[float, float] = (0.68, 0.85)
    """How often a real one that separates two responses agrees with the label: from least to most."""

    applicability: tuple[float, float] = (0.15, 0.6)
    """How often a criterion separates two responses: from least to most."""

    by_length: tuple[float, float] = (0.0, 0.5)
    """How often a criterion follows the length alone, from least to most; half of the candidates do not at all."""


class Candidates(NamedTuple):
    """A draw of a design."""

    tried: TriedRubric
    """All candidates as one rubric, applied without error by one judge."""

    is_real: NDArray[np.bool_]
    """Shape (n_candidates,)."""

    follows_length: NDArray[np.bool_]
    """Shape (n_candidates,)."""


def draw(design: Design, seed: int) -> Candidates:
    """Draw comparisons and what each candidate says of them.

    A candidate separates a comparison with the probability of its applicability. It then favours the longer response with
    the probability that it goes by length, and else what the label prefers with the probability of its validity, which of a
    false one is a half.
    """
    rng = np.random.default_rng(seed)
    n, k = design.n_comparisons, design.n_candidates
    length = np.round(np.exp(rng.normal(6, 0.6, (n, 2)))) + 1
    longer = np.where(length[:, 0] >= length[:, 1], 1.0, -1.0)
    sign = longer * np.where(rng.random(n) < LONGER, 1, -1)
    is_real = np.arange(k) < design.n_real
    follows_length = np.arange(k) % 2 == 1
    validity = np.where(is_real, rng.uniform(*design.validity, k), 0.5)
    by_length = np.where(follows_length, rng.uniform(*design.by_length, k), 0.0)
    separates = rng.random((k, n)) < rng.uniform(*design.applicability, k)[:, None]
    agrees = np.where(rng.random((k, n)) < validity[:, None], sign, -sign)
    favoured = np.where(rng.random((k, n)) < by_length[:, None], longer, agrees)
    both = (rng.random((k, n)) < 0.5).astype(np.float64)
    met = np.stack(
        [np.where(separates, favoured > 0, both), np.where(separates, favoured < 0, both)], axis=-1
    )
    none = np.full((1, n, 3), np.nan)
    heard = SaidByRubric(
        judges=["judge"],
        met=met[None],
        asked=np.ones((1, k, n, 2), bool),
        votes=none,
        without=none,
        control=none,
        people=np.empty((0, k, n, 2)),
    )
    trials = Trials(sign, np.arange(n), np.arange(2 * n).reshape(n, 2), length)
    criteria = Criteria(np.ones(k), np.zeros(k, bool))
    tried = TriedRubric("candidates", [f"{i:03d}" for i in range(k)], criteria, trials, heard)
    return Candidates(tried, is_real, follows_length)
