"""Shares with the interval that small numbers leave open."""

from typing import NamedTuple

from schemas.measures.shares import wilson

_NBSP = "\N{NO-BREAK SPACE}"


class Share(NamedTuple):
    """`k` of `n`, with the 95 % interval of the share behind it."""

    k: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share, between 0 and 1."""
        return self.k / self.n

    def __str__(self) -> str:
        return f"{percent(self.value)} ({self.k:,} of {self.n:,}; {self.interval})"

    @property
    def interval(self) -> str:
        """The interval in words of the page."""
        return f"95{_NBSP}% interval {self.low * 100:.0f} to {self.high * 100:.0f}{_NBSP}%"


def share(k: int, n: int) -> Share | None:
    """Give `k` of `n` with Wilson's interval; None of nothing."""
    if n == 0:
        return None
    found = wilson(k / n, n)
    return Share(k, n, found.low, found.high)


def percent(value: float) -> str:
    """Write a share as whole percent, without rounding the last doubt away."""
    if 0 < value < 0.005:
        return f"under 1{_NBSP}%"
    if 0.995 < value < 1:
        return f"over 99{_NBSP}%"
    return f"{value * 100:.0f}{_NBSP}%"
