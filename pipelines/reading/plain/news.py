"""News: what reading a row would note for the first time, which is noted where that row is read alone.

The first row of each profile goes the way of a single row, which notes all that reading it notes: columns, settings and words
that had an effect. What reads like one that was taken in so notes nothing more.
"""

from collections.abc import Mapping
from typing import NamedTuple

from winnow.pipelines.reading.plain.forms import MOST_FORMS, FormKey
from winnow.pipelines.reading.usage import Usage

Held = tuple[str, FormKey | str]
"""A form, or a column of its own, and where it occurs: "" for the row itself, or what the paths of columns begin with there."""


class Profile(NamedTuple):
    """What rows of a batch have in common whose objects have the same forms."""

    forms: frozenset[Held]

    shown: Mapping[tuple[str, str], int]
    """Number of the first of the rows in which a column holds anything, by place and column."""


class Learned:
    """What is no news any more of the rows of one source."""

    def __init__(self, usage: Usage) -> None:
        """Begin with nothing but what `usage` notes as the rows are read."""
        self._usage = usage
        self._forms: set[Held] = set()

    def add(self, profile: Profile) -> None:
        """Note that a row of a profile was taken in alone, and whole."""
        if len(self._forms) < MOST_FORMS:
            self._forms |= profile.forms

    def first_news(self, profile: Profile, words: Mapping[str, int]) -> int | None:
        """Tell from which row of a batch on those of a profile have to be read alone; None where none has to be.

        Args:
            profile: The profile.
            words: Number of the first row in which each word of the settings' `verdicts` occurs.
        """
        if not profile.forms <= self._forms:
            return 0
        shown, known = self._usage.shown, self._usage.words
        columns = (n for (at, column), n in profile.shown.items() if column not in shown(at))
        return min((*columns, *(n for word, n in words.items() if word not in known)), default=None)
