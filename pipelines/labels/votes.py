"""Votes: the judgments that count of each comparison, and the labels that a method makes of them."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.aggregate import aggregate_each
from winnow.annotation.aggregation.methods import AggregationMethod
from winnow.pipelines.labels.combining import heard
from winnow.pipelines.labels.tie_agreement import tie_agreement
from winnow.pipelines.labels.verified import UNSIGNED, Verified, find_verified
from winnow.schemas.comparisons import Comparison
from winnow.schemas.id_order import ascending
from winnow.schemas.judgments import Gold
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging

_VOTE_COLUMNS = {
    "comparison_id": "item_id",
    "annotator_id": "annotator",
    "kind": "kind",
    "order": "order",
    "verdict": "verdict",
    "probability": "probability",
    "strength": "strength",
}
_READ = ("judgment_id", "request_id", *_VOTE_COLUMNS)
_GOLD_COLUMNS = {"comparison_id": "item_id", "verdict": "verdict"}


class Evidence(NamedTuple):
    """What labels follow from."""

    votes: pa.Table
    """item_id, annotator, kind, order, verdict, probability, strength, subset."""

    gold: pa.Table
    """item_id, verdict."""

    heard: pa.Table
    """judgment_id, comparison_id and verdict of every judgment that counts, as a vote or as what people verified, in order."""

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
    known = pair_ids(staging)
    judgments = _by_id(rows_about(heard(staging, _READ), known))
    gold = rows_about(staging.read(Gold), known)
    verified = find_verified(judgments, gold)
    votes = as_votes(verified.leave_out(judgments), staging)
    heard_ones = judgments.select(["judgment_id", "comparison_id", "verdict"])
    return Evidence(votes, _renamed(gold, _GOLD_COLUMNS), heard_ones, verified)


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


def as_votes(judgments: pa.Table, staging: Staging) -> pa.Table:
    """Put rows of the judgments table into the form that `winnow.annotation.aggregation.aggregate` takes.

    The subset of a comparison is the domain of its prompt: an annotator may be better in one than in another.
    """
    # The methods index annotators and items by first appearance, so the order of the rows must be fixed.
    votes = _renamed(_by_id(judgments), _VOTE_COLUMNS)
    return votes.append_column("subset", _domains(votes["item_id"], staging))


def _by_id(judgments: pa.Table) -> pa.Table:
    """Put judgments into the order of their ids; where they are in it, the table itself and no copy of it."""
    order = ascending(judgments["judgment_id"])
    return judgments if (np.diff(order) == 1).all() else judgments.take(pa.array(order))


def _domains(item: pa.ChunkedArray, staging: Staging) -> pa.ChunkedArray:
    """Return the domain of the prompt of each comparison."""
    prompts = staging.read(Prompt, ("prompt_id", "domain"))
    if prompts["domain"].null_count == len(prompts):
        return pa.chunked_array([pa.nulls(len(item), pa.string())])
    comparisons = staging.read(Comparison, ("comparison_id", "prompt_id"))
    asked = comparisons["prompt_id"].take(
        pc.index_in(item, comparisons["comparison_id"].combine_chunks())
    )
    place = pc.index_in(asked, prompts["prompt_id"].combine_chunks())
    return prompts["domain"].combine_chunks().dictionary_encode().take(place)


def pair_ids(staging: Staging) -> pa.Array:
    """List the comparison_ids of the staged comparisons of two responses."""
    parts = [pa.nulls(0, pa.string())]
    for batch in staging.batches(Comparison, ("comparison_id", "response_ids")):
        is_pair = pc.equal(pc.list_value_length(batch["response_ids"]), 2)
        parts += batch["comparison_id"].filter(is_pair).chunks
    return pa.concat_arrays(parts)


def rows_about(table: pa.Table, comparisons: pa.Array) -> pa.Table:
    """Return the rows of a table whose comparison_id is among those given."""
    return only(table, pc.is_in(table["comparison_id"], comparisons))


def only(table: pa.Table, which: pa.ChunkedArray) -> pa.Table:
    """Return the rows for which something holds; where it holds for all, the table itself and no copy of it."""
    return table if pc.all(which, min_count=0).as_py() else table.filter(which)


def _renamed(table: pa.Table, columns: dict[str, str]) -> pa.Table:
    return table.select(list(columns)).rename_columns(list(columns.values()))
