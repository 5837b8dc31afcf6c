"""The stage that turns the judgments of a comparison into one label."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.aggregate import aggregate_each
from winnow.annotation.aggregation.methods import DEFAULT, METHODS, AggregationMethod
from winnow.annotation.aggregation.rules import Rule
from winnow.pipelines.combining import combine_ratings, heard
from winnow.pipelines.following import follow
from winnow.pipelines.strengths import stage_strengths
from winnow.pipelines.tally import Tally
from winnow.pipelines.tie_agreement import tie_agreement
from winnow.pipelines.untangling import stage_cycles
from winnow.pipelines.verified import UNSIGNED, Verified, find_verified
from winnow.schemas.comparisons import Comparison
from winnow.schemas.heard import Anchor, Heard
from winnow.schemas.judgments import Gold
from winnow.schemas.labels import Annotator, Label, Membership
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.prompts import Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

_LOG = logging.getLogger(__name__)

_VOTE_COLUMNS = {
    "comparison_id": "item_id",
    "annotator_id": "annotator",
    "kind": "kind",
    "order": "order",
    "verdict": "verdict",
    "probability": "probability",
    "strength": "strength",
}
_GOLD_COLUMNS = {"comparison_id": "item_id", "verdict": "verdict"}


class AggregateSettings(PlugInSettings[AggregationMethod]):
    """How judgments become labels."""

    named_by: ClassVar[str] = "method"
    registry: ClassVar[Registry[AggregationMethod]] = METHODS

    method: str = DEFAULT
    """Name of the aggregation method."""

    combine: tuple[Rule, ...] = ()
    """How ratings by attribute become verdicts; without a rule, the judgment's own verdict counts."""


