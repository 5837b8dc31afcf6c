"""Rows of a staged table, found by an id of theirs."""

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.base import Record
from winnow.warehouse.staging import Staging


def rows_with(staging: Staging, record: type[Record], name: str, ids: pa.Array | None) -> pa.Table:
    """Read the rows of a table whose column holds one of some ids, or all, and never more than a piece of the others."""
    batches = staging.batches(record, record.arrow_schema().names)
    if ids is not None:
        batches = (batch.filter(pc.is_in(batch[name], value_set=ids)) for batch in batches)
    return pa.concat_tables([record.arrow_schema().empty_table(), *batches])
