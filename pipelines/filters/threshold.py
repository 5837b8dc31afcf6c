"""What most filters have in common: one figure of a comparison is held against a threshold."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.rejecting import spread
from winnow.schemas.base import Value


class Threshold(Value):
    """A filter that compares one figure of each case, from 0 to 1, with its threshold."""

    reason: ClassVar[str]
    """Reason that the rejects carry."""

    says: ClassVar[str]
    """The figure in words, such as "margin is"."""

    wanted: ClassVar[Literal["at least", "at most"]] = "at least"
    """Which side of the threshold passes; the threshold itself passes."""

    threshold: float

    def figures(self, cases: Cases) -> Floats:
        """Return what is compared, shape (n_cases,); NaN where a case has nothing to compare, and passes."""
        raise NotImplementedError

    def details(self, cases: Cases) -> Sequence[str]:
        """Say more about each of the cases that fail; nothing where there is no more to say."""
        return ()

    def surplus(self, cases: Cases) -> Floats:
        """Return the figures such that more is better; infinite where there is nothing to compare."""
        figures = np.asarray(self.figures(cases), np.float64)
        turned = figures if self.wanted == "at least" else -figures
        return np.where(np.isnan(turned), np.inf, turned)

    def rejects(self, cases: Cases) -> pa.Array:
        """Say what the figures are that lie on the wrong side."""
        figures = np.asarray(self.figures(cases), np.float64)
        fails = figures < self.threshold if self.wanted == "at least" else figures > self.threshold
        if not fails.any():
            return pa.nulls(len(cases), pa.string())
        return spread(self._said(cases.only(fails), figures[fails]), fails)

    def _said(self, failing: Cases, figures: Floats) -> list[str]:
        wanted = f"wanted {self.wanted} {self.threshold:g}"
        said = [f"{self.says} {figure:.3f}, {wanted}" for figure in figures.tolist()]
        more = self.details(failing)
        return [f"{one}: {other}" for one, other in zip(said, more, strict=True)] if more else said
