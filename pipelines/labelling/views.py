"""Comparisons with their texts, as annotators look at them."""

import pyarrow.compute as pc

from winnow.annotation.judge import ComparisonView
from winnow.pipelines.known_texts import unknown_comparisons
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


def read_views(staging: Staging) -> list[ComparisonView]:
    """Read the staged comparisons of two with the prompts and responses that they name, those of one prompt together.

    Those with a response of which nobody knows what it says are left out: nobody can look at them.
    """
    unknown = unknown_comparisons(staging)
    comparisons = Comparison.from_table(staging.read(Comparison))
    pairs = sorted(
        (c for c in comparisons if len(c.response_ids) == 2 and c.comparison_id not in unknown),
        key=lambda c: (c.prompt_id, c.comparison_id),
    )
    prompts = _prompts(staging, {c.prompt_id for c in pairs})
    responses = _responses(staging, {i for c in pairs for i in c.response_ids})
    return [
        ComparisonView(
            comparison_id=c.comparison_id,
            prompt=prompts[c.prompt_id],
            a=responses[c.response_ids[0]],
            b=responses[c.response_ids[1]],
        )
        for c in pairs
    ]


def _prompts(staging: Staging, wanted: set[str]) -> dict[str, Prompt]:
    table = staging.read(Prompt)
    rows = table.filter(pc.is_in(table["prompt_id"], pc.cast(sorted(wanted), "string")))
    return {p.prompt_id: p for p in Prompt.from_table(rows)}


def _responses(staging: Staging, wanted: set[str]) -> dict[str, Response]:
    table = staging.read(Response)
    rows = table.filter(pc.is_in(table["response_id"], pc.cast(sorted(wanted), "string")))
    return {r.response_id: r for r in Response.from_table(rows)}
