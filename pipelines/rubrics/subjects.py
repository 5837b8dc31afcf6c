"""What criteria are drawn from, in portions that can be held, each with all texts that are looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from winnow.annotation.rubrics.deriving import Deriver, DerivingView
from winnow.annotation.rubrics.deriving.deriver import SaidWords
from winnow.pipelines.labelling.part_files import sorting
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.pipelines.rubrics.known_labels import KNOWN_LABELS_SQL
from winnow.pipelines.staged_views import see_staged
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Label
from winnow.schemas.last_word import LINKS, replaced_judgments
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile
from winnow.warehouse.sql import quote
from winnow.warehouse.staging import Staging

MOST_SUBJECTS = 512
"""Subjects of a portion."""

_READ: tuple[type[Record], ...] = (Prompt, Response, Comparison, Judgment, Label, Gold)
_BETTER = {False: "better::VARCHAR", True: "CASE better WHEN 'a' THEN 'b' WHEN 'b' THEN 'a' END"}
_WORKED_ON = {"comparison": "subject_id", "words": "prompt_id", "prompt": "prompt_id"}


class SubjectPortion(NamedTuple):
    """Some of what criteria are drawn from."""

    number: int
    """Which it is, from 0; those of one prompt stand behind one another."""

    file: PlacedFile
    """Where it lies."""

    @property
    def name(self) -> str:
        """Its name, which sorts as portions stand and is no beginning of another's."""
        return f"{self.number:06d}"

    def views(self) -> list[DerivingView]:
        """Read them, always in the same order."""
        table = self.file.read()
        prompts = Prompt.from_table(_records(table["prompt"], Prompt))
        rest = table.select(
            ["subject_id", "responses", "better", "is_tie", "is_edit", "said", "later"]
        )
        return [
            DerivingView(
                subject_id=row["subject_id"],
                prompt=prompt,
                responses=tuple(map(_response, row["responses"] or ())),
                better=row["better"],
                is_tie=row["is_tie"],
                is_edit=row["is_edit"],
                said=tuple(map(SaidWords.model_validate, row["said"] or ())),
                later=tuple(Message.model_validate(_given(t)) for t in row["later"] or ()),
                order="ab" if sha256(row["subject_id"].encode()).digest()[0] % 2 else "ba",
            )
            for prompt, row in zip(prompts, rest.to_pylist(), strict=True)
        ]


class FoundSubjects(NamedTuple):
    """What criteria are drawn from, and what they are not."""

    portions: list[SubjectPortion]
    """The subjects."""

    n: int
    """How many they are."""

    n_held_out: int
    """Comparisons that are left to prove on."""

    n_without_domain: int
    """Subjects whose prompt has no domain, where rubrics are for domains; nothing is drawn from them."""


def find_subjects(
    staging: Staging,
    deriver: Deriver,
    place: Place,
    spill: Path,
    *,
    share: float,
    chosen: pa.Array | None = None,
    is_flipped: bool = False,
) -> FoundSubjects:
    """Write down what a deriver draws criteria from: of comparisons, none that is held out to prove on.

    A comparison counts where its label is decisive: what gold says, else what is likeliest. Words count where they are the last
    of whoever wrote them.

    Args:
        staging: Holds prompts, responses, comparisons, judgments, labels and gold.
        deriver: The deriver.
        place: Where to write them; empty.
        spill: Folder for what does not fit into memory.
        share: Share of the comparisons that is held out.
        chosen: Ids of the comparisons, or of the prompts where it draws from words or prompts, that count; None for all.
        is_flipped: Whether the labels are exchanged, as a control.
    """
    of_all = held_out(staging, share)
    left, proven_on = of_all.to_derive(deriver.reach), of_all.to_prove(deriver.reach)
    wide = pa.array([], pa.string())
    if deriver.reach != "prompt":
        wide = of_all.prompt_id.filter(of_all.of_others).unique()
    with _opened(staging, spill, deriver) as con:
        con.register("left_over", pa.table({"comparison_id": left}))
        con.register("held_out_prompts", pa.table({"prompt_id": wide}))
        con.execute(KNOWN_LABELS_SQL)
        con.execute(_sql(deriver))
        where = "true"
        if chosen is not None:
            con.register("chosen", pa.table({"id": chosen}))
            where = f"{_WORKED_ON[deriver.subject]} IN (SELECT id FROM chosen)"
        rows, n_without = f"FROM {deriver.subject}_subjects WHERE {where}", 0
        if deriver.reach == "domain":
            ((n_without,),) = con.execute(f"SELECT count(*) {rows} AND domain IS NULL").fetchall()
            rows = f"{rows} AND domain IS NOT NULL"
        found = con.execute(
            f"SELECT subject_id, prompt, coalesce(responses, []) AS responses, {_BETTER[is_flipped]} AS better, is_tie, is_edit, "
            f"said, later {rows} ORDER BY prompt_id, subject_id"
        )
        portions = [
            SubjectPortion(number, _written(place, number, table))
            for number, table in enumerate(_pieces(found))
        ]
    n = sum(portion.file.metadata().num_rows for portion in portions)
    return FoundSubjects(portions, n, len(proven_on), n_without)


@contextmanager
def _opened(staging: Staging, spill: Path, deriver: Deriver) -> Iterator[duckdb.DuckDBPyConnection]:
    with sorting(spill) as con:
        see_staged(con, staging, _READ)
        replaced = pa.array([], pa.string())
        if deriver.kinds:
            replaced = replaced_judgments(staging.read(Judgment, LINKS))
        con.register("replaced", pa.table({"judgment_id": replaced}))
        yield con


def _sql(deriver: Deriver) -> str:
    text = (files("winnow.pipelines.rubrics") / "subjects.sql").read_text("utf-8")
    kinds = ", ".join(map(quote, deriver.kinds)) or "NULL"
    return text.format(kinds=kinds)


def _pieces(found: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    for batch in found.to_arrow_reader(MOST_SUBJECTS):
        for begin in range(0, batch.num_rows, MOST_SUBJECTS):
            yield pa.Table.from_batches([batch.slice(begin, MOST_SUBJECTS)])


def _written(place: Place, number: int, table: pa.Table) -> PlacedFile:
    file = PlacedFile(place, f"{number:06d}.parquet")
    file.write(table)
    return file


def _records(column: pa.ChunkedArray, record: type[Record]) -> pa.Table:
    """Return structs as rows of a record's table."""
    table = pa.Table.from_struct_array(column.combine_chunks())
    return table.select([name for name in table.column_names if name in record.model_fields])


def _response(row: dict[str, Any]) -> Response:
    return Response.model_validate({"text": None, **_given(row)})


def _given(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a row what is not known, at any depth."""
    return {
        key: [_given(one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, list)
        else value
        for key, value in row.items()
        if value is not None
    }
