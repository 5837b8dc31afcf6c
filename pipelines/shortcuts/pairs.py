"""What sets the two responses of each preference apart on the surface."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.labels.codes import places
from winnow.pipelines.labels.said import read_said
from winnow.pipelines.shortcuts.surface import SURFACE, Floats, Integers, read_surface
from winnow.schemas.comparisons import Comparison
from winnow.warehouse.staging import Staging

SHOWN = ("place", "shown_first")
"""What sets two responses apart that is not in their text: which side they stood on, and which was shown first."""

_IDS = ("comparison_id", "prompt_id", "chosen_id", "rejected_id")


class Pairs(NamedTuple):
    """Preferences as numbers, one row each."""

    prompts: Integers
    """Number of the prompt, shape (n,)."""

    differences: dict[str, Floats]
    """Chosen minus rejected, shape (n,): of counts the logarithms, of `place` and `shown_first` the sign."""

    longer_by: Floats
    """Characters by which the chosen response is longer, shape (n,)."""

    chosen_model: Integers
    """Number of the model that wrote the chosen response, shape (n,)."""

    rejected_model: Integers
    """Number of the model that wrote the rejected response, shape (n,)."""

    models: list[str]
    """Names of the models, sorted."""


def read_pairs(
    staging: Staging, preferences: pa.Table, names: Collection[str] = (*SURFACE, *SHOWN)
) -> Pairs:
    """Measure both sides of preferences.

    Args:
        staging: Holds their responses, comparisons and judgments.
        preferences: Columns comparison_id, prompt_id, chosen_id and rejected_id.
        names: What to tell them apart by, of `SURFACE` and `SHOWN`; length and model are always there.
    """
    ids = preferences.select(list(_IDS))
    both = pa.chunked_array([*ids["chosen_id"].chunks, *ids["rejected_id"].chunks], pa.string())
    counted = [name for name in names if name in SURFACE]
    surface = read_surface(staging, pc.unique(both), {"length", *counted})
    chosen, rejected = surface.rows_of(ids["chosen_id"]), surface.rows_of(ids["rejected_id"])
    logs = {name: np.log1p(surface.counts[name]) for name in counted}
    differences = {name: logs[name][chosen] - logs[name][rejected] for name in counted}
    if set(SHOWN) & set(names):
        differences |= zip(SHOWN, _sides(staging, ids), strict=True)
    models, model = _numbered(surface.models)
    return Pairs(
        prompts=_numbers(ids["prompt_id"]),
        differences=differences,
        longer_by=surface.counts["length"][chosen] - surface.counts["length"][rejected],
        chosen_model=model[chosen],
        rejected_model=model[rejected],
        models=models,
    )


def _sides(staging: Staging, ids: pa.Table) -> tuple[Floats, Floats]:
    """Return on which side the chosen response stood, 1 or -1, and whether it was shown first more often than last."""
    wanted = ids["comparison_id"].combine_chunks()
    compared = staging.read(Comparison, ("comparison_id", "response_ids"))
    row = pc.index_in(wanted, value_set=compared["comparison_id"].combine_chunks())
    sides = compared["response_ids"].combine_chunks().take(row)
    is_a = pc.equal(pc.list_element(sides, 0), ids["chosen_id"].combine_chunks())
    place = np.where(np.asarray(is_a), 1.0, -1.0)
    said = read_said(staging, ("comparison_id", "order", "verdict"))
    about = places(said["comparison_id"], wanted)
    is_said = (about >= 0) & (places(said["verdict"], pa.array(["a", "b", "tie"])) >= 0)
    orders = places(said["order"], pa.array(["ab", "ba"]))
    n_ab, n_ba = (
        np.bincount(about[is_said & (orders == o)], minlength=len(wanted)) for o in (0, 1)
    )
    return place, np.sign(n_ab - n_ba) * place


def _numbered(words: pa.Array) -> tuple[list[str], Integers]:
    """Return the distinct words, sorted, and the number of each row's."""
    encoded = words.dictionary_encode()
    known = encoded.dictionary.to_pylist()
    in_order = sorted(known)
    number = np.array([in_order.index(word) for word in known], np.int64)
    return in_order, number[np.asarray(encoded.indices)]


def _numbers(column: pa.ChunkedArray) -> Integers:
    encoded = column.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices, np.int64)
