"""How many labels may be kept so that enough of them are right: a threshold set on gold, or refused."""

import math
import re
from typing import Annotated, NamedTuple, Self

import numpy as np
import scipy
from pydantic import Field, ValidationError

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.schemas.base import Value
from winnow.schemas.wanted import wanted

_WRITTEN = re.compile(
    r"accuracy (?P<accuracy>[0-9]*\.?[0-9]+)( confidence (?P<confidence>[0-9]*\.?[0-9]+))?"
)
_POWER = 0.8
"""Chance of success at which the gold items that would be needed are counted."""
_MOST_GOLD = 10_000


class Target(Value):
    """What the labels that are kept should fulfil, written "accuracy 0.95" or "accuracy 0.95 confidence 0.9"."""

    accuracy: Annotated[float, Field(gt=0, lt=1)]
    """Least share of the kept labels that is right."""

    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.9
    """Probability that a threshold which is set fulfils this, over the draw of the gold items."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a target as it is written.

        Raises:
            ValueError: It is written otherwise, or a number is out of its range.
        """
        found = _WRITTEN.fullmatch(" ".join(text.split()))
        if found is None:
            raise ValueError(
                f"{text!r} is no target; write 'accuracy 0.95' or 'accuracy 0.95 confidence 0.9'"
            )
        try:
            return cls.model_validate({k: float(v) for k, v in found.groupdict().items() if v})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key, value = first["loc"][0], first["input"]
            raise ValueError(f"{key} of the target is {value:g}, wanted {wanted(first)}") from None

    def __str__(self) -> str:
        return f"accuracy {self.accuracy:g} confidence {self.confidence:g}"

    @property
    def least_gold(self) -> int:
        """Number of gold items, all of them right, without which nothing can be kept."""
        return int(np.ceil(np.log(1 - self.confidence) / np.log(self.accuracy) - 1e-9))


class Decision(NamedTuple):
    """What gold says about a target."""

    share: float | None
    """A label may be kept if less than this share are at least as sure; infinite for all, None where it is refused."""

    n_gold: int
    """Gold items looked at."""

    n_kept: int
    """Of those, the ones that would be kept; where it is refused, those of the first step, which failed."""

    n_right: int
    """Of those, the ones whose label is right."""

    accuracy_low: float
    """Lower bound of the accuracy of what is kept, at the confidence of the target."""

    reason: str
    """Why it is refused and what would help; empty where it is not."""


def decide(target: Target, share: Floats, is_right: Bools, expected: Floats) -> Decision:
    """Find how many labels may be kept, surest first, so that enough of them are right; or refuse.

    Steps, each of which keeps more labels than the one before, are fixed before it is known which gold labels are
    right. Each is tested with the exact binomial tail at the full confidence; the last one before the first that fails
    stands. So the probability that what is kept is less accurate than wanted is at most 1 - confidence, however many
    steps there are. A step keeps the gold items before an order statistic that is itself left out; those are then
    draws from just what the step keeps.

    A step that is too strict has too few gold items for any proof, and one that is too lax has too many wrong ones.
    Where to begin is chosen by what the labels themselves expect: the step with the largest product of the share that
    it keeps and its chance of success. If the labels' probabilities are wrong the choice is poor; the bound holds.

    Args:
        target: What is wanted.
        share: Shape (n_gold,): share of all labels that are at least as sure as that of the gold item, all of them as
            labelled without the gold verdict of this item, 0 to 1.
        is_right: Shape (n_gold,): whether that label names the gold verdict.
        expected: Shape (n_labels,): probability of each label's verdict, surest first.

    Source: Angelopoulos, Bates, Candes, Jordan and Lei 2021, Learn then Test, arXiv:2110.01052 (fixed-sequence
    testing); Clopper and Pearson 1934, Biometrika 26(4), 404-413 (the bound). The choice of the first step is ours.
    """
    order = np.argsort(share, kind="stable")
    share, right = share[order], np.cumsum(is_right[order])
    n_gold = len(share)
    reach = np.append(share[1:], np.inf)[:n_gold]
    n_kept = 1 + np.flatnonzero(reach > share)
    allowed = allowed_errors(target, n_kept)
    steps = _steps(allowed)
    if not len(steps):
        return Decision(None, n_gold, 0, 0, 0.0, _too_little(target, n_gold))
    n_kept, allowed = n_kept[steps], allowed[steps]
    reach, right = reach[n_kept - 1], right[n_kept - 1]
    part = np.minimum(reach, 1.0)
    start = int((part * _chance(part, n_kept, allowed, expected)).argmax())
    holds = n_kept[start:] - right[start:] <= allowed[start:]
    n_steps = int(holds.argmin()) if not holds.all() else len(holds)
    at = start + max(n_steps - 1, 0)
    low = lower_bound(int(right[at]), int(n_kept[at]), target.confidence)
    found = Decision(None, n_gold, int(n_kept[at]), int(right[at]), low, "")
    if n_steps:
        return found._replace(share=float(reach[at]))
    return found._replace(reason=_too_many_wrong(target, found, int(allowed[at])))


