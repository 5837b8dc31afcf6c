"""What continuations from the end of each step of a response say of the step: shares of success, and their differences."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from winnow.annotation.judge import Reading
from winnow.schemas.judgments import Rating
from winnow.schemas.measures.shares import wilson
from winnow.schemas.step_spans import STEP, VALUE

SUCCESSES, ROLLOUTS, LOW, HIGH = "successes", "rollouts", "low", "high"
"""Attributes of ratings: how many continuations succeeded, of how many, and the 95 % interval of the share."""
PROGRESS, PROGRESS_NOISE = "progress", "progress_noise"
"""Attributes of ratings: by how much a step changed the share, and the standard error of that."""


class Outcomes(NamedTuple):
    """What became of the continuations from one place of a response."""

    n_successes: int
    """Those that a verifier found right."""

    n: int
    """All of them, at least one."""

    is_final: bool = False
    """Whether the response ends there, so that the one outcome is its own and no draw."""

    @property
    def value(self) -> float:
        """The share of success."""
        return self.n_successes / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share; a point where the response ends."""
        if self.is_final:
            return self.value, self.value
        share = wilson(self.value, self.n)
        return share.low, share.high

    @property
    def variance(self) -> float:
        """Variance of the share, 0 where the response ends.

        With one success and one failure more than were seen, since a share of 0 or 1 is not certain either.
        """
        if self.is_final:
            return 0.0
        p = (self.n_successes + 1) / (self.n + 2)
        return p * (1 - p) / self.n


class Progress(NamedTuple):
    """By how much a step changed the share of success."""

    value: float
    """The share at its end less that at its beginning, -1 to 1."""

    noise: float
    """Standard error of it."""


def progress(before: Outcomes, after: Outcomes) -> Progress:
    """Compute the progress of a step: A = Q(its end) - Q(its beginning), of independent draws, so that variances add up.

    The progress of all steps of a response sums to Q(its end) - Q(the prompt alone).

    Source: Setlur et al. 2024, "Rewarding Progress", arXiv:2410.08146.
    """
    return Progress(after.value - before.value, math.sqrt(before.variance + after.variance))


def reading_of(
    response_id: str, before: Outcomes | None, after: Outcomes, checked_by: str
) -> Reading:
    """Write down what continuations say of a step.

    Args:
        response_id: The response.
        before: Outcomes from its beginning; None where some have no answer.
        after: Outcomes from its end.
        checked_by: Who checked them, in words, such as "reach 1 by answer@1".

    Source: Wang et al. 2023, "Math-Shepherd", arXiv:2312.08935 (the hard label is 1 where any continuation is right).
    """
    low, high = after.interval
    scores = {
        STEP: 1.0 if after.n_successes else -1.0,
        VALUE: after.value,
        SUCCESSES: float(after.n_successes),
        ROLLOUTS: float(after.n),
        LOW: low,
        HIGH: high,
    }
    told = f"{after.n_successes} of {after.n} continuations {checked_by}"
    if after.is_final:
        told = f"the response itself {'does' if after.n_successes else 'does not'} {checked_by}"
    if before is not None:
        made = progress(before, after)
        scores |= {PROGRESS: made.value, PROGRESS_NOISE: made.noise}
        told += f"; progress {made.value:+.2f} ± {made.noise:.2f}"
    ratings = tuple(
        Rating(response_id=response_id, attribute=name, score=score)
        for name, score in scores.items()
    )
    return Reading(ratings=ratings, rationale=told)


def count(successes: Sequence[bool]) -> Outcomes:
    """Count what became of continuations, at least one."""
    return Outcomes(sum(successes), len(successes))
