"""Aggregation from file to file."""

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation import DEFAULT, aggregate
from winnow.annotation.aggregation.gold_agreement import GoldAgreement
from winnow.annotation.aggregation.target import Target
from winnow.annotation.aggregation.targeted import Kept, keep_to_target
from winnow.pipelines.evaluating.sources import evaluated_files
from winnow.pipelines.plain_tables.events import each_event_once
from winnow.pipelines.plain_tables.files import TableFiles, find_files
from winnow.pipelines.plain_tables.leaving_out import LeftOut, without
from winnow.pipelines.plain_tables.read import GOLD, JUDGMENTS, in_our_words, read_table
from winnow.pipelines.plain_tables.standings import ModelStandings, standings_of
from winnow.pipelines.reading.names import alike
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Verdict
from winnow.schemas.outputs import ending_of, refuse_address, refuse_inputs
from winnow.schemas.plurals import agreeing, counted
from winnow.warehouse.files import ENDINGS, write_rows


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

    left_out: LeftOut | None = None
    """What was left out of the labels; None where nobody was to be."""

    standings: Path | None = None
    """Table of models, beside the labels; None where the judgments name none."""

    models: pa.Table | None = None
    """Its rows."""


def label_table_files(
    judgments: Path,
    gold: Path | None,
    out: Path,
    *,
    method: str = DEFAULT,
    target: Target | None = None,
    encoding: str | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
    leave_out: Collection[str] = (),
) -> LabelSummary:
    """Read judgments and gold, write labels and annotators, and how models stand where the judgments name them.

    All tables appear whole or not at all: they are written beside their places and renamed.

    Args:
        judgments: One row a judgment: item_id, annotator, verdict, and where there are any kind, order, subset, and
            judgment_id, id or created_at, by which a row that stands twice is known; or a folder of the long form that
            `winnow evaluate` reads, whose gold is taken as well. With model_a and model_b, whose texts may be nowhere, the
            models are ranked; items with the same prompt_id were asked the same.
        gold: One row an item: item_id, verdict; None for no gold but the folder's.
        out: Where the labels go; its ending says the format. Annotators and models go beside them: labels.parquet,
            labels.annotators.parquet, labels.standings.parquet.
        method: One of `winnow.annotation.aggregation.METHODS`.
        target: Which part of the labels should be right: they get a column is_kept. It is false throughout where gold
            does not show that any part fulfils the target.
        encoding: Of text files; None for that of their byte-order marks, and UTF-8 where they have none.
        verdicts: Meaning of the files' own words for verdicts, as in the settings of a run.
        leave_out: Annotators whose judgments count for nothing.

    Raises:
        InvalidSettings: There is a target and no gold, an output is one of the inputs, or nobody's judgment is left.
        MalformedInput: A file is missing or unreadable, or its table cannot be used.
        UnknownName: There is no such method or annotator, or `out` has an ending that says no known format.
    """
    refuse_address("--out", out)
    ending = ending_of(out, ENDINGS)
    beside, ranked = (
        out.with_name(f"{out.name[: -len(ending)]}.{what}{ending}")
        for what in ("annotators", "standings")
    )
    files = find_files(judgments, gold, encoding)
    read = {"judgments": files.judgments, "--gold": files.gold}
    if judgments.is_dir():
        read |= evaluated_files(judgments)
    refuse_inputs({"--out": out, "annotators": beside, "standings": ranked}, read)
    if target and files.gold is None:
        raise InvalidSettings(f"target {target} needs gold to be set on; give --gold")
    tables, unsaid = _read(files, encoding, verdicts or {})
    table, repeats = each_event_once(tables[0])
    gold_table, left_out = tables[1], None
    if leave_out:
        table, left_out = without(table, leave_out)
    result = aggregate(table, gold_table, method=method)
    kept, labels = None, result.labels
    if target and gold_table is not None:
        kept = keep_to_target(table, gold_table, labels, target, method=method)
        labels = labels.append_column("is_kept", pa.array(kept.is_kept))
    models = standings_of(table, result.labels)
    written = {out: labels, beside: result.annotators}
    _write(written | ({ranked: models.table} if models else {}))
    return LabelSummary(
        labels=out,
        annotators=beside,
        n_judgments=table.num_rows,
        n_items=result.labels.num_rows,
        n_annotators=result.annotators.num_rows,
        agreement=result.agreement,
        notes=(
            *(f"no row says {word!r}, which --verdicts maps" for word in unsaid),
            *repeats,
            *alike(result.annotators["annotator"].to_pylist(), "annotators"),
            *result.notes,
            *_not_ranked(models),
        ),
        kept=kept,
        left_out=left_out,
        standings=ranked if models else None,
        models=models.table if models else None,
    )


def _not_ranked(models: ModelStandings | None) -> list[str]:
    if models is None or not models.n_others:
        return []
    n = models.n_others
    return [
        f"{counted(n, 'item')} {agreeing(n, 'ranks', 'rank')} no models: {agreeing(n, 'it names', 'they name')} none, one "
        "twice, or others from row to row"
    ]


def _read(
    files: TableFiles, encoding: str | None, verdicts: Mapping[str, Verdict]
) -> tuple[tuple[pa.Table, pa.Table | None], list[str]]:
    """Read judgments and gold in our words, and name the words that neither says."""
    table, unsaid = in_our_words(
        read_table(files.judgments, JUDGMENTS, encoding=encoding), verdicts
    )
    if files.gold is None:
        return (table, None), unsaid
    gold, unsaid_there = in_our_words(read_table(files.gold, GOLD, encoding=encoding), verdicts)
    if files.has_gaps:
        gold = gold.filter(pc.is_valid(gold["verdict"]))
    return (table, gold), [word for word in unsaid if word in unsaid_there]


def _write(tables: dict[Path, pa.Table]) -> None:
    """Write all tables before the first of them takes its place."""
    folder = next(iter(tables)).parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".winnow-") as scratch:
        for path, table in tables.items():
            write_rows(table, Path(scratch) / path.name)
        for path in tables:
            (Path(scratch) / path.name).replace(path)
