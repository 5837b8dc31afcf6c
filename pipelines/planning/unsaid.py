"""What verifiers say of stand-ins counts for nothing."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.pipelines.planning.stand_ins import HOLDS_ONE
from winnow.pipelines.steps.selecting import choose
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.warehouse.staging import Staging


def forget_what_is_said_of_stand_ins(staging: Staging) -> None:
    """Take out the judgments of responses that are not there, and of comparisons with them: they have no label yet."""
    responses = choose(HOLDS_ONE, "responses", staging)
    absent = set(responses.to_pylist())
    rows = staging.read(Comparison).select(["comparison_id", "response_ids"])
    sides = zip(*(c.to_pylist() for c in rows.columns), strict=True)
    absent.update([i for i, ids in sides if not absent.isdisjoint(ids)])
    for file in staging.files(Judgment):
        table = pq.read_table(file, partitioning=None)
        is_said = pc.is_in(table["subject_id"], pa.array(absent, pa.string()))
        staging.write(Judgment, table.filter(pc.invert(is_said)), part=file.stem)
