"""Aggregation from file to file."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from annotation.aggregation import DEFAULT, aggregate
from annotation.aggregation.gold_agreement import GoldAgreement
from annotation.aggregation.target import Target
from annotation.aggregation.targeted import Kept, keep_to_target
from pipelines.plain_tables.events import each_event_once
from pipelines.plain_tables.read import GOLD, JUDGMENTS, read_table
from pipelines.reading.names import alike
from schemas.errors import InvalidSettings
from schemas.outputs import ending_of, refuse_inputs
from warehouse.files import ENDINGS, write_rows


class LabelSummary(NamedTuple):
    """What one aggregation read and wrote."""

    labels: Path
    """Table of labels, one row an item."""

    annotators: Path
    """Table of annotators, beside the labels."""

    n_judgments: int
    n_items: int
    n_annotators: int

    agreement: GoldAgreement | None
    """How far the labels agree with gold, each computed without its own; None without gold."""

    notes: tuple[str, ...]
    """What whoever uses the labels should know, a sentence each."""

    kept: Kept | None = None
    """Which labels fulfil the target; None where none was given."""


def label_table_files(
    judgments: Path,
    gold: Path | None,
    out: Path,
    *,
    method: str = DEFAULT,
    target: Target | None = None,
    encoding: str | None = None,
) -> LabelSummary:
    """Read judgments and gold, write labels and annotators.

    Both tables appear whole or not at all: they are written beside their places and renamed.

    Args:
        judgments: One row a judgment: item_id, annotator, verdict, and where there are any kind, order, subset, and
            judgment_id, id or created_at, by which a row that stands twice is known.
        gold: One row an item: item_id, verdict; None for no gold.
        out: Where the labels go; its ending says the format. The annotators go beside them: labels.parquet,
            labels.annotators.parquet.
        method: One of `annotation.aggregation.METHODS`.
        target: Which part of the labels should be right: they get a column is_kept. It is false throughout where gold
            does not show that any part fulfils the target.
        encoding: Of text files; None for that of their byte-order marks, and UTF-8 where they have none.

    Raises:
        InvalidSettings: There is a target and no gold, or an output is one of the inputs.
        MalformedInput: A file is missing or unreadable, or its table cannot be used.
        UnknownName: There is no such method, or `out` has an ending that says no known format.
    """
    ending_of(out, ENDINGS)
    beside = out.with_name(f"{out.stem}.annotators{out.suffix}")
    refuse_inputs({"--out": out, "annotators": beside}, {"judgments": judgments, "--gold": gold})
    if target and gold is None:
        raise InvalidSettings(f"target {target} needs gold to be set on; give --gold")
    table, repeats = each_event_once(read_table(judgments, JUDGMENTS, encoding=encoding))
    gold_table = None if gold is None else read_table(gold, GOLD, encoding=encoding)
    result = aggregate(table, gold_table, method=method)
    kept, labels = None, result.labels
    if target and gold_table is not None:
        kept = keep_to_target(table, gold_table, labels, target, method=method)
        labels = labels.append_column("is_kept", pa.array(kept.is_kept))
    _write({out: labels, beside: result.annotators})
    return LabelSummary(
        labels=out,
        annotators=beside,
        n_judgments=table.num_rows,
        n_items=result.labels.num_rows,
        n_annotators=result.annotators.num_rows,
        agreement=result.agreement,
        notes=(
            *repeats,
            *alike(result.annotators["annotator"].to_pylist(), "annotators"),
            *result.notes,
        ),
        kept=kept,
    )


def _write(tables: dict[Path, pa.Table]) -> None:
    """Write all tables before the first of them takes its place."""
    folder = next(iter(tables)).parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".winnow-") as scratch:
        for path, table in tables.items():
            write_rows(table, Path(scratch) / path.name)
        for path in tables:
            (Path(scratch) / path.name).replace(path)
