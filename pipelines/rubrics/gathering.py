"""Drafts become rubrics: what says the same in the same words is one criterion, which rests on all that proposed it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.labelling.part_files import PartFile, part_file, sorting
from winnow.pipelines.rubrics.answered import answered_by_words
from winnow.pipelines.rubrics.drafts import DRAFTED
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Record
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment
from winnow.schemas.new_rubrics import DraftCriterion, NewRubric, new_rubric
from winnow.schemas.plurals import counted
from winnow.schemas.rubrics import Criterion, CriterionSource, Refused, Rubric
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.placed_file import PlacedFile
from winnow.warehouse.sql import parquet
from winnow.warehouse.staging import Staging

# Only sorted here, which spills onto the disk: DuckDB holds lists that it gathers in memory.
_ORDERED = "FROM drafts ORDER BY prompt_id, domain, turn NULLS FIRST, key, drawn_from, place"
_SORTING_MEMORY = "96MB"
_SAID = ("text", "kind", "weight", "title", "importance", "turn")
_BATCH = 2048
_RESTS_ON = ("kind", "subject_id", "quote", "order", "request_id")
_TABLES: tuple[type[Record], ...] = (Rubric, Criterion, CriterionSource, Judgment)


class GatheredRubrics(NamedTuple):
    """What came of drafts."""

    n_rubrics: int
    """Rubrics."""

    n_criteria: int
    """Criteria of them."""

    n_refused: int
    """Criteria that too few prompts propose, or that a rubric before it holds."""

    n_answers: int
    """Verdicts on responses that were read from people's words."""


def gather(
    drafts: Sequence[Path],
    staging: Staging,
    tally: Tally,
    scratch: Path,
    *,
    source: str,
    derived_from: str,
    min_support: int,
) -> GatheredRubrics:
    """Stage rubrics, criteria, what these rest on and what people's words answer of them, as parts named after the tally's stage.

    Args:
        drafts: Files with the columns `DRAFTED`.
        staging: Gets the rows.
        tally: Gets what is refused as `single_example`, and as `duplicate` where a rubric of the same criteria is staged.
        scratch: Folder for what does not fit into memory.
        source: Who derived them.
        derived_from: The run, or the release, that they are derived from.
        min_support: Distinct prompts that have to propose a criterion.
    """
    place = as_place(scratch / "gathered")
    written = {record: PlacedFile(place, f"{record.table}.parquet") for record in _TABLES}
    for record in _TABLES:  # what an earlier attempt staged is no rubric before it
        staging.discard(record, tally.stage)
    known = set(staging.read(Rubric, ["rubric_id"])["rubric_id"].to_pylist())
    named = set(staging.read(CriterionSource, ["source_id"])["source_id"].to_pylist())
    n_rubrics = n_criteria = n_refused = n_answers = 0
    with (
        part_file(written[Rubric], Rubric.arrow_schema()) as rubrics,
        part_file(written[Criterion], Criterion.arrow_schema()) as criteria,
        part_file(written[CriterionSource], CriterionSource.arrow_schema()) as sources,
        part_file(written[Judgment], Judgment.arrow_schema()) as judgments,
    ):
        held = _Held((rubrics, criteria, sources, judgments))
        for rows in _by_rubric(drafts, scratch / "spill"):
            kept = [row for row in rows if row["n_prompts"] >= min_support]
            for row in rows:
                if row["n_prompts"] < min_support:
                    n = counted(row["n_prompts"], "prompt")
                    _refuse(tally, row, "single_example", f"{n} of at least {min_support}")
            n_refused += len(rows) - len(kept)
            if not kept:
                continue
            made, rest_on, said = _records(kept, source, derived_from)
            n_answers += sum(len(one.criteria) for one in said)
            if made.rubric.rubric_id in known:
                # What it rests on beside stays known; the rubric is there.
                for row in kept:
                    _refuse(tally, row, "duplicate", "a step before derived the same rubric")
                n_refused += len(kept)
                new = [one for one in rest_on if one.source_id not in named]
                held.add((), (), new, said)
            else:
                n_rubrics, n_criteria = n_rubrics + 1, n_criteria + len(kept)
                held.add([made.rubric], made.criteria, rest_on, said)
        held.flush()
    for record, file in written.items():
        if record is Judgment and not n_answers:
            continue
        staging.write(record, _read(scratch / "gathered" / file.name, record), part=tally.stage)
    return GatheredRubrics(n_rubrics, n_criteria, n_refused, n_answers)


