"""What most filters have in common: one figure of a comparison is held against a threshold."""

from typing import ClassVar, Literal

from winnow.pipelines.filters.case import Case
from winnow.schemas.base import Value


class Threshold(Value):
    """A filter that compares one figure of a case, from 0 to 1, with its threshold."""

    reason: ClassVar[str]
    """Reason that the rejects carry."""

    says: ClassVar[str]
    """The figure in words, such as "margin is"."""

    wanted: ClassVar[Literal["at least", "at most"]] = "at least"
    """Which side of the threshold passes; the threshold itself passes."""

    threshold: float

    def figure(self, case: Case) -> float | None:
        """Return what is compared; None where the case has nothing to compare, and passes."""
        raise NotImplementedError

    def detail(self, case: Case) -> str:
        """Say more about a case that fails; empty where there is no more to say."""
        return ""

    def surplus(self, case: Case) -> float:
        """Return the figure such that more is better; infinite where there is nothing to compare."""
        figure = self.figure(case)
        if figure is None:
            return float("inf")
        return figure if self.wanted == "at least" else -figure

    def why_rejected(self, case: Case) -> str | None:
        """Say what the figure is, if it is on the wrong side."""
        figure = self.figure(case)
        if figure is None:
            return None
        passes = figure >= self.threshold if self.wanted == "at least" else figure <= self.threshold
        if passes:
            return None
        more = self.detail(case)
        return f"{self.says} {figure:.3f}, wanted {self.wanted} {self.threshold:g}" + (
            f": {more}" if more else ""
        )
