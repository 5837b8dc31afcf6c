"""How models stand against each other over many prompts: counted from what was said, and estimated from the labels."""

import numpy as np
import pyarrow as pa
import scipy

from winnow.annotation.aggregation.davidson import Davidson
from winnow.annotation.aggregation.tables import DIGITS, INTERVAL
from winnow.annotation.aggregation.tournament import (
    Met,
    fit_parts,
    parts_of,
    pool,
    read_outcomes,
)
from winnow.annotation.aggregation.votes import Floats, Ints, encode
from winnow.annotation.aggregation.winning import win_rates
from winnow.schemas.errors import MalformedInput


def standings(verdicts: pa.Table, labels: pa.Table) -> pa.Table:
    """Rank models, by what was said of their responses and by the labels that follow from it.

    The win rate is counted: every verdict once, a tie as half a win. No model of annotators touches it, so it says what
    was said, by good and by bad annotators alike. What the labels make of it, each by its likeliest verdict, is an
    estimate of the same: `label_win_rate`, and the strength, in which a tie is an outcome of its own.

    Args:
        verdicts: One row a readable verdict on responses of two models: prompt_id, a, b (models), p_a, p_b, p_tie
            (1 for what was said, else 0).
        labels: One row a label of such a comparison, in the same form (1 for its likeliest verdict, else 0).

    Returns:
        name, part (strengths of different parts cannot be compared), n_prompts, n_comparisons (labels); n_won, n_tied,
        n_lost (verdicts), win_rate, win_rate_low, win_rate_high, tie_rate (of the verdicts); label_win_rate,
        label_win_rate_low, label_win_rate_high; strength (log-odds against the average of the part, in nats),
        strength_low, strength_high; all intervals 90 %; strongest first within a part.

    Raises:
        MalformedInput: A column is missing, a model meets itself, or a model has labels and no verdicts.
    """
    said, labelled = win_rates(verdicts), win_rates(labels)
    at = _places(labelled["name"], said)
    said = said.take(at)
    n_said = sum(np.asarray(said[name]) for name in ("n_won", "n_tied", "n_lost"))
    n_labels = sum(np.asarray(labelled[name]) for name in ("n_won", "n_tied", "n_lost"))
    table = {
        "name": labelled["name"],
        "n_prompts": labelled["n_prompts"],
        "n_comparisons": n_labels,
        **{name: said[name] for name in ("n_won", "n_tied", "n_lost")},
        **_renamed("win_rate", said),
        "tie_rate": (np.asarray(said["n_tied"]) / n_said).round(DIGITS),
        **_renamed("label_win_rate", labelled),
        **_strengths(labels),
    }
    return pa.table(table).sort_by(
        [("part", "ascending"), ("strength", "descending"), ("name", "ascending")]
    )


def _places(names: pa.ChunkedArray, said: pa.Table) -> pa.Array:
    row = {name: place for place, name in enumerate(said["name"].to_pylist())}
    for name in names.to_pylist():
        if name not in row:
            raise MalformedInput(
                f"verdicts: no row of {name!r}, which labels have; give the verdicts behind the labels",
                name=name,
            )
    return pa.array([row[name] for name in names.to_pylist()])


def _renamed(name: str, found: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {
        name: found["win_rate"],
        f"{name}_low": found["low"],
        f"{name}_high": found["high"],
    }


def _strengths(labels: pa.Table) -> dict[str, Floats | Ints]:
    """Fit strengths, with Student's intervals over the prompts.

    The variance is the larger of two: that of independent labels, and the one that holds whatever the labels of a prompt
    have in common, from the prompts' pulls on the fit (the sandwich).

    Source: White 1982, Econometrica 50(1), 1-25; clustered as in Cameron and Miller 2015, J. Hum. Resour. 50(2),
    317-372; strengths as in `tournament`.
    """
    met = read_outcomes(labels)
    _, prompt = encode(labels, "prompt_id")
    pooled = pool(met)
    part = parts_of(pooled)
    value, reach = np.zeros(len(met.names)), np.zeros(len(met.names))
    for names, fit in fit_parts(pooled, part):
        mine = np.flatnonzero(part[met.left] == part[names[0]])
        value[names] = fit.strength
        reach[names] = _reach(fit, names, met.of(mine), prompt[mine])
    return {
        "part": part,
        "strength": value.round(DIGITS),
        "strength_low": (value - reach).round(DIGITS),
        "strength_high": (value + reach).round(DIGITS),
    }


def _reach(fit: Davidson, names: Ints, met: Met, prompt: Ints) -> Floats:
    """Return half the width of each strength's interval; shape (n_names,)."""
    n = len(names)
    left, right = np.searchsorted(names, met.left), np.searchsorted(names, met.right)
    of_lead, of_tie = fit.residuals(left, right, met.outcome).T
    prompts, row = np.unique(prompt, return_inverse=True)
    pulls = np.zeros((len(prompts), n + 1))
    for column, pull in ((left, of_lead), (right, -of_lead), (np.full(len(row), n), of_tie)):
        np.add.at(pulls, (row, column), pull)
    moves = pulls @ fit.covariance[:, :n]
    n_prompts = max(
        len(prompts), 2
    )  # a single prompt tells no variance: the widest quantile there is
    robust = (moves**2).sum(axis=0) * n_prompts / (n_prompts - 1)
    # The fixed sum of the strengths adds 1 / n to the variance of each; it is no part of it.
    variance = np.maximum(robust, np.diagonal(fit.covariance)[:n] - 1 / n)
    return float(scipy.special.stdtrit(n_prompts - 1, (1 + INTERVAL) / 2)) * np.sqrt(variance)
