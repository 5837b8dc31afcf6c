"""Labelled: comparisons whose better response is known, whatever file they came in."""

from typing import Any, NamedTuple

import pyarrow as pa

from winnow.annotation.evaluation.benchmarks import Layout
from winnow.annotation.evaluation.items import ITEMS
from winnow.annotation.judge import ComparisonView
from winnow.schemas.ids import content_id_without_fractions
from winnow.schemas.judgments import Verdict
from winnow.schemas.rejects import Reject

GOLD = pa.schema([("item_id", pa.string()), ("verdict", pa.string())])
JUDGMENTS = pa.schema(
    [
        ("item_id", pa.string()),
        ("annotator", pa.string()),
        ("kind", pa.string()),
        ("model", pa.string()),
        ("order", pa.string()),
        ("verdict", pa.string()),
        ("probability", pa.float64()),
        ("strength", pa.float64()),
        ("score_a", pa.float64()),
        ("score_b", pa.float64()),
        ("cost", pa.float64()),
        ("seconds", pa.float64()),
        ("n_prompt_tokens", pa.int64()),
        ("n_tokens", pa.int64()),
    ]
)
"""The long form with all that an evaluation looks at; `model` is the name of the model that a judge asks, `probability` is that of b, `strength` from -3 for a to 3 for b,
`score_a` and `score_b` are ratings, the last four are what the judgment took."""


class Labelled(NamedTuple):
    """What an evaluation starts from."""

    layout: Layout
    """What it came in."""

    items: pa.Table
    """One row a comparison; columns of `winnow.annotation.evaluation.items.ITEMS`."""

    gold: pa.Table
    """item_id, verdict."""

    judgments: pa.Table
    """Recorded judgments; columns of `JUDGMENTS`."""

    views: list[ComparisonView]
    """The comparisons as judges look at them, their comparison_id being the item_id; empty where no judge is to run."""

    n_in: dict[str, int]
    """Lines read by what they are, such as "comparisons"."""

    rejects: list[Reject]
    """Lines that could not be used."""

    said: pa.Table | None = None
    """Of a release the judgments as they are stored, with what was written; None of files, which hold no reasons."""


class LabelledComparison(NamedTuple):
    """One labelled comparison as it is read."""

    row: dict[str, Any]
    """Columns of `ITEMS`."""

    view: ComparisonView

    verdict: Verdict | None
    """Gold verdict, where the line holds it."""


def item_of(
    view: ComparisonView, verdict: Verdict | None, subset: str | None, **more: Any
) -> LabelledComparison:
    """Describe a comparison by what a judge looks at."""
    row = {
        "item_id": view.comparison_id,
        "prompt": view.prompt.prompt_id,
        "subset": subset,
        "language": view.prompt.language,
        "n_chars_a": len(view.a.words()),
        "n_chars_b": len(view.b.words()),
        "texts": _texts(view),
        "is_turned": view.a.words() > view.b.words(),
        **more,
    }
    return LabelledComparison(row, view, verdict)


def _texts(view: ComparisonView) -> str:
    """Name the two texts and the turn that they answer; what stands before that turn is the condition."""
    asked = view.prompt.messages[-1].text() if view.prompt.messages else ""
    return content_id_without_fractions([asked, sorted([view.a.words(), view.b.words()])])


def item_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Put comparisons into a table."""
    return pa.Table.from_pylist(rows, schema=ITEMS)
