"""All that is measured of one judge."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from winnow.annotation.evaluation.calibration import Calibration
from winnow.annotation.evaluation.conditions import Conditioned
from winnow.annotation.evaluation.cost import Cost
from winnow.annotation.evaluation.critiqued import Critiqued
from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.length import Length
from winnow.annotation.evaluation.position import Position

SliceKind = Literal["subset", "language", "length", "benchmark"]


class Slice(NamedTuple):
    """Accuracy on a part of the comparisons."""

    by: SliceKind
    """What the comparisons are told apart by."""

    name: str
    """Which part, such as the name of a subset."""

    accuracy: Estimate


@dataclass(frozen=True)
class JudgeFigures:
    """One judge, or all of them aggregated; a figure is None where nothing tells."""

    annotator: str
    """Name of the judge."""

    kind: str | None
    """Sort of annotator; "aggregate" for the labels that all judges add up to."""

    n_judgments: int
    """Judgments given, unreadable ones included."""

    invalid: Estimate | None
    """Share of the judgments that could not be read."""

    accuracy: Estimate | None
    """Mean score over the cases that gold decides and whose replies could be read; see `scores.score_cases`."""

    coverage: Estimate | None
    """Of the cases that gold decides and the judge was asked about, the share that accuracy rests on."""

    both_orders: Estimate | None
    """Share of the comparisons read in both orders, and decided by gold, in which both verdicts are right."""

    named_ties: Estimate | None
    """Share of the comparisons that gold calls a tie, and that were read, for which it says tie in every order."""

    position: Position
    length: Length

    calibration: Calibration | None
    """None where the judge states neither probability nor strength."""

    cost: Cost

    slices: tuple[Slice, ...]
    """Accuracy by subset, by language, by which response is the longer, and the parts of a benchmark."""

    behind_best: Estimate | None
    """Accuracy minus that of the best single judge on the cases that both judged; None for that judge itself."""

    conditions: Conditioned | None = None
    """None where no two comparisons differ in their condition and in what is right."""

    critiqued: Critiqued | None = None
    """None where its critiques were not held against those of people."""

    ties_lose: Estimate | None = None
    """Share of the cases read that are right outright: a tie, or a verdict that flips with the order, counts nothing."""

    auc: Estimate | None = None
    """How often the better response of one comparison scores higher than the worse one of any; None of a judge without scores."""

    model: str | None = None
    """Name of the model that the judge asks; None where it asks none, or that is not known."""
