"""What people should see next."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy import sparse

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.annotation.rounds.label_state import ASKED, AUDIT, CHOSEN, LabelState
from winnow.schemas.ids import content_id

PRIOR_WORTH = 1.0
"""Identical items that the model's own doubt is worth against what turned out at similar ones."""
LOOKED_AT = 20
"""Items compared with each other for each one chosen; the others have too little risk to matter."""
CHUNK = 10_000
"""Items worked on at once."""


class Pick(NamedTuple):
    """One item that people should see."""

    item: int
    """Index of the item."""

    purpose: str
    """Why: `AUDIT` or `CHOSEN`."""

    is_new: bool
    """False for an item that people were asked already for the other purpose, so that nobody is asked."""


def choose(
    state: LabelState,
    vectors: sparse.csr_array,
    n: int,
    *,
    audit_share: float,
    seed: int = 0,
    can_be_asked: Bools | None = None,
) -> list[Pick]:
    """Choose the items of a round: a random share, and for the rest those whose labels are most likely wrong.

    The random share walks down one fixed shuffle of all items, whoever judged them before and why, so that all it has
    reached is a random sample of everything. The rest are those of the highest `risk`, each item discounted by its likeness to those
    already in the round, so that people do not see the same thing ten times. While nobody has said anything, everything
    is random: this is the seed.

    Args:
        state: Where the labels stand.
        vectors: Shape (n_items, n_dimensions): what each item is like, rows of length 1 or 0.
        n: Items that people can judge in this round; fewer come back where fewer are left.
        audit_share: Share of them drawn at random.
        seed: Seed of the shuffle; the same in every round.
        can_be_asked: Shape (n_items,): False for items that no person can judge, so that the estimate of accuracy is
            about the others; None for none.
    """
    n_audit = round(n * audit_share) if state.is_audit.any() else n
    taken = state.is_taken
    shuffled = _shuffle(state.items.to_pylist(), seed)
    if can_be_asked is not None:
        shuffled = shuffled[can_be_asked[shuffled]]
    picks = list(_audited(state, shuffled, taken, n_audit))
    taken[[pick.item for pick in picks]] = True
    n_left = n - sum(pick.is_new for pick in picks)
    is_wanted = ~state.is_chosen
    is_wanted[[pick.item for pick in picks]] = False
    wanted = shuffled[is_wanted[shuffled]]
    return picks + list(_doubted(risk(state, vectors), wanted, taken, vectors, n_left))


def add_asked(asked: pa.Table, state: LabelState, picks: Sequence[Pick], number: int) -> pa.Table:
    """Add the picks of a round to what people were asked before, in the form of `ASKED`."""
    rows = [(state.items[p.item].as_py(), number, p.purpose) for p in picks]
    new = pa.Table.from_pylist([dict(zip(ASKED.names, row, strict=True)) for row in rows], ASKED)
    return pa.concat_tables([asked, new])


def risk(state: LabelState, vectors: sparse.csr_array) -> Floats:
    """Return the probability that each item's label is wrong, corrected by what people found at similar items.

    The model's doubt is 1 minus the probability of its likeliest verdict. Where people contradicted the model more, or
    less, often than its doubt foresaw, items like those have more, or less, risk: the mean surprise, weighted by
    similarity, with `PRIOR_WORTH` of no surprise (Nadaraya-Watson, shrunk). An item is no evidence about itself.

    Returns:
        Shape (n_items,); about a probability, not clipped.
    """
    doubt = 1 - state.probabilities.max(axis=1)
    known = np.flatnonzero(state.is_verified)
    surprise = state.is_wrong[known] - doubt[known]
    seen = vectors[known].T.tocsc()
    column = np.full(len(doubt), -1)
    column[known] = np.arange(len(known))
    corrected = doubt.copy()
    for start in range(0, len(doubt), CHUNK):
        alike = np.maximum(np.asarray((vectors[start : start + CHUNK] @ seen).todense()), 0)
        own = column[start : start + CHUNK]
        alike[np.flatnonzero(own >= 0), own[own >= 0]] = 0
        part = slice(start, start + len(alike))
        corrected[part] += alike @ surprise / (PRIOR_WORTH + alike.sum(axis=1))
    return corrected


def _shuffle(ids: list[str], seed: int) -> Ints:
    draws = [content_id([seed, AUDIT, item_id]) for item_id in ids]
    return np.array(sorted(range(len(ids)), key=draws.__getitem__), np.int64)


def _audited(state: LabelState, shuffled: Ints, taken: Bools, n: int) -> Iterator[Pick]:
    for item in shuffled[~state.is_audit[shuffled]].tolist():
        if n == 0:
            return
        is_new = not taken[item]
        n -= is_new
        yield Pick(item, AUDIT, is_new)


def _doubted(
    doubts: Floats, wanted: Ints, taken: Bools, vectors: sparse.csr_array, n: int
) -> Iterator[Pick]:
    n_looked_at = max(LOOKED_AT * n, 1)
    # Stable, so that equal risks keep their shuffled order and the same state gives the same round.
    looked_at = wanted[np.argsort(-doubts[wanted], kind="stable")][:n_looked_at]
    own = vectors[looked_at]
    risks = np.maximum(doubts[looked_at], 0)
    closest = np.zeros(len(looked_at))
    is_left = np.ones(len(looked_at), bool)
    while n and is_left.any():
        best = int(np.where(is_left, risks * (1 - closest), -1).argmax())
        is_left[best] = False
        item = int(looked_at[best])
        is_new = not taken[item]
        n -= is_new
        closest = np.maximum(closest, np.asarray((own @ own[[best]].T).todense()).ravel())
        yield Pick(item, CHOSEN, is_new)
