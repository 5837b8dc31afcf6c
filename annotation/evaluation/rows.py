"""The figures as one flat table, for whoever computes on with them."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.evaluate import Evaluation
from winnow.annotation.evaluation.figures import JudgeFigures

FIGURES = pa.schema(
    [
        pa.field("annotator", pa.string(), nullable=False),
        pa.field("kind", pa.string()),
        pa.field("figure", pa.string(), nullable=False),
        pa.field("slice_by", pa.string()),
        pa.field("slice", pa.string()),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("low", pa.float64()),
        pa.field("high", pa.float64()),
        pa.field("n", pa.int64()),
    ]
)
"""One row a figure of a judge: the value with its 95 % interval and the cases behind it. Figures that nothing tells are
absent. Of `reliability`, the slice is what was stated, probability or strength, and its mean in the bin."""


def figure_table(evaluation: Evaluation) -> pa.Table:
    """Put all figures into one table with the columns of `FIGURES`."""
    together = (evaluation.together,) if evaluation.together else ()
    rows = [row for one in (*evaluation.judges, *together) for row in _rows(one)]
    return pa.Table.from_pylist(rows, schema=FIGURES)


def _rows(one: JudgeFigures) -> Iterator[dict[str, Any]]:
    who = {"annotator": one.annotator, "kind": one.kind}
    estimates = {
        "accuracy": one.accuracy,
        "coverage": one.coverage,
        "ties_lose": one.ties_lose,
        "auc": one.auc,
        "behind_best": one.behind_best,
        "both_orders": one.both_orders,
        "named_ties": one.named_ties,
        "invalid": one.invalid,
        "consistency": one.position.consistency,
        "first": one.position.first,
        "flips_to_first": one.position.flips_to_first,
        "position_bias": one.position.bias,
        "longer": one.length.longer,
        "gold_longer": one.length.gold_longer,
        "length_bias": one.length.bias,
        "both_conditions": one.conditions and one.conditions.both_right,
        "turned": one.conditions and one.conditions.turned,
        "critique_precision": one.critiqued and one.critiqued.precision,
        "critique_recall": one.critiqued and one.critiqued.recall,
        "critique_f1": one.critiqued and one.critiqued.f1,
        "other_reasons": one.critiqued and one.critiqued.other_reasons,
    }
    for figure, estimate in estimates.items():
        if estimate is not None:
            yield {**who, "figure": figure, **_numbers(estimate)}
    for part in one.slices:
        cut = {"slice_by": part.by, "slice": part.name}
        yield {**who, "figure": "accuracy", **cut, **_numbers(part.accuracy)}
    if one.calibration:
        if one.calibration.error is not None:
            error = {"value": one.calibration.error, "n": one.calibration.n}
            yield {**who, "figure": "calibration_error", **error}
        for found in one.calibration.bins:
            cut = {"slice_by": one.calibration.stated, "slice": f"{found.stated:.4f}"}
            yield {**who, "figure": "reliability", **cut, **_numbers(found.right)}
    for name, amount in one.cost._asdict().items():
        if amount is not None:
            yield {**who, "figure": f"{name}_per_1000", "value": amount}


def _numbers(estimate: Estimate) -> dict[str, Any]:
    return estimate._asdict()