def allowed_errors(target: Target, n: Ints) -> Ints:
    """Return how many of n gold labels may be wrong where the target is still proven; -1 where n is too small."""
    wrong = 1 - target.accuracy
    level = 1 - target.confidence + 1e-12
    most = scipy.stats.binom.ppf(level, n, wrong).astype(np.int64)
    return np.where(scipy.stats.binom.cdf(most, n, wrong) <= level, most, most - 1)


def lower_bound(n_right: int, n: int, confidence: float) -> float:
    """Return the one-sided Clopper-Pearson lower bound of a share; 0 of nothing."""
    return float(scipy.stats.beta.ppf(1 - confidence, n_right, n - n_right + 1)) if n_right else 0.0


def round_between(above: float, most: float) -> float:
    """Return the shortest decimal number that is greater than `above` and at most `most`."""
    for digits in range(1, 16):
        rounded = math.floor(most * 10**digits) / 10**digits
        if above < rounded <= most:
            return rounded
    return most


def _steps(allowed: Ints) -> Ints:
    """Choose the steps that allow more errors than any before, and after the last of them every one."""
    steps = np.flatnonzero(allowed > np.append(-1, np.maximum.accumulate(allowed)[:-1]))
    return np.append(steps, np.arange(steps[-1] + 1, len(allowed))) if len(steps) else steps


def _chance(part: Floats, n_kept: Ints, allowed: Ints, expected: Floats) -> Floats:
    mean = np.cumsum(expected) / np.arange(1, len(expected) + 1)
    at = np.clip((part * len(expected)).astype(np.int64) - 1, 0, len(expected) - 1)
    chance: Floats = scipy.stats.binom.cdf(allowed, n_kept, 1 - mean[at])
    return chance


def _too_little(target: Target, n_gold: int) -> str:
    return (
        f"it takes at least {target.least_gold} gold items, all of them right, to show it, "
        f"and there are {n_gold}"
    )


def _too_many_wrong(target: Target, found: Decision, allowed: int) -> str:
    n_wrong = found.n_kept - found.n_right
    said = (
        f"of the {found.n_kept} surest of {found.n_gold} gold labels {n_wrong} are wrong where {allowed} may be, "
        f"so that an accuracy of {found.accuracy_low:.2f} is shown and no more"
    )
    needed = _gold_needed(target, found)
    if needed is None:
        return f"{said}; more gold alone will hardly help"
    return f"{said}; about {needed:,} gold items would be needed if the rest are like these"


def _gold_needed(target: Target, found: Decision) -> int | None:
    """Return the gold items with which the step would succeed if its accuracy is the one seen."""
    seen = found.n_right / found.n_kept
    n = np.unique(np.geomspace(target.least_gold, _MOST_GOLD, 400).astype(np.int64))
    enough = n[scipy.stats.binom.cdf(allowed_errors(target, n), n, 1 - seen) >= _POWER]
    if not len(enough):
        return None
    return int(float(f"{enough[0] * found.n_gold / found.n_kept:.2g}"))
