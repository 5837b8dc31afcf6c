"""What of a rating is the length of the response."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class LengthAudit(NamedTuple):
    """How far ratings go with length."""

    spearman: float | None
    """Rank correlation of rating and length within prompts, -1 to 1; None where either does not vary."""

    shortest: float | None
    """Share of the prompts with one winner in which it is the shortest response; None where there is no such prompt."""

    longest: float | None
    """The same with the longest."""


def audit_length(
    rating: NDArray[np.float64], length: NDArray[np.float64], prompt: NDArray[np.int64]
) -> LengthAudit:
    """Hold ratings against lengths.

    Ranks are taken within each prompt, from -1/2 for the lowest to 1/2, since prompts differ in both.

    Args:
        rating: Shape (n_responses,), finite.
        length: Shape (n_responses,).
        prompt: Shape (n_responses,), number of the prompt of each.
    """
    ranks, won = list[tuple[float, float]](), list[tuple[bool, bool]]()
    for one in np.unique(prompt):
        mine = prompt == one
        r, n = rating[mine], length[mine]
        if len(r) < 2:
            continue
        ranks += zip(_ranks(r), _ranks(n), strict=True)
        best = np.flatnonzero(r == r.max())
        if len(best) == 1 and n.min() < n.max():
            won.append((bool(n[best[0]] == n.min()), bool(n[best[0]] == n.max())))
    a, b = np.array(ranks).reshape(-1, 2).T
    varies = len(a) > 1 and a.std() > 0 and b.std() > 0
    shares = np.array(won, float).reshape(-1, 2).mean(axis=0) if won else (None, None)
    shortest, longest = (None if share is None else float(share) for share in shares)
    return LengthAudit(float(np.corrcoef(a, b)[0, 1]) if varies else None, shortest, longest)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mid-ranks, from -1/2 to 1/2."""
    below = (values[None, :] < values[:, None]).sum(axis=1)
    level = (values[None, :] == values[:, None]).sum(axis=1)
    return (below + (level - 1) / 2) / (len(values) - 1) - 0.5
