"""No label contradicts every verdict, whichever method made it."""

from dataclasses import replace

import numpy as np

from winnow.annotation.aggregation.gold import CLASSES
from winnow.annotation.aggregation.posterior import Posterior
from winnow.annotation.aggregation.sums import count_by
from winnow.annotation.aggregation.votes import Bools, Floats, Votes
from winnow.schemas.plurals import agreeing, counted

A, B = CLASSES.index("a"), CLASSES.index("b")
LEAST = 1e-5
"""Least probability of a class that somebody named, where nothing else would be left of it."""
HAIR = 1e-6
"""Part by which a class that nobody named stays below the likeliest that somebody did."""


def keep_to_verdicts(posterior: Posterior, votes: Votes) -> Posterior:
    """Hold no class that nobody named for as probable as the likeliest that somebody did.

    A method may have reason to: gold may show that annotators are wrong where they agree, or that ties are more frequent
    than anybody says. Then the likeliest that was said is held for a hair likelier than the likeliest that was not, which
    says that nothing is known. An item without a readable verdict keeps its prior.

    Args:
        posterior: What a method gives.
        votes: The verdicts; of an annotator that contradicts itself each counts as named.
    """
    is_named = _named(votes)
    p = posterior.probabilities
    best, other = (np.where(named, p, 0.0).max(axis=1) for named in (is_named, ~is_named))
    is_over = is_named.any(axis=1) & (other > best * (1 - HAIR))
    if not is_over.any():
        return posterior
    held = p.copy()
    held[is_over] = _held(p[is_over], is_named[is_over])
    n = int(is_over.sum())
    note = (
        f"{counted(n, 'label')} would have said what no verdict on {agreeing(n, 'its', 'their')} item says, "
        f"and {agreeing(n, 'is', 'are')} held for undecided"
    )
    low, high = _intervals(posterior, held, is_over)
    notes = (*posterior.notes, note)
    return replace(posterior, probabilities=held, low=low, high=high, notes=notes)


def _named(votes: Votes) -> Bools:
    """Say which of a, b and tie some readable verdict names; shape (n_items, 3)."""
    named = [votes.item[votes.verdict == code] for code in range(len(CLASSES))]
    return np.column_stack([count_by(item, votes.n_items) > 0 for item in named])


def _held(p: Floats, is_named: Bools) -> Floats:
    """Cap what nobody named a hair below the likeliest that was named; rows sum to 1."""
    named = np.where(is_named, np.maximum(p, LEAST), 0.0)
    cap = named.max(axis=1, keepdims=True) * (1 - HAIR)
    capped = np.where(is_named, named, np.minimum(p, cap))
    return np.asarray(capped / capped.sum(axis=1, keepdims=True))


def _intervals(
    posterior: Posterior, held: Floats, is_moved: Bools
) -> tuple[Floats | None, Floats | None]:
    """Widen the intervals of P(a | a or b) of the items that were moved, so that they hold it."""
    low, high = posterior.low, posterior.high
    if low is None or high is None:
        return low, high
    share = held[:, A] / np.maximum(held[:, A] + held[:, B], LEAST)
    return (
        np.where(is_moved, np.minimum(low, share), low),
        np.where(is_moved, np.maximum(high, share), high),
    )
