"""A measurement before it is known how many were tried beside it."""

from typing import Any, NamedTuple

from winnow.annotation.rubrics.proving.lengths import LengthMatched
from winnow.annotation.rubrics.proving.shares import Wins
from winnow.schemas.rubrics import MeasuredFigure, ProofControls, Refused


class Refusal(NamedTuple):
    """Why something may not be used."""

    reason: Refused
    """The reason by name."""

    detail: str
    """The figures and the threshold, in words."""


class Draft(NamedTuple):
    """What was measured of a criterion or a rubric, by one judge or all."""

    rubric_id: str
    """The rubric."""

    criterion_id: str | None
    """The criterion; None for the rubric as a whole."""

    annotator_id: str | None
    """The judge; None for all together."""

    n_comparisons: int
    """Comparisons with a label."""

    wins: Wins
    """How often it was right."""

    matched: LengthMatched
    """What is left of that once lengths are matched."""

    figures: dict[str, MeasuredFigure | None]
    """All figures but the accuracy, by the name that proofs give them."""

    first: Refusal | None = None
    """Why it is refused whatever its accuracy; None where nothing speaks against it."""

    then: Refusal | None = None
    """Why it is refused although its accuracy is above chance; None where nothing speaks against it."""

    controls: ProofControls | None = None
    """What its criteria are worth together, beside controls."""

    @property
    def p(self) -> float:
        """How likely something is right so often that says nothing of the label, or nothing but the length."""
        return max(self.wins.p, self.matched.p)

    def proof(self, **more: Any) -> dict[str, Any]:
        """Return it as the fields of a proof, with those that follow from its neighbours."""
        own = {name: getattr(self, name) for name in ("rubric_id", "criterion_id", "annotator_id")}
        return {
            **own,
            "n_comparisons": self.n_comparisons,
            "controls": self.controls,
            **self.figures,
            **more,
        }


def percent(share: float) -> str:
    """Write a share as a whole per cent, with one decimal below ten."""
    value = 100 * share
    return f"{value:.1f} %" if abs(value) < 10 and value % 1 else f"{value:.0f} %"


def first_of(*refusals: Refusal | None) -> Refusal | None:
    """Return the first reason there is."""
    return next((one for one in refusals if one is not None), None)