class _Held:
    """Records on their way into files, some thousand at a time."""

    def __init__(self, files: Sequence[PartFile]) -> None:
        self._files = files
        self._rows: tuple[list[Any], ...] = tuple([] for _ in files)

    def add(self, *rows: Sequence[Record]) -> None:
        for held, more in zip(self._rows, rows, strict=True):
            held += more
        if max(map(len, self._rows)) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        for file, record, rows in zip(self._files, _TABLES, self._rows, strict=True):
            file.write(record.to_table(rows))
            rows.clear()


def _by_rubric(drafts: Sequence[Path], spill: Path) -> Iterator[list[dict[str, Any]]]:
    """Read the drafts of one rubric after another, each criterion once."""
    with sorting(spill) as con:
        if drafts:
            con.execute(f"CREATE VIEW drafts AS SELECT * FROM {parquet(drafts)}")
        else:
            con.register("drafts", DRAFTED.empty_table())
        con.execute(f"SET memory_limit = '{_SORTING_MEMORY}'")
        found = con.execute(_ORDERED).to_arrow_reader(_BATCH)
        rows = (row for batch in found for row in batch.to_pylist())
        for _, of_one in groupby(rows, itemgetter("prompt_id", "domain")):
            criteria = [
                _criterion(alike) for _, alike in groupby(of_one, itemgetter("turn", "key"))
            ]
            yield sorted(
                criteria, key=lambda row: (row["turn"] or 0, row["drawn_from"], row["place"])
            )


def _criterion(drafts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Make one criterion of drafts that say the same, in the words of the first."""
    first, *others = drafts
    every = [first, *others]
    names = (row["name"] for row in every if row["name"] is not None)
    return {
        **first,
        "name": min(names, default=None),
        "weight": max(row["weight"] for row in every),
        "n_prompts": len({row["of_prompt"] for row in every}),
        "sources": [source for row in every for source in row["sources"]],
    }


def _records(
    rows: Sequence[dict[str, Any]], source: str, derived_from: str
) -> tuple[NewRubric, list[CriterionSource], list[Judgment]]:
    """Make a rubric of its criteria, and say what they rest on, and what was said of responses by them."""
    made = new_rubric(
        [DraftCriterion(**{name: row[name] for name in _SAID}) for row in rows],
        source=source,
        name=rows[0]["name"] or "everything",
        prompt_id=rows[0]["prompt_id"],
        domain=rows[0]["domain"],
        derived_from=derived_from,
    )
    drawn = [(c, row["sources"]) for c, row in zip(made.criteria, rows, strict=True)]
    sources = {
        one.source_id: one
        for criterion, rests_on in drawn
        for said in rests_on
        for one in [
            CriterionSource(
                criterion_id=criterion.criterion_id,
                annotator_id=source,
                **{name: said[name] for name in _RESTS_ON},
            )
        ]
    }
    return made, list(sources.values()), answered_by_words(drawn, source)


def _refuse(tally: Tally, row: dict[str, Any], reason: Refused, detail: str) -> None:
    turn = [] if row["turn"] is None else [row["turn"]]
    said = content_id([row["prompt_id"], row["domain"], row["key"], *turn])
    tally.reject("criterion", said, reason, f"{row['text']!r}: {detail}")


def _read(file: Path, record: type[Record]) -> pa.RecordBatchReader:
    schema = record.arrow_schema()
    batches: Iterator[pa.RecordBatch] = iter(())
    if file.exists():
        batches = pq.ParquetFile(file).iter_batches(_BATCH)
    return pa.RecordBatchReader.from_batches(schema, batches)
