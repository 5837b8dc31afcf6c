"""Shares with the interval that small numbers leave open."""

from typing import NamedTuple

from winnow.schemas.agreement import HitCount
from winnow.schemas.measures.shares import wilson
from winnow.schemas.plurals import counted

_NBSP = "\N{NO-BREAK SPACE}"


class Share(NamedTuple):
    """`k` of `n`, with the 95 % interval of the share behind it."""

    k: int
    n: int
    low: float
    high: float

    n_answers: int | None = None
    """Answers that the `n` came of, as many as the interval counts; None where each is its own."""

    @property
    def n_independent(self) -> int:
        """Cases that tell something by themselves."""
        return self.n if self.n_answers is None else self.n_answers

    @property
    def value(self) -> float:
        """The share, between 0 and 1."""
        return self.k / self.n

    def __str__(self) -> str:
        of = f"{self.k:,} of {self.n:,}"
        if self.n_answers is not None:
            of += f" in {counted(self.n_answers, 'answer')}"
        return f"{percent(self.value)} ({of}; {self.interval})"

    @property
    def interval(self) -> str:
        """The interval in words of the page."""
        return f"95{_NBSP}% interval {self.low * 100:.0f} to {self.high * 100:.0f}{_NBSP}%"


def share(k: int, n: int, n_answers: int | None = None) -> Share | None:
    """Return `k` of `n` with Wilson's interval; None of nothing.

    Args:
        k: Cases in which something held.
        n: Cases.
        n_answers: Answers that they came of, where that is fewer: the interval is as wide as that of so many cases.
    """
    if n == 0:
        return None
    found = wilson(k / n, n if n_answers is None else n_answers)
    return Share(k, n, found.low, found.high, n_answers)


def share_of(hits: HitCount | None) -> Share | None:
    """Return what was counted as a share; None of nothing."""
    return share(hits.hits, hits.n, hits.n_answers) if hits else None


def percent(value: float) -> str:
    """Write a share as whole percent, without rounding the last doubt away."""
    if 0 < value < 0.005:
        return f"under 1{_NBSP}%"
    if 0.995 < value < 1:
        return f"over 99{_NBSP}%"
    return f"{value * 100:.0f}{_NBSP}%"
