"""Which prompts are others under a condition."""

import orjson
import pyarrow as pa
import pyarrow.compute as pc

UNCONDITIONED = "unconditioned_id"
"""Key of a prompt's metadata that names the prompt as it is without its condition."""


def unconditioned_ids(prompts: pa.Table) -> dict[str, str]:
    """Return the prompt that each is without its condition; those that have none are left out.

    Args:
        prompts: prompt_id and metadata, rows of the prompts table.
    """
    may_be = pc.fill_null(pc.match_substring(prompts["metadata"], UNCONDITIONED), False)
    some = prompts.select(["prompt_id", "metadata"]).filter(may_be)
    rows = zip(*(column.to_pylist() for column in some.columns), strict=True)
    found = ((i, orjson.loads(metadata).get(UNCONDITIONED)) for i, metadata in rows)
    return {i: base for i, base in found if isinstance(base, str)}
