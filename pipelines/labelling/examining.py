"""Verifiers at work: each response is measured once, however many comparisons it stands in."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.verifier import Finding, Verifier
from winnow.pipelines.beam import BATCH_ROWS, BeamSettings, map_batches
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

_PART = pa.struct([pa.field("name", pa.string()), pa.field("score", pa.float64())])
# Every field of `Finding`: what is not named here does not come back from the workers.
_FOUND = pa.schema(
    [
        pa.field("verifier", pa.string(), nullable=False),
        pa.field("response_id", pa.string(), nullable=False),
        pa.field("score", pa.float64()),
        pa.field("attribute", pa.string()),
        pa.field("failed", pa.list_(pa.string()), nullable=False),
        pa.field("doubts", pa.list_(pa.string()), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("extracted", pa.string()),
        pa.field("parts", pa.list_(_PART), nullable=False),
    ]
)


def examine(
    staging: Staging,
    responses: pa.Table,
    verifiers: Mapping[str, Verifier],
    beam: BeamSettings,
) -> dict[str, dict[str, Finding]]:
    """Measure responses by verifiers, as a Beam job over Arrow batches.

    Args:
        staging: Holds the prompts; takes the files in between.
        responses: Rows of the responses table.
        verifiers: Verifiers by any name.
        beam: Where the job runs.

    Returns:
        Findings by name of the verifier, then by response_id.
    """
    with staging.shared("examine") as shared:
        found = map_batches(
            partial(examine_batch, verifiers=dict(verifiers)),
            _with_prompts(responses.sort_by("prompt_id"), staging.read(Prompt)),
            _FOUND,
            beam,
            shared,
        )
    findings: dict[str, dict[str, Finding]] = {name: {} for name in verifiers}
    for row in found.to_pylist():
        name = row.pop("verifier")
        findings[name][row["response_id"]] = Finding.model_validate(row)
    return findings


def examine_batch(batch: pa.Table, verifiers: Mapping[str, Verifier]) -> pa.Table:
    """Measure a batch: columns `prompt` and `response`, structs of the two records, in; one row a finding out."""
    rows: list[dict[str, Any]] = []
    pairs = zip(batch["prompt"].to_pylist(), batch["response"].to_pylist(), strict=True)
    for asked, answered in pairs:
        prompt, response = Prompt.model_validate(asked), Response.model_validate(answered)
        for name, verifier in verifiers.items():
            rows.append({"verifier": name, **verifier.examine(prompt, response).model_dump()})
    return pa.Table.from_pylist(rows, schema=_FOUND)


def _with_prompts(responses: pa.Table, prompts: pa.Table) -> Iterator[pa.Table]:
    """Set each response beside its prompt, a batch at a time, so that repeated prompts never pile up."""
    for start in range(0, responses.num_rows, BATCH_ROWS):
        batch = responses.slice(start, BATCH_ROWS)
        rows = pc.index_in(batch["prompt_id"], prompts["prompt_id"])
        yield pa.table({"prompt": _structs(prompts.take(rows)), "response": _structs(batch)})


def _structs(table: pa.Table) -> pa.Array:
    return table.combine_chunks().to_struct_array().combine_chunks()
