"""Cases as they are labelled by models from which a part of gold was held out."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.folds import gold_folds
from winnow.annotation.aggregation.votes import Bools, Ints
from winnow.pipelines.filters import Case, Stand
from winnow.pipelines.labels.votes import LabelledVotes, label_votes, staged_evidence
from winnow.schemas.labels import Label
from winnow.warehouse.staging import Staging

MAX_DRAWN = 20_000
"""Cases that are labelled again beside the gold items; where there are more, as many drawn at random."""


class HeldOut(NamedTuple):
    """Cases, labelled without a part of gold: those whose gold was left out, and as many as it takes to compare."""

    rows: Ints
    """Their places among the cases that were given."""

    is_held: Bools
    """Whether the gold of each was left out."""

    cases: list[Case]
    """They, with labels and weights of that model."""


def held_out_cases(cases: Sequence[Case], staging: Staging) -> Iterator[HeldOut]:
    """Label cases again for each fold of gold, by the method that made the staged labels and without the fold.

    What people verified in rounds is its own label and was not drawn at random: it anchors, and is no gold to test on.
    What does not depend on the label, near-duplicate prompts and the places in cycles, stays as it is.

    Args:
        cases: Of the staged labels.
        staging: Holds comparisons, judgments, gold and labels.
    """
    votes, gold, _, verified = staged_evidence(staging)
    is_verified = pc.is_in(gold["item_id"], pa.array(list(verified.verdicts), pa.string()))
    anchor, tested = gold.filter(is_verified), gold.filter(pc.invert(is_verified))
    if not tested.num_rows or not cases:
        return
    method = staging.read(Label)["method"][0].as_py()
    folds = list(gold_folds(tested))
    golds = [pa.concat_tables([fold.rest, anchor]) for fold in folds]
    is_drawn = _draw(len(cases))
    for fold, found in zip(folds, label_votes(votes, golds, method), strict=True):
        is_held = np.array([case.comparison_id in fold.held for case in cases], bool)
        rows = np.flatnonzero(is_held | is_drawn)
        yield HeldOut(rows, is_held[rows], relabelled([cases[row] for row in rows], found))


def _draw(n: int) -> Bools:
    is_drawn = np.zeros(n, bool)
    is_drawn[np.random.default_rng(0).permutation(n)[:MAX_DRAWN]] = True
    return is_drawn


def relabelled(cases: Sequence[Case], found: LabelledVotes) -> list[Case]:
    """Return the cases with other labels and weights; what the votes say nothing of stays as it is."""
    ids = pa.array([case.comparison_id for case in cases], pa.string())
    about = found.labels.filter(pc.is_in(found.labels["comparison_id"], ids))
    labels = about.select(["p_a", "p_b", "p_tie", "agreement", "low", "high"]).to_pylist()
    label_of = dict(zip(about["comparison_id"].to_pylist(), labels, strict=True))
    weights = {name: row["weight"] for name, row in found.annotators.items()}
    again = []
    for case in cases:
        if label := label_of.get(case.comparison_id):
            stands = tuple(_weighed(stand, weights) for stand in case.stands)
            again.append(case._replace(stands=stands, **label))
        else:
            again.append(case)
    return again


def _weighed(stand: Stand, weights: dict[str, float]) -> Stand:
    # Many times faster than _replace, and there are as many of these as judgments.
    name, weight, *more = stand
    return Stand._make((name, weights.get(name, weight), *more))