def aggregate_judgments(staging: Staging, settings: AggregateSettings, run_id: str) -> StageCount:
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
    """
    tally = Tally("aggregate", "comparisons", run_id)
    follow(staging)
    combined_from = combine_ratings(staging, settings.combine, run_id)
    n_judged = _stage_labels(staging, settings, run_id, combined_from)
    stage_cycles(staging, run_id)
    stage_strengths(staging, run_id)
    comparisons = sorted(_pairs(staging).to_pylist())
    for comparison_id in comparisons:
        if not n_judged.get(comparison_id):
            unread = comparison_id in n_judged
            reason = "no_readable_judgment" if unread else "no_judgment"
            tally.reject("comparison", comparison_id, reason)
    return tally.close(staging, n_in=len(comparisons), n_out=staging.n_rows(Label))


def _stage_labels(
    staging: Staging, settings: AggregateSettings, run_id: str, combined_from: Sequence[str]
) -> dict[str, int]:
    """Stage labels and annotators, and count the readable judgments of each comparison that was judged at all."""
    evidence = staged_evidence(staging)
    _stage_heard(staging, evidence.heard, combined_from, run_id)
    labels = evidence.verified.labels()
    annotators: dict[str, dict[str, Any]] = {}
    if evidence.votes.num_rows:
        (found,) = label_votes(evidence.votes, [evidence.gold], settings.build())
        for note in found.notes:
            _LOG.warning(note)
        is_open = pc.invert(pc.is_in(found.labels["comparison_id"], labels["comparison_id"]))
        labels = pa.concat_tables([labels, found.labels.filter(is_open)])
        annotators = found.annotators
    annotators = evidence.verified.with_people(annotators)
    readable = labels.filter(pc.greater(labels["n_judgments"], 0)).sort_by("comparison_id")
    for name, value in (("run_id", run_id), ("method", settings.method)):
        readable = readable.append_column(name, pa.array([value] * len(readable), pa.string()))
    staging.write(Label, readable)
    people = [{**annotators[name], "annotator_id": name} for name in sorted(annotators)]
    _stage_people(staging, people, run_id)
    n_judged = (labels[name].to_pylist() for name in ("comparison_id", "n_judgments"))
    return dict(zip(*n_judged, strict=True))


class Evidence(NamedTuple):
    """What labels follow from."""

    votes: pa.Table
    """item_id, annotator, kind, order, verdict, probability, strength, subset."""

    gold: pa.Table
    """item_id, verdict."""

    heard: pa.Table
    """judgment_id of every judgment that counts, as a vote or as what people verified."""

    verified: Verified
    """What people verified in rounds; it is gold as well, and not among the votes."""


class LabelledVotes(NamedTuple):
    """Labels of votes, before they are records."""

    labels: pa.Table
    """Columns of `UNSIGNED`, one row a comparison."""

    annotators: dict[str, dict[str, Any]]
    """Rows of `winnow.annotation.aggregation.tables.annotator_table` by annotator."""

    notes: tuple[str, ...]
    """What whoever uses the labels should know."""


def staged_evidence(staging: Staging) -> Evidence:
    """Return what was staged of comparisons of two responses."""
    known = _pairs(staging)
    judgments = _rows_about(heard(staging), known)
    gold = _rows_about(staging.read(Gold), known)
    verified = find_verified(judgments, gold)
    votes = as_votes(verified.leave_out(judgments), staging)
    counted = judgments.select(["judgment_id"])
    return Evidence(votes, _renamed(gold, _GOLD_COLUMNS), counted, verified)


def label_votes(
    votes: pa.Table, golds: Iterable[pa.Table], method: str | AggregationMethod
) -> Iterator[LabelledVotes]:
    """Aggregate votes, of which there must be some, by one gold after another; each may be empty."""
    tables = (gold if gold.num_rows else None for gold in golds)
    for found in aggregate_each(votes, tables, method=method):
        yield LabelledVotes(
            _labels(found.labels, votes, found.annotators),
            {row["annotator"]: row for row in found.annotators.to_pylist()},
            found.notes,
        )


def _labels(found: pa.Table, votes: pa.Table, annotators: pa.Table) -> pa.Table:
    is_tied = pc.greater_equal(found["p_tie"], pc.max_element_wise(found["p_a"], found["p_b"]))
    tied = found["item_id"].filter(is_tied)
    ties = tie_agreement(votes.filter(pc.is_in(votes["item_id"], tied)), annotators)
    agreement = pa.array([ties.get(i) for i in tied.to_pylist()], pa.float64())
    place = found.column_names.index("agreement")
    corrected = pc.replace_with_mask(
        found["agreement"].combine_chunks(), is_tied.combine_chunks(), agreement
    )
    named = found.set_column(place, "agreement", corrected)
    names = ["item_id" if name == "comparison_id" else name for name in UNSIGNED.names]
    return named.select(names).rename_columns(UNSIGNED.names).cast(UNSIGNED)


def _stage_heard(
    staging: Staging, counted: pa.Table, combined_from: Sequence[str], run_id: str
) -> None:
    """Write down what the labels rest on: the warehouse also holds what others said, and what was said before."""
    votes = counted["judgment_id"].to_pylist()
    beside = sorted(set(combined_from).difference(votes))
    counted = pa.table({"judgment_id": pa.array([*votes, *beside], pa.string())})
    gold = _rows_about(staging.read(Gold), _pairs(staging))
    for record, rows in ((Heard, counted), (Anchor, gold)):
        by_run = pa.array([run_id] * rows.num_rows, pa.string())
        staging.write(record, rows.append_column("run_id", by_run))


def _stage_people(staging: Staging, rows: list[dict[str, Any]], run_id: str) -> None:
    columns = Annotator.model_fields
    groups: dict[str, list[str]] = {}
    for member in staging.read(Membership).to_pylist():
        groups.setdefault(member["annotator_id"], []).append(member["group"])
    kept = (
        {name: row[name] for name in row if name in columns}
        | {"groups": sorted(groups.get(row["annotator_id"], []))}
        for row in rows
    )
    staging.write(Annotator, [Annotator.model_validate({**row, "run_id": run_id}) for row in kept])


def as_votes(judgments: pa.Table, staging: Staging) -> pa.Table:
    """Put rows of the judgments table into the form that `winnow.annotation.aggregation.aggregate` takes.

    The subset of a comparison is the domain of its prompt: an annotator may be better in one than in another.
    """
    # The methods index annotators and items by first appearance, so the order of the rows must be fixed.
    votes = _renamed(judgments.sort_by("judgment_id"), _VOTE_COLUMNS)
    comparisons, prompts = staging.read(Comparison), staging.read(Prompt)
    asked = comparisons["prompt_id"].take(
        pc.index_in(votes["item_id"], comparisons["comparison_id"].combine_chunks())
    )
    place = pc.index_in(asked, prompts["prompt_id"].combine_chunks())
    return votes.append_column("subset", prompts["domain"].take(place))


def _pairs(staging: Staging) -> pa.Array:
    table = staging.read(Comparison)
    is_pair = pc.equal(pc.list_value_length(table["response_ids"]), 2)
    return table.filter(is_pair)["comparison_id"].combine_chunks()


def _rows_about(table: pa.Table, comparisons: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table["comparison_id"], comparisons))


def _renamed(table: pa.Table, columns: dict[str, str]) -> pa.Table:
    return table.select(list(columns)).rename_columns(list(columns.values()))
