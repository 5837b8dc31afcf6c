"""A subset of preferences in which shortcuts no longer predict what is chosen."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.shortcuts.pairs import SHOWN, Pairs, read_pairs
from winnow.pipelines.shortcuts.surface import SURFACE, Integers
from winnow.warehouse.staging import Staging

BALANCED = (*SURFACE, *SHOWN, "model")
"""Shortcuts that can be balanced: all that guess without having been fitted, and the model."""

_SIZES = 4
_READ = ("preference_id", "comparison_id", "prompt_id", "chosen_id", "rejected_id", "margin")


DROPPED = pa.schema([("comparison_id", pa.string()), ("detail", pa.string())])
"""Preferences that rebalancing leaves out, and why."""


def rebalance(preferences: pa.Table, shortcuts: Sequence[str], staging: Staging) -> pa.Table:
    """Choose the preferences to leave out so that the shortcuts guess half of the rest rightly.

    Preferences are put into cells by what each shortcut sees: which way it guesses and how large the difference is, in
    four classes of equal size; for `model`, which two models. Each cell has a mirror image in which every guess is the
    other way round. Of the two, the fuller one loses its smallest margins until both hold the same. Ties stay, and so do
    preferences that no shortcut tells apart.

    Args:
        preferences: Rows of the preferences table, all that are about to be published.
        shortcuts: Which to balance together, of `BALANCED`.
        staging: Holds their responses, comparisons and judgments.

    Returns:
        A table of `DROPPED`.
    """
    if not shortcuts:
        return DROPPED.empty_table()
    decided = preferences.select(list(_READ)).filter(pc.invert(preferences["is_tied"]))
    if not decided.num_rows:
        return DROPPED.empty_table()
    decided = decided.sort_by([("margin", "ascending"), ("preference_id", "ascending")])
    pairs = read_pairs(staging, decided, shortcuts)
    cells = np.column_stack([part for name in shortcuts for part in _cells(name, pairs)])
    ways, classes = cells[:, ::2], cells[:, 1::2]
    # Mirror images share a key: the way in which the first shortcut that guesses at all does so is made positive.
    first = ways[np.arange(len(ways)), (ways != 0).argmax(axis=1)]
    keys = np.column_stack([ways * first[:, None], classes])
    _, cell = np.unique(keys, axis=0, return_inverse=True)
    what = " and ".join(shortcuts)
    margins = decided["margin"].to_pylist()
    surplus = list(_surplus(cell, first))
    details = [
        f"{what}: {n} such preferences against {n_mirrored} that are its mirror image, and of"
        f" the {n} this is one of the {n - n_mirrored} with the smallest margins, {margins[i]:.3f}"
        for i, n, n_mirrored in surplus
    ]
    ids = decided["comparison_id"].take(pa.array([i for i, *_ in surplus], pa.int64()))
    return pa.table([ids, details], schema=DROPPED)


def _cells(name: str, pairs: Pairs) -> tuple[Integers, Integers]:
    """Return the way of the guess, -1, 0 or 1, and the class it is balanced within."""
    if name == "model":
        one, other = pairs.chosen_model, pairs.rejected_model
        both = np.minimum(one, other) * len(pairs.models) + np.maximum(one, other)
        return np.sign(other - one), np.where(one == other, 0, both)
    differences = pairs.differences[name]
    ways, sizes = np.sign(differences).astype(np.int64), np.abs(differences)
    if not ways.any():
        return ways, ways
    edges = np.unique(np.quantile(sizes[ways != 0], np.arange(1, _SIZES) / _SIZES))
    return ways, np.where(ways == 0, 0, np.searchsorted(edges, sizes, side="right"))


def _surplus(cell: Integers, first: Integers) -> Iterable[tuple[int, int, int]]:
    """Return the row, its side's count and the other side's of all that is too many; rows come by ascending margin."""
    n_cells = int(cell.max()) + 1
    counts = {way: np.bincount(cell[first == way], minlength=n_cells) for way in (-1, 1)}
    for way in (-1, 1):
        left = np.maximum(counts[way] - counts[-way], 0)
        for row in np.flatnonzero(first == way).tolist():
            if left[cell[row]]:
                left[cell[row]] -= 1
                yield row, int(counts[way][cell[row]]), int(counts[-way][cell[row]])
