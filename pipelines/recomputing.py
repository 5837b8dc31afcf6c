"""Preferences from stored judgments, without asking anyone again."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.preferences.splits import NOTHING, PublishedPrompts
from winnow.pipelines.rounds import RoundSettings, hold_back, read_pool
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.assemble import AssembleSettings, assemble
from winnow.pipelines.steps.keep import FilterSettings, keep
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import KnownAnnotator, Membership
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rounds import Asked
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

NEEDED: tuple[type[Record], ...] = (
    Prompt,
    Response,
    Comparison,
    Judgment,
    Gold,
    KnownAnnotator,
    Membership,
)
"""Tables that everything after a judgment follows from."""


def recompute(
    tables: Mapping[type[Record], pa.Table],
    staging: Staging,
    run_id: str,
    *,
    release: str,
    aggregate: AggregateSettings,
    filters: Sequence[FilterSettings],
    assembly: AssembleSettings,
    beam: BeamSettings,
    rounds: RoundSettings | None = None,
    published: PublishedPrompts = NOTHING,
) -> list[StageCount]:
    """Aggregate, filter and assemble stored judgments; no model is called and no engine started.

    The same tables and settings give the same preferences, row for row, as the run that collected the judgments.

    Args:
        tables: The tables of `NEEDED`, from a staging folder or queried from the warehouse; further ones are ignored.
        staging: An empty staging folder; gets labels, annotators, preferences and rejects.
        run_id: The run under which they are written.
        release: Name of the release.
        aggregate: The aggregation method.
        filters: The checks.
        assembly: Ties and splits.
        beam: Where near-duplicate prompts are looked for.
        rounds: Settings of the rounds that the judgments come from; None for a run without.
        published: Prompts that were published before, with their splits; see `winnow.pipelines.preferences.published`.

    Returns:
        Counts of the stages aggregate, keep and assemble.
    """
    for record in NEEDED:
        staging.write(record, tables.get(record, record.arrow_schema().empty_table()))
    aggregated = aggregate_judgments(staging, aggregate, run_id)
    also = []
    if rounds is not None:
        pool = read_pool(staging, Asked.to_table([]), rounds, is_judged=True)
        also.append(hold_back(pool, rounds))
    return [
        aggregated,
        keep(staging, filters, run_id, beam=beam, publishes=assembly.publishes, also=also),
        assemble(staging, assembly, run_id, release=release, beam=beam, published=published),
    ]
