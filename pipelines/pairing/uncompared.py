"""The prompts that stand in no comparison, where none is formed beside those that are there."""

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

_PROMPT = ("prompt_id",)


def uncompared(staging: Staging) -> pa.Table:
    """Find the prompts whose responses nobody set side by side; texts of responses are read only where there are any.

    Args:
        staging: Holds prompts, responses and comparisons.

    Returns:
        Columns `prompt_id`, in the order of it, and `n_responses`: those of which it is known what they say.
    """
    compared = staging.read(Comparison, _PROMPT)["prompt_id"].unique()
    prompts = staging.read(Prompt, _PROMPT)
    alone = prompts.filter(pc.invert(pc.is_in(prompts["prompt_id"], value_set=compared)))
    ids = alone.sort_by("prompt_id")["prompt_id"].combine_chunks()
    return pa.table({"prompt_id": ids, "n_responses": _n_known(staging, ids)})


def _n_known(staging: Staging, prompt_ids: pa.Array) -> pa.Array:
    """Count the responses to each prompt of which it is known what they say."""
    found = [pa.chunked_array([], pa.string())]
    if len(prompt_ids):
        for batch in staging.batches(Response, ("prompt_id", "text")):
            is_asked = pc.is_in(batch["prompt_id"], value_set=prompt_ids)
            found.append(batch["prompt_id"].filter(pc.and_(is_asked, pc.is_valid(batch["text"]))))
    counts = pa.chunked_array([chunk for ids in found for chunk in ids.chunks], pa.string()).value_counts()  # fmt: skip
    place = pc.index_in(prompt_ids, value_set=counts.field("values"))
    return pc.fill_null(counts.field("counts").take(place), 0)
