"""Criteria of derived rubrics become fewer: each one merged with what says the same, or refused with the reason."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.annotation.embeddings import TFIDF, embedding
from winnow.annotation.rubrics.merging.pooled import NearPair
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.rubrics.confirmed import Confirming
from winnow.pipelines.rubrics.merged import HowMerged, outcome_of
from winnow.pipelines.rubrics.pools import PoolFile, pools_in, write_pools
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Record
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.sql import parquet
from winnow.warehouse.staging import Staging

R = TypeVar("R", bound=Record)

MADE: tuple[type[Record], ...] = (Rubric, Criterion, CriterionSource, Proof)
"""The tables that merging adds to."""

_LINKS = pa.schema({"old": pa.string(), "new": pa.string()})
_BATCH = 8192

# What a criterion was merged from before is behind what was merged now. One that was there rests on some of it already.
_SOURCES = """
WITH links AS (FROM {links}), sources AS ({sources})
FROM (
    SELECT new AS criterion_id, 'criterion' AS kind, old AS subject_id FROM links
    UNION ALL BY NAME
    SELECT links.new AS criterion_id, s.* EXCLUDE (source_id, criterion_id)
    FROM links JOIN sources AS s ON s.criterion_id = links.old WHERE s.kind <> 'criterion'
    EXCEPT SELECT * EXCLUDE (source_id) FROM sources
) ORDER BY ALL
"""


def merge(
    staging: Staging,
    how: HowMerged,
    run_id: str,
    *,
    model: ModelRef,
    answer: AnswerRequests,
    beam: BeamSettings,
    stage: str = "merge",
) -> list[StageCount]:
    """Merge the criteria of rubrics that were derived, and of which nothing is refused yet.

    Args:
        staging: Holds rubrics, criteria and sources; gets the merged ones, proofs of what is refused, and rejects.
        how: How they are merged.
        run_id: The run.
        model: Says whether two criteria say the same.
        answer: Has requests answered.
        beam: Where replies are read.
        stage: Name of the step in counts, rejects and parts of tables.

    Returns:
        Counts of criteria, and of requests where any were made: `unreadable` or the failure's reason for those of which nothing
        can be read, whose criteria count as different.
    """
    for record in MADE:  # what an earlier attempt made is not to be merged in its turn
        staging.discard(record, stage)
    tally, asked = (Tally(stage, unit, run_id) for unit in ("criteria", "requests"))
    with staging.shared(stage) as shared, staging.scratch(stage) as scratch:
        pools = write_pools(staging, how.reach, scratch, how.share)
        embed = None if how.similar_by == TFIDF else embedding(how.similar_by)
        confirming = Confirming(model, scratch, threshold=how.similarity, embed=embed)
        folder = RequestFolder(shared)
        for number, rows in enumerate(confirming.requests(pools.batches())):
            folder.write([rows], part=f"{number:06d}")
        answered = None
        if confirming.n_requests:
            answered = answer(folder, model=model, asking=f"model {model.name}")
            unread = confirming.read(answered, beam)
            asked.reject_all("request", unread["request_id"], unread["reason"], unread["detail"])
        with _Made(scratch, staging, run_id, tally) as made:
            for number, batch in zip(count(), pools.batches(), strict=False):
                made.add(batch, confirming.said(number), pools, how)
            made.stage(stage)
    counts = [tally.close(staging, n_in=made.n_in, n_out=made.n_out)]
    if answered is not None:
        n, part = answered.counts.n_requests, f"{stage}-requests"
        n_read = n - len(unread)
        counts.append(
            asked.close(staging, n_in=n, n_out=n_read, n_reused=answered.n_reused, part=part)
        )
    return counts


class _Made:
    """What comes of the pools, batch by batch in files."""

    def __init__(self, scratch: Path, staging: Staging, run_id: str, tally: Tally) -> None:
        self._staging, self._run_id, self._tally = staging, run_id, tally
        self._paths = {record: scratch / f"{record.table}.parquet" for record in MADE}
        self._links_path = scratch / "links.parquet"
        self._files = ExitStack()
        self._writers: dict[type[Record], pq.ParquetWriter] = {}
        self._known = frozenset(staging.read(Rubric, ["rubric_id"])["rubric_id"].to_pylist())
        self.n_in = self.n_out = 0

    def __enter__(self) -> "_Made":
        for record, path in self._paths.items():
            writer = pq.ParquetWriter(path, record.arrow_schema())
            self._writers[record] = self._files.enter_context(writer)
        self._links = self._files.enter_context(pq.ParquetWriter(self._links_path, _LINKS))
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(
        self,
        batch: pa.Table,
        said: Mapping[str, list[tuple[str, NearPair]]],
        pools: PoolFile,
        how: HowMerged,
    ) -> None:
        """Merge whole pools."""
        outcomes = [
            outcome_of(one, said, how, self._run_id, self._known)
            for one in pools_in(batch, pools.verdicts(batch))
        ]
        self.n_in += len(batch)
        self.n_out += sum(one.n_out for one in outcomes)
        self._write(Rubric, [one.rubric for one in outcomes if one.rubric])
        self._write(Criterion, [c for one in outcomes for c in one.criteria])
        self._write(Proof, [p for one in outcomes for p in one.proofs])
        links = [pair for one in outcomes for pair in one.links]
        old, new = ([pair[i] for pair in links] for i in range(2))
        self._links.write_table(pa.table({"old": old, "new": new}, schema=_LINKS))
        refused = [reject for one in outcomes for reject in one.rejects]
        if refused:
            ids, reasons, details = (
                pa.array(column, pa.string()) for column in zip(*refused, strict=True)
            )
            self._tally.reject_all("criterion", ids, reasons, details)

    def stage(self, part: str) -> None:
        """Put the files among the staged tables."""
        self._links.close()
        self._write_sources()
        self._files.close()
        for record, path in self._paths.items():
            with pq.ParquetFile(path) as file:
                if file.metadata.num_rows:
                    batches = file.iter_batches()
                    reader = pa.RecordBatchReader.from_batches(file.schema_arrow, batches)
                    self._staging.write(record, reader, part=part)

    def _write(self, record: type[R], rows: Iterable[R]) -> None:
        self._writers[record].write_table(record.to_table(rows))

    def _write_sources(self) -> None:
        """Write what merged criteria rest on: the criteria that were merged, and all that these rest on."""
        empty = CriterionSource.arrow_schema().empty_table()
        with duckdb.connect() as con:
            con.register("no_sources", empty)
            files = self._staging.files(CriterionSource)
            sources = (
                f"FROM {parquet(files)} UNION ALL BY NAME FROM no_sources"
                if files
                else "FROM no_sources"
            )
            rows = con.execute(_SOURCES.format(links=parquet([self._links_path]), sources=sources))
            for batch in rows.to_arrow_reader(_BATCH):
                self._write(CriterionSource, map(CriterionSource.model_validate, batch.to_pylist()))
