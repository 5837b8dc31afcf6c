"""What goes into a stage and what comes out: nothing disappears."""

import time
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

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

    def close(
        self, staging: Staging, *, n_in: int, n_out: int, n_reused: int = 0, part: str | None = None
    ) -> StageCount:
        """Stage the rejects as a part of their own, named after the stage unless told otherwise, and give its counts.

        Raises:
            RuntimeError: What went in is not what came out and what was rejected, or a record was rejected twice.
        """
        if n_in != n_out + len(self.rejects):
            raise RuntimeError(
                f"stage {self.stage}: {n_in} {self.unit} in, but {n_out} out and {len(self.rejects)} rejected"
            )
        if len({r.record_id for r in self.rejects}) < len(self.rejects):
            raise RuntimeError(f"stage {self.stage}: a record was rejected twice")
        self.rejects.sort(key=lambda r: r.record_id)
        staging.write(Reject, self.rejects, part=part or self.stage)
        reasons = Counter(r.reason for r in self.rejects)
        return StageCount(
            stage=self.stage,
            unit=self.unit,
            n_in=n_in,
            n_out=n_out,
            rejects=tuple(ReasonCount(reason=r, n=n) for r, n in sorted(reasons.items())),
            n_reused=n_reused,
            seconds=time.monotonic() - self._started,
        )
