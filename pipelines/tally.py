"""What goes into a stage and what comes out: nothing disappears."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.redaction import redacted
from winnow.schemas.rejects import Reject, Stage
from winnow.schemas.runs import ReasonCount, StageCount
from winnow.warehouse.sql import parquet, quote
from winnow.warehouse.staging import Staging

_BATCH = 10_000


def rejected_in(staging: Staging, stages: Sequence[str]) -> set[str]:
    """List the records that steps of some names rejected."""
    table = staging.read(Reject)
    is_of = pc.is_in(table["stage"], pa.array(stages, pa.string()))
    return set(table.filter(is_of)["record_id"].to_pylist())


class Tally:
    """Collects the rejects of one stage and closes its books."""

    def __init__(self, stage: Stage, unit: str, run_id: str) -> None:
        """Open the books of a stage that counts `unit`, such as "comparisons"; the clock runs from here."""
        self.stage: Stage = stage
        self.unit = unit
        self.run_id = run_id
        self.rejects: list[Reject] = []
        self._tables: list[pa.Table] = []
        self._files: list[tuple[str, Sequence[Path]]] = []
        self._started = time.monotonic()

    def reject(self, record: str, record_id: str, reason: str, detail: str = "") -> None:
        """Put one record on file that does not come out, with its one reason."""
        self.rejects.append(
            Reject(
                run_id=self.run_id,
                stage=self.stage,
                record=record,
                record_id=record_id,
                reason=reason,
                detail=detail,
            )
        )

    def reject_all(
        self,
        record: str,
        record_ids: pa.Array,
        reason: str | pa.Array,
        details: pa.Array | None = None,
    ) -> None:
        """Put many records on file that do not come out, for one reason or each for its own, with details if there are any."""
        same = {"run_id": self.run_id, "stage": self.stage, "record": record}
        if isinstance(reason, str):
            same["reason"] = reason
        columns = {name: pa.repeat(value, len(record_ids)) for name, value in same.items()}
        columns.setdefault("reason", reason)
        columns["record_id"] = record_ids
        columns["detail"] = _shown(pa.repeat("", len(record_ids)) if details is None else details)
        schema = Reject.arrow_schema()
        self._tables.append(pa.table([columns[name] for name in schema.names], schema=schema))

    def reject_files(self, record: str, files: Sequence[Path]) -> None:
        """Put records on file that Parquet files name, with the columns `record_id`, `reason` and `detail`."""
        if files:
            self._files.append((record, files))

    def close(
        self, staging: Staging, *, n_in: int, n_out: int, n_reused: int = 0, part: str | None = None
    ) -> StageCount:
        """Stage the rejects as a part of their own, named after the stage unless told otherwise, and give its counts.

        Raises:
            RuntimeError: What went in is not what came out and what was rejected, or a record was rejected twice.
        """
        with self._opened() as con:
            reasons = con.execute(
                "SELECT reason, count(*) FROM rejects GROUP BY reason ORDER BY reason"
            ).fetchall()
            n_rejected = sum(n for _, n in reasons)
            if n_in != n_out + n_rejected:
                raise RuntimeError(
                    f"stage {self.stage}: {n_in} {self.unit} in, but {n_out} out and {n_rejected} rejected"
                )
            if (
                con.execute("SELECT count(DISTINCT record_id) FROM rejects").fetchall()[0][0]
                < n_rejected
            ):
                raise RuntimeError(f"stage {self.stage}: a record was rejected twice")
            rows = con.execute("SELECT * FROM rejects ORDER BY record_id")
            staging.write(Reject, rows.to_arrow_reader(_BATCH), part=part or self.stage)
        return StageCount(
            stage=self.stage,
            unit=self.unit,
            n_in=n_in,
            n_out=n_out,
            rejects=tuple(ReasonCount(reason=r, n=n) for r, n in reasons),
            n_reused=n_reused,
            seconds=time.monotonic() - self._started,
        )

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a connection with all rejects as the table `rejects`."""
        with duckdb.connect() as con:
            con.register("held", pa.concat_tables([Reject.to_table(self.rejects), *self._tables]))
            rows = ["SELECT * FROM held"]
            for record, files in self._files:
                same = ", ".join(map(quote, (self.run_id, self.stage, record)))
                rows.append(f"SELECT {same}, record_id, reason, detail FROM {parquet(files)}")
            con.execute(f"CREATE VIEW rejects AS {' UNION ALL '.join(rows)}")
            yield con


def _shown(details: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Leave the secrets out of details, of which many are the same."""
    words = details.unique()
    shown = pa.array(map(redacted, words.to_pylist()), pa.string())
    return shown.take(pc.index_in(details, value_set=words))
