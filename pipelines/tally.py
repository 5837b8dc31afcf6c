"""What goes into a stage and what comes out: nothing disappears."""

import time
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.redaction import redacted
from winnow.schemas.rejects import Reject, Stage
from winnow.schemas.runs import ReasonCount, StageCount
from winnow.warehouse.staging import Staging


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
        said = [""] * len(record_ids) if details is None else details.to_pylist()
        columns["detail"] = pa.array(map(redacted, said), pa.string())
        schema = Reject.arrow_schema()
        self._tables.append(pa.table([columns[name] for name in schema.names], schema=schema))

    def close(
        self, staging: Staging, *, n_in: int, n_out: int, n_reused: int = 0, part: str | None = None
    ) -> StageCount:
        """Stage the rejects as a part of their own, named after the stage unless told otherwise, and give its counts.

        Raises:
            RuntimeError: What went in is not what came out and what was rejected, or a record was rejected twice.
        """
        rejects = pa.concat_tables([Reject.to_table(self.rejects), *self._tables])
        if n_in != n_out + len(rejects):
            raise RuntimeError(
                f"stage {self.stage}: {n_in} {self.unit} in, but {n_out} out and {len(rejects)} rejected"
            )
        if pc.count_distinct(rejects["record_id"]).as_py() < len(rejects):
            raise RuntimeError(f"stage {self.stage}: a record was rejected twice")
        staging.write(Reject, rejects.sort_by("record_id"), part=part or self.stage)
        reasons = Counter(rejects["reason"].to_pylist())
        return StageCount(
            stage=self.stage,
            unit=self.unit,
            n_in=n_in,
            n_out=n_out,
            rejects=tuple(ReasonCount(reason=r, n=n) for r, n in sorted(reasons.items())),
            n_reused=n_reused,
            seconds=time.monotonic() - self._started,
        )
