"""Where the annotators stand on many comparisons, as columns."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.schemas.judgments import Kind

Words = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Stands:
    """One row for each annotator and comparison that it judged, ordered by comparison and annotator; see `Stand`."""

    n_cases: int
    """Comparisons, those that nobody judged among them."""

    case: Ints
    """Position of the comparison, ascending; shape (n,)."""

    annotator: Ints
    """Position of the annotator in `names`; shape (n,)."""

    weight: Floats
    """Log-odds, in nats, that a decisive verdict adds; shape (n,)."""

    lean: Floats
    """From -1, b in every order shown, to 1; shape (n,)."""

    rated: Floats
    """From -1, b rated higher on every attribute, to 1; NaN where not both were rated; shape (n,)."""

    is_flipped: Bools
    """Whether it judged in both orders and did not say the same; shape (n,)."""

    is_torn: Bools
    """Whether it judged more than once in one order and did not say the same; shape (n,)."""

    names: tuple[str, ...]
    """The annotators, ordered by id."""

    kinds: Words
    """What sort of annotator each of `names` is."""

    def __len__(self) -> int:
        return len(self.case)

    @property
    def verdict(self) -> Words:
        """What each says, all its judgments taken together: "a", "b", "tie", or "" where they cancel out; shape (n,)."""
        even = np.where(self.is_flipped | self.is_torn, "", "tie")
        return np.where(self.lean > 0, "a", np.where(self.lean < 0, "b", even))

    def are(self, *kinds: Kind) -> Bools:
        """Say which are of annotators of some kinds; shape (n,)."""
        return np.isin(self.kinds, kinds)[self.annotator]

    def sum(self, values: Floats) -> Floats:
        """Add up a value of each for its comparison; shape (n_cases,)."""
        return np.bincount(self.case, values, self.n_cases).astype(np.float64)

    def count(self) -> Ints:
        """Count them for each comparison; shape (n_cases,)."""
        return np.bincount(self.case, minlength=self.n_cases)

    def only(self, which: Bools) -> Self:
        """Return some of them; the comparisons stay."""
        return self._rows(np.flatnonzero(which), self.case[which], self.n_cases)

    def of_cases(self, rows: Ints) -> Self:
        """Return those of some comparisons, which become the only ones, in the order given."""
        starts = np.searchsorted(self.case, np.arange(self.n_cases + 1))
        counts = starts[rows + 1] - starts[rows]
        before = np.cumsum(counts) - counts
        places = np.repeat(starts[rows] - before, counts) + np.arange(counts.sum())
        return self._rows(places, np.repeat(np.arange(len(rows)), counts), len(rows))

    def named(self) -> list[str]:
        """Return the names for each comparison, with commas between them; length n_cases."""
        said: list[list[str]] = [[] for _ in range(self.n_cases)]
        for case, annotator in zip(self.case.tolist(), self.annotator.tolist(), strict=True):
            said[case].append(self.names[annotator])
        return [", ".join(names) for names in said]

    def _rows(self, places: Ints, case: Ints, n_cases: int) -> Self:
        columns = ("annotator", "weight", "lean", "rated", "is_flipped", "is_torn")
        taken = {name: getattr(self, name)[places] for name in columns}
        return replace(self, n_cases=n_cases, case=case, **taken)
