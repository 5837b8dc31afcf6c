"""Some prompts of a run with all that is staged of them, as a staging of their own."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

_TABLES: tuple[type[Record], ...] = (Prompt, Response, Comparison)


def excerpt(staging: Staging, prompt_ids: pa.Array, folder: Path) -> Staging:
    """Copy prompts, their responses and their comparisons.

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
    return copied
