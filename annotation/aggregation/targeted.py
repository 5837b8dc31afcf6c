"""The labels of a plain table that fulfil a target."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.aggregate import aggregate_each
from winnow.annotation.aggregation.folds import gold_folds, share_as_sure
from winnow.annotation.aggregation.gold import CLASSES, UNKNOWN, read_gold
from winnow.annotation.aggregation.methods import DEFAULT
from winnow.annotation.aggregation.target import Decision, Target, decide, round_between
from winnow.annotation.aggregation.votes import Bools, Floats


class Kept(NamedTuple):
    """Which labels fulfil a target."""

    is_kept: Bools
    """Shape (n_items,): all False where the target is refused."""

    threshold: float | None
    """Probability of the likeliest verdict from which on labels are kept; None where the target is refused."""

    decision: Decision
    """What gold says."""


def keep_to_target(
    judgments: pa.Table,
    gold: pa.Table,
    labels: pa.Table,
    target: Target,
    *,
    method: str = DEFAULT,
) -> Kept:
    """Find as many labels, surest first, as gold shows to be right often enough.

    Gold must be drawn at random from the items: what is shown is shown of items like those that have gold.

    Args:
        judgments: As `aggregate` takes them.
        gold: As `aggregate` takes it.
        labels: What `aggregate` made of both.
        target: What is wanted.
        method: The method that made the labels; it is used again on parts of gold.
    """
    verdict = read_gold(gold, labels["item_id"].combine_chunks()).verdict
    rows = {item: row for row, item in enumerate(labels["item_id"].to_pylist())}
    share, is_right = np.ones(labels.num_rows), np.zeros(labels.num_rows, bool)
    folds = list(gold_folds(gold))
    unseen = aggregate_each(judgments, [fold.rest for fold in folds], method=method)
    for fold, found in zip(folds, unseen, strict=True):
        held = [rows[item] for item in fold.held if item in rows]
        p = _probabilities(found.labels)
        share[held] = share_as_sure(p.max(axis=1))[held]
        is_right[held] = p.argmax(axis=1)[held] == verdict[held]
    known = verdict != UNKNOWN
    sureness = _probabilities(labels).max(axis=1)
    decision = decide(target, share[known], is_right[known], -np.sort(-sureness))
    if decision.share is None:
        return Kept(np.zeros(labels.num_rows, bool), None, decision)
    is_kept = share_as_sure(sureness) < decision.share
    above = sureness[~is_kept].max(initial=0.0)
    return Kept(is_kept, round_between(above, sureness[is_kept].min(initial=1.0)), decision)


def _probabilities(labels: pa.Table) -> Floats:
    columns = [np.asarray(labels[f"p_{name}"]) for name in CLASSES]
    return np.column_stack(columns)
