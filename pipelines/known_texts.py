"""Which of a run's texts anybody knows: a log of battles names two models and says neither what was asked nor answered."""

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


def known_prompts(staging: Staging) -> pa.Table:
    """Return the staged prompts of which it is known what they ask."""
    prompts = staging.read(Prompt)
    return prompts.filter(pc.greater(pc.list_value_length(prompts["messages"]), 0))


def known_responses(staging: Staging) -> pa.Table:
    """Return the staged responses of which it is known what they say."""
    responses = staging.read(Response)
    return responses.filter(pc.is_valid(responses["text"]))


def unknown_responses(staging: Staging) -> set[str]:
    """Return the ids of the staged responses of which nobody knows what they say."""
    found: set[str] = set()
    for batch in staging.batches(Response, ("response_id", "text")):
        found.update(batch["response_id"].filter(pc.is_null(batch["text"])).to_pylist())
    return found


def unknown_comparisons(staging: Staging) -> set[str]:
    """Return the ids of the staged comparisons with a response of which nobody knows what it says."""
    unknown = unknown_responses(staging)
    if not unknown:
        return set()
    rows = staging.read(Comparison, ("comparison_id", "response_ids"))
    pairs = zip(*(column.to_pylist() for column in rows.columns), strict=True)
    return {comparison_id for comparison_id, ids in pairs if not unknown.isdisjoint(ids)}
