"""Small tables of labelled comparisons and judgments."""

from typing import Any

import pyarrow as pa

from winnow.annotation.evaluation.items import ITEMS, Items, read_items
from winnow.annotation.evaluation.judge_answers import JudgeAnswers, hear


def items(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=ITEMS)


def gold(**verdicts: str) -> pa.Table:
    return pa.table({"item_id": list(verdicts), "verdict": list(verdicts.values())})


def judgments(*rows: tuple[str, str, str | None, str], **more: list[Any]) -> pa.Table:
    """Write judgments out: (item_id, annotator, order, verdict)."""
    names = ("item_id", "annotator", "order", "verdict")
    table = pa.table({n: [row[i] for row in rows] for i, n in enumerate(names)})
    for name, values in more.items():
        table = table.append_column(name, pa.array(values))
    return table


def both(item: str, annotator: str, ab: str, ba: str) -> list[tuple[str, str, str, str]]:
    return [(item, annotator, "ab", ab), (item, annotator, "ba", ba)]


def known(ids: dict[str, str], **columns: list[Any]) -> Items:
    """Give comparisons with their gold by item_id."""
    rows = [{"item_id": i, **{n: c[k] for n, c in columns.items()}} for k, i in enumerate(ids)]
    return read_items(items(*rows), gold(**ids))


def said(table: pa.Table, labelled: Items) -> JudgeAnswers:
    (one,) = hear(table, labelled)
    return one
