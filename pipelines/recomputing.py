"""Preferences from stored judgments, without asking anyone again."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from winnow.pipelines.preferences.splits import NOTHING, PublishedPrompts
from winnow.pipelines.set_aside import PART, asked_of
from winnow.pipelines.steps.step import Pause, Step, StepContext
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import KnownAnnotator, Membership
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
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
    steps: Sequence[Step],
    *,
    release: str,
    published: PublishedPrompts = NOTHING,
    aside: pa.Table | None = None,
) -> list[StageCount]:
    """Go through the steps of a run that ask nobody, on stored judgments; no model is called and no engine started.

    The same tables and steps give the same preferences, row for row, as the run that collected the judgments.

    Args:
        tables: The tables of `NEEDED`, from a staging folder or queried from the warehouse; further ones are ignored.
        staging: An empty staging folder; gets labels, annotators, preferences and rejects.
        run_id: The run under which they are written.
        steps: The steps as the run had them; those that add responses, comparisons or judgments have done their work.
        release: Name of the release.
        published: Prompts that were published before, with their splits; see `winnow.pipelines.preferences.published`.
        aside: Prompts that the run had set aside, rows of the prompts table.

    Returns:
        Counts of the steps aggregate, keep and assemble.
    """
    for record in NEEDED:
        staging.write(record, tables.get(record, record.arrow_schema().empty_table()))
    if aside is not None and aside.num_rows:
        staging.write(Prompt, aside, part=PART)
    last = {step.name: i for i, step in enumerate(steps) if step.is_derived}
    counts: list[StageCount] = []
    for i in sorted(last.values()):
        at = StepContext(
            staging=asked_of(staging),
            run_id=run_id,
            stage=steps[i].name,
            before=tuple(steps[:i]),
            after=tuple(steps[i + 1 :]),
            release=release,
            published=lambda: published,
        )
        outcome = steps[i].work(at)
        counts += [] if isinstance(outcome, Pause) else outcome
    return counts
