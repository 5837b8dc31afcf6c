"""Krippendorff's alpha: agreement beyond chance, for any number of annotators and any gaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winnow.schemas.agreement import Level

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alpha:
    """An alpha with its interval."""

    value: float | None
    """1 for perfect agreement, 0 for chance; None where everyone said the same throughout, or no item has two values."""

    low: float | None
    """Lower end of the 95 % interval; None without a value."""

    high: float | None
    """Upper end of the 95 % interval; None without a value."""

    n_items: int
    """Items with at least two values."""

    n_values: int
    """Values on those items."""


def alpha(
    items: Sequence[str] | NDArray[np.int64],
    values: Sequence[float] | Floats,
    *,
    level: Level = "nominal",
    together: Sequence[str] | NDArray[np.int64] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Alpha:
    """Compute Krippendorff's alpha with a bootstrap interval over items.

    Args:
        items: Item of each value, shape (n,). An annotator's several values of one item count as several
            annotators': pass one of them.
        values: What was said, shape (n,); for the levels above nominal, numbers whose order or distance counts.
        level: Scale of the values, which decides how far two of them lie apart.
        together: What the item of each value belongs to, shape (n,), the same for all values of an item: items of one
            kind, such as those of one ranking, are resampled together. None: each item by itself.
        n_resamples: Resamples of the items that the percentile interval rests on; 0 for no interval.
        seed: Seed of the resampling.

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability".
    """
    counts, scale = _count(items, values)
    # Items with the same counts are the same to alpha, and there are few kinds of them among any number of items.
    kinds, n_each = _kinds_of(counts)
    coincidences = _coincidences(kinds).reshape(len(kinds), len(scale) ** 2)
    value = _alpha_of(n_each @ coincidences, scale, level)
    if together is not None and len(np.unique(together)) < len(np.unique(items)):
        coincidences, n_each = _drawn_together(items, together, counts)
    low, high = None, None
    if value is not None and n_resamples:
        low, high = _interval(coincidences, n_each, scale, level, n_resamples, seed)
    return Alpha(value, low, high, n_items=len(counts), n_values=int(counts.sum()))


def _count(
    items: Sequence[str] | NDArray[np.int64], values: Sequence[float] | Floats
) -> tuple[Floats, Floats]:
    """Count the values of each item that has two or more: shape (n_items, n_distinct), with the distinct values."""
    scale, code = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True)
    names, item = np.unique(np.asarray(items), return_inverse=True)
    n_cells = len(names) * len(scale)
    counts = np.bincount(item * len(scale) + code, minlength=n_cells).astype(np.float64)
    counts = counts.reshape(len(names), len(scale))
    return counts[counts.sum(axis=1) >= 2], scale


def _kinds_of(counts: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the distinct rows, ascending, and how often each occurs."""
    base = int(counts.max(initial=0)) + 1
    if base ** counts.shape[1] >= 2**53:  # more than a number holds
        return np.unique(counts, axis=0, return_counts=True)
    number = counts @ (float(base) ** np.arange(counts.shape[1])[::-1])
    _, first, n_each = np.unique(number, return_index=True, return_counts=True)
    return counts[first], n_each


def _coincidences(counts: Floats) -> Floats:
    """Return the share of an item of each kind in the coincidence matrix, shape (n_kinds, n_distinct, n_distinct)."""
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    return pairs / (counts.sum(axis=1) - 1)[:, None, None]


def _drawn_together(
    items: Sequence[str] | NDArray[np.int64],
    together: Sequence[str] | NDArray[np.int64],
    counts: Floats,
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the coincidences of each kind of group of items, flat, and how many groups are of that kind."""
    _, first, n_values = np.unique(np.asarray(items), return_index=True, return_counts=True)
    _, group = np.unique(np.asarray(together)[first[n_values >= 2]], return_inverse=True)
    of_groups = np.zeros((group.max(initial=-1) + 1, counts.shape[1] ** 2))
    np.add.at(of_groups, group, _coincidences(counts).reshape(len(counts), -1))
    kinds, n_each = np.unique(of_groups, axis=0, return_counts=True)
    return kinds, n_each


def _alpha_of(flat: Floats, scale: Floats, level: Level) -> float | None:
    observed = flat.reshape(len(scale), len(scale))
    totals = observed.sum(axis=0)
    distances = _distances(totals, scale, level)
    expected = totals @ distances @ totals
    if expected <= 0:
        return None
    return float(1 - (totals.sum() - 1) * (observed * distances).sum() / expected)


def _distances(totals: Floats, scale: Floats, level: Level) -> Floats:
    """Square the distances between the values of the scale, shape (n_distinct, n_distinct)."""
    if level == "nominal":
        return 1 - np.eye(len(scale))
    if level == "interval":
        return (scale[:, None] - scale[None, :]) ** 2
    middle = np.cumsum(totals) - totals / 2
    return (middle[:, None] - middle[None, :]) ** 2


def _interval(
    coincidences: Floats,
    n_each: NDArray[np.int64],
    scale: Floats,
    level: Level,
    n_resamples: int,
    seed: int,
) -> tuple[float | None, float | None]:
    rng = np.random.default_rng(seed)
    n = n_each.sum()
    resamples = rng.multinomial(n, n_each / n, size=n_resamples) @ coincidences
    drawn = (_alpha_of(resample, scale, level) for resample in resamples)
    known = [value for value in drawn if value is not None]
    if not known:
        return None, None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
