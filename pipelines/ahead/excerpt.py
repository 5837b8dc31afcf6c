"""Some prompts of a run with all that is staged of them, as a staging of their own."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.staging import Staging

_TABLES: tuple[type[Record], ...] = (Prompt, Response, Comparison)


def excerpt(staging: Staging, prompt_ids: pa.Array, folder: Path) -> Staging:
    """Copy prompts, their responses and their comparisons, and the rubrics that may apply to them.

    Args:
        staging: Holds them.
        prompt_ids: The prompts.
        folder: Takes the copy.
    """
    copied = Staging(folder)
    for record in _TABLES:
        schema = record.arrow_schema()
        rows = (
            part
            for table in staging.batches(record, schema.names)
            for part in table.filter(pc.is_in(table["prompt_id"], prompt_ids)).to_batches()
        )
        copied.write(record, pa.RecordBatchReader.from_batches(schema, rows))
    _copy_rubrics(staging, prompt_ids, copied)
    return copied


def _copy_rubrics(staging: Staging, prompt_ids: pa.Array, copied: Staging) -> None:
    rubrics = staging.read(Rubric)
    if not rubrics.num_rows:
        return
    of = rubrics["prompt_id"]
    applies = pc.or_(pc.is_null(of), pc.is_in(of, prompt_ids))
    # A later version may apply to other prompts, and takes the place of one of these all the same.
    older = rubrics["rubric_id"].filter(applies).combine_chunks()
    chosen = rubrics.filter(pc.or_(applies, pc.is_in(rubrics["replaces"], older)))
    copied.write(Rubric, chosen)
    rubric_ids = chosen["rubric_id"].combine_chunks()
    for record in (Criterion, Proof):
        rows = staging.read(record)
        copied.write(record, rows.filter(pc.is_in(rows["rubric_id"], rubric_ids)))
    criterion_ids = copied.read(Criterion, ("criterion_id",))["criterion_id"].combine_chunks()
    sources = staging.read(CriterionSource)
    is_merged = pc.is_in(sources["subject_id"], criterion_ids)
    copied.write(CriterionSource, sources.filter(is_merged))
