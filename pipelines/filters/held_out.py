"""Cases as they are labelled by models from which a part of gold was held out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.folds import gold_folds
from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.pipelines.filters.cases import Cases
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

    cases: Cases
    """They, with labels and weights of that model."""


def held_out_cases(cases: Cases, staging: Staging) -> Iterator[HeldOut]:
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
    if not tested.num_rows or not len(cases):
        return
    method = staging.read(Label, ["method"])["method"][0].as_py()
    folds = list(gold_folds(tested))
    golds = [pa.concat_tables([fold.rest, anchor]) for fold in folds]
    is_drawn = _draw(len(cases))
    for fold, found in zip(folds, label_votes(votes, golds, method), strict=True):
        is_held = np.zeros(len(cases), bool)
        is_held[cases.rows_of(pa.array(list(fold.held), pa.string()))] = True
        rows = np.flatnonzero(is_held | is_drawn)
        yield HeldOut(rows, is_held[rows], relabelled(cases.take(rows), found))


def _draw(n: int) -> Bools:
    is_drawn = np.zeros(n, bool)
    is_drawn[np.random.default_rng(0).permutation(n)[:MAX_DRAWN]] = True
    return is_drawn


def relabelled(cases: Cases, found: LabelledVotes) -> Cases:
    """Return the cases with other labels and weights; what the votes say nothing of stays as it is."""
    place = pc.index_in(cases.comparison_id, found.labels["comparison_id"].combine_chunks())
    is_found = np.asarray(pc.is_valid(place))
    labels: dict[str, Any] = {
        name: _instead(getattr(cases, name), is_found, found.labels[name].take(place))
        for name in ("p_a", "p_b", "p_tie", "agreement", "low", "high")
    }
    stands = cases.stands
    weights = [found.annotators.get(name, {"weight": None})["weight"] for name in stands.names]
    new = np.array(weights, float)[stands.annotator]
    weight = np.where(is_found[stands.case] & ~np.isnan(new), new, stands.weight)
    return replace(cases, stands=replace(stands, weight=weight), **labels)


def _instead(old: Floats, is_found: Bools, new: pa.ChunkedArray) -> Floats:
    return np.where(is_found, np.asarray(new.fill_null(float("nan")), np.float64), old)
