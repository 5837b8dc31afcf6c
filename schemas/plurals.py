"""Counts with their noun, so that one of a thing is not told as if it were several."""

from collections.abc import Iterable


def counted(n: float, one: str, many: str | None = None) -> str:
    """Write a count with its noun: "1 reply", "1,204 replies"; with a `,` at each thousand.

    Args:
        n: How many; need not be whole.
        one: Noun of one, such as "reply".
        many: Noun of any other number; None for `one` with an s.
    """
    return f"{n:,g} {one}" if n == 1 else f"{n:,} {many or one + 's'}"


def agreeing(n: float, one: str, many: str) -> str:
    """Choose the form of a word that goes with a count, such as "waits" of 1 and "wait" of 2."""
    return one if n == 1 else many


def some_of(names: Iterable[str], most: int = 3) -> str:
    """List the first names, and say how many more there are: "a, b, c and 1,201 more"."""
    listed = list(names)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return f"{', '.join(listed[:most])}{more}"
