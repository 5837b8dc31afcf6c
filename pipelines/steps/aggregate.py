"""The step that turns the judgments of a comparison into one label."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.methods import DEFAULT, METHODS, AggregationMethod
from winnow.annotation.aggregation.rules import Rule
from winnow.pipelines.labels.combining import combine_ratings
from winnow.pipelines.labels.cycles import stage_cycles
from winnow.pipelines.labels.following import follow
from winnow.pipelines.labels.strengths import stage_strengths
from winnow.pipelines.labels.verified import Verified
from winnow.pipelines.labels.votes import label_votes, pair_ids, rows_about, staged_evidence
from winnow.pipelines.reading import Say, say_nothing
from winnow.pipelines.steps.step import STEPS, Step, StepContext
from winnow.pipelines.tally import Tally
from winnow.schemas.heard import Anchor, Heard
from winnow.schemas.judgments import Gold
from winnow.schemas.labels import Annotator, KnownAnnotator, Label, Membership
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.registry import Registry
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

_LOG = logging.getLogger(__name__)
_ROWS_AT_ONCE = 100_000


class AggregateSettings(PlugInSettings[AggregationMethod]):
    """How judgments become labels."""

    named_by: ClassVar[str] = "method"
    registry: ClassVar[Registry[AggregationMethod]] = METHODS

    method: str = DEFAULT
    """Name of the aggregation method."""

    combine: tuple[Rule, ...] = ()
    """How ratings by attribute become verdicts; without a rule, the judgment's own verdict counts."""


@STEPS.register("aggregate")
class AggregateStep(Step):
    """Turn judgments into labels, each annotator weighed by its reliability."""

    holds: ClassVar[str | None] = "settings"
    is_derived: ClassVar[bool] = True

    settings: AggregateSettings = AggregateSettings()
    """How judgments become labels."""

    def work(self, at: StepContext) -> list[StageCount]:
        """Label every comparison from all that was said so far."""

        def say(line: str) -> None:
            at.say(f"  {at.stage:<10} {line}")

        return [aggregate_judgments(at.staging, self.settings, at.run_id, say=say)]


def aggregate_judgments(
    staging: Staging, settings: AggregateSettings, run_id: str, *, say: Say = say_nothing
) -> StageCount:
    """Label every staged comparison from the staged judgments, anchored on the staged gold; find cycles and strengths.

    Counts comparisons of two responses; those of more have been taken apart into them. What people verified in rounds
    is the label of its comparison; all other gold only anchors. Rejects `no_judgment` (nobody judged it) and
    `no_readable_judgment`.

    Of what an annotator said of one question only the last word counts; which judgments and gold did is staged too.

    Args:
        staging: Holds comparisons, judgments and gold; gets judgments that follow from ratings of each response, what was heard, combined verdicts, labels, annotators,
            cycles, strengths, standings and rejects.
        settings: The method, and how ratings become verdicts.
        run_id: The run.
        say: Takes what is worth a line, such as weights that were learned.
    """
    tally = Tally("aggregate", "comparisons", run_id)
    beside = follow(staging)
    beside += combine_ratings(staging, settings.combine, run_id, say=say)
    votes, gold, heard, verified = staged_evidence(staging)
    _stage_heard(staging, heard["judgment_id"], beside, run_id)
    heard = heard.drop_columns(
        "judgment_id"
    )  # of millions, ids take more room than all that follows
    judged = _stage_labels(staging, settings, run_id, votes, gold, verified)
    del votes
    stage_cycles(staging, run_id)
    stage_strengths(staging, heard, run_id)
    comparisons = pair_ids(staging)
    place = pc.index_in(comparisons, value_set=judged["comparison_id"].combine_chunks())
    n_readable = judged["n_judgments"].combine_chunks().take(place)
    unread = comparisons.filter(pc.fill_null(pc.equal(n_readable, 0), False))
    tally.reject_all("comparison", comparisons.filter(pc.is_null(place)), "no_judgment")
    tally.reject_all("comparison", unread, "no_readable_judgment")
    return tally.close(staging, n_in=len(comparisons), n_out=staging.n_rows(Label))


def _stage_labels(
    staging: Staging,
    settings: AggregateSettings,
    run_id: str,
    votes: pa.Table,
    gold: pa.Table,
    verified: Verified,
) -> pa.Table:
    """Stage labels and annotators; return the labels, also of comparisons without a readable judgment."""
    labels = verified.labels()
    annotators: dict[str, dict[str, Any]] = {}
    if votes.num_rows:
        (found,) = label_votes(votes, [gold], settings.build())
        for note in found.notes:
            _LOG.warning(note)
        # What people verified keeps their verdict, whatever the votes of others add up to.
        is_open = pc.invert(pc.is_in(found.labels["comparison_id"], labels["comparison_id"]))
        labels = pa.concat_tables([labels, found.labels.filter(is_open)])
        annotators = found.annotators
    annotators = verified.with_people(annotators)
    readable = labels.filter(pc.greater(labels["n_judgments"], 0)).sort_by("comparison_id")
    for name, value in (("run_id", run_id), ("method", settings.method)):
        readable = readable.append_column(name, pa.repeat(value, len(readable)))
    staging.write(Label, readable)
    people = [{**annotators[name], "annotator_id": name} for name in sorted(annotators)]
    _stage_people(staging, people, run_id)
    return labels


def _stage_heard(
    staging: Staging, votes: pa.ChunkedArray, combined_from: Sequence[str], run_id: str
) -> None:
    """Write down what the labels rest on: the warehouse also holds what others said, and what was said before."""
    used = pa.array(sorted(set(combined_from)), pa.string())
    if len(used):
        used = used.filter(pc.invert(pc.is_in(used, value_set=votes)))
    heard = pa.table({"judgment_id": pa.chunked_array([*votes.chunks, used], pa.string())})
    gold = rows_about(staging.read(Gold), pair_ids(staging))
    for record, rows in ((Heard, heard), (Anchor, gold)):
        schema = record.arrow_schema()
        staging.write(
            record, pa.RecordBatchReader.from_batches(schema, _of_run(rows, schema, run_id))
        )


def _of_run(rows: pa.Table, schema: pa.Schema, run_id: str) -> Iterator[pa.RecordBatch]:
    """Yield rows in pieces, and say in each which run they are of: in all at once it would be as large as they are."""
    for piece in rows.to_batches(_ROWS_AT_ONCE):
        by_run = piece.append_column("run_id", pa.repeat(run_id, piece.num_rows))
        yield by_run.select(schema.names).cast(schema)


def _stage_people(staging: Staging, rows: list[dict[str, Any]], run_id: str) -> None:
    columns = Annotator.model_fields
    groups: dict[str, list[str]] = {}
    for member in staging.read(Membership).to_pylist():
        groups.setdefault(member["annotator_id"], []).append(member["group"])
    known = {row["annotator_id"]: row for row in staging.read(KnownAnnotator).to_pylist()}
    kept = (
        {name: row[name] for name in row if name in columns}
        | known.get(row["annotator_id"], {})  # an annotator that the input brought has none
        | {"groups": sorted(groups.get(row["annotator_id"], []))}
        for row in rows
    )
    staging.write(Annotator, [Annotator.model_validate({**row, "run_id": run_id}) for row in kept])
