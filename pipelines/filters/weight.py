"""How the annotators' weight is divided."""

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.pipelines.filters.stands import Stands
from winnow.schemas.judgments import Kind, Verdict
from winnow.schemas.sides import OTHER_VERDICT

MODELS: tuple[Kind, ...] = ("llm", "reward_model")
"""Kinds of annotator that are models with an opinion of their own; a verifier measures."""

CAMPS: tuple[Verdict, ...] = ("a", "b", "tie")
"""What annotators can speak for."""

_OTHER = np.array([CAMPS.index(OTHER_VERDICT[camp]) for camp in CAMPS])


def held_share(stands: Stands, holds: Bools) -> Floats:
    """Return for each comparison the share of the weight, without its sign, that is held by some; 0 of nobody.

    Where nobody has weight, each annotator counts alike.

    Args:
        stands: The annotators that count.
        holds: Which of them, shape (n_stands,).

    Returns:
        Shares from 0 to 1, shape (n_cases,).
    """
    weights = _weights(stands)
    total = stands.sum(weights)
    held = stands.sum(np.where(holds, weights, 0.0))
    return held / np.where(total > 0, total, 1.0)


def camps(stands: Stands) -> Floats:
    """Divide the weight by what it speaks for; shares sum to 1, all are 0 where nobody says anything.

    Who cannot hold its verdict speaks for nothing. What an annotator of negative weight says counts for the other side.

    Returns:
        The share of each of `CAMPS`, shape (n_cases, 3).
    """
    heard = stands.only(stands.verdict != "")
    weights = _weights(heard)
    share = weights / heard.sum(weights)[heard.case]
    verdict = np.select([heard.verdict == camp for camp in CAMPS], range(len(CAMPS)))
    camp = np.where(heard.weight < 0, _OTHER[verdict], verdict)
    return np.column_stack([heard.sum(np.where(camp == i, share, 0)) for i in range(len(CAMPS))])


def majority(shares: Floats) -> Ints:
    """Return the place in `CAMPS` of the one with most weight; -1 where two have as much, or nobody says anything."""
    ordered = np.sort(shares, axis=1)
    is_clear = (ordered[:, -1] > 0) & (ordered[:, -1] - ordered[:, -2] >= 1e-9)
    return np.where(is_clear, shares.argmax(axis=1), -1)


def _weights(stands: Stands) -> Floats:
    weights = np.abs(stands.weight)
    return np.where(stands.sum(weights)[stands.case] > 0, weights, 1.0)
