"""Gold in parts, so that every gold item can be labelled by a model that has not seen its verdict.

The labels that an aggregation gives to gold items are each computed without the item's own verdict, and their accuracy
as a whole is honest. How sure they are is not: without a verdict that speaks against it, the model is surer of just
that label, so that of the gold labels the wrong ones look the surest. Whatever is decided on by sureness needs labels
whose model left out a part of gold, compared with all other labels of the same model.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Floats

N_FOLDS = 5


class Fold(NamedTuple):
    """One part of gold and the rest."""

    held: frozenset[str]
    """Items whose gold is left out."""

    rest: pa.Table
    """Gold of all other items."""


def folds_of(items: Iterable[str]) -> list[list[str]]:
    """Part items into `N_FOLDS`, or as many as there are; into which an item falls depends on its id alone."""
    shuffled = sorted(set(items), key=lambda i: sha256(i.encode()).digest())
    return [shuffled[k::N_FOLDS] for k in range(min(N_FOLDS, len(shuffled)))]


def gold_folds(gold: pa.Table) -> Iterator[Fold]:
    """Part gold into the folds of `folds_of`.

    Args:
        gold: item_id and verdict.
    """
    ids = pc.cast(gold["item_id"], pa.string())
    for held in folds_of(ids.unique().to_pylist()):
        is_held = pc.is_in(ids, pa.array(held, pa.string()))
        yield Fold(frozenset(held), gold.filter(pc.invert(is_held)))


def share_as_sure(sureness: Floats) -> Floats:
    """Return for each label the share of all labels that are at least as sure, itself included; shape (n_labels,)."""
    n_less = np.searchsorted(np.sort(sureness), sureness, side="left")
    share: Floats = 1 - n_less / max(len(sureness), 1)
    return share
