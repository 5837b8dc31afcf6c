"""From judgments to labels: one call, several methods."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import pyarrow as pa

from winnow.annotation.aggregation.circular import circular_notes
from winnow.annotation.aggregation.gold import read_gold
from winnow.annotation.aggregation.gold_agreement import GoldAgreement, gold_agreement
from winnow.annotation.aggregation.methods import DEFAULT, METHODS, AggregationMethod
from winnow.annotation.aggregation.notices import notice
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.reliability import bounded_weights
from winnow.annotation.aggregation.supported import keep_to_verdicts
from winnow.annotation.aggregation.tables import annotator_table, label_table
from winnow.annotation.aggregation.votes import read_votes


class Aggregation(NamedTuple):
    """What judgments add up to."""

    labels: pa.Table
    """One row an item; the columns are those of `tables.label_table`."""

    annotators: pa.Table
    """One row an annotator; the columns are those of `tables.annotator_table`."""

    notes: tuple[str, ...]
    """What whoever uses the labels should know, a sentence each."""

    agreement: GoldAgreement | None = None
    """How far the labels agree with gold; None without gold."""


def aggregate(
    judgments: pa.Table,
    gold: pa.Table | None = None,
    *,
    method: str | AggregationMethod = DEFAULT,
) -> Aggregation:
    """Turn the verdicts of many annotators into one label an item, and say how reliable each annotator is.

    The default method is the model of `model.comparison_model`; the others are there to compare it with. The label
    of an item that has gold is computed without that item's own gold, by every method, so that its agreement with gold can
    be reported as an estimate for the items without. No label says what no readable verdict on its item said.

    Args:
        judgments: One row a judgment: item_id, annotator, verdict (a, b, tie, invalid), and where there are any
            kind, order (ab, ba or null: which response was shown first) and subset (of the item, such as its
            domain; with gold, annotators may be better in one subset than in another). Verdicts name the response.
        gold: Verified verdicts, one row an item: item_id, verdict (a, b, tie). May cover any part of the items.
        method: One of `METHODS`, by name or with settings of its own.

    Raises:
        MalformedInput: A table lacks a column, is empty, has unknown verdicts, or gold contradicts itself.
        UnknownName: There is no such method.
        MissingPackage: The method needs crowd-kit, and it is not installed.
    """
    (found,) = aggregate_each(judgments, [gold], method=method)
    return found


def aggregate_each(
    judgments: pa.Table,
    golds: Iterable[pa.Table | None],
    *,
    method: str | AggregationMethod = DEFAULT,
) -> Iterator[Aggregation]:
    """Do what `aggregate` does for one gold after another; what does not depend on gold is done once."""
    chosen = METHODS.find(method)() if isinstance(method, str) else method
    votes = read_votes(judgments)
    opinions = gather_opinions(votes)
    label = chosen.label(votes, opinions)
    for gold in golds:
        anchor = read_gold(gold, votes.items)
        found = label(anchor)
        bounded = replace(found, weight=bounded_weights(found.weight, opinions))
        posterior = keep_to_verdicts(bounded, votes)
        labels = label_table(votes, opinions, anchor, posterior)
        yield Aggregation(
            labels=labels,
            annotators=annotator_table(votes, opinions, anchor, posterior),
            notes=(
                *notice(votes, opinions),
                *anchor.notes,
                *circular_notes(votes, opinions, anchor),
                *posterior.notes,
            ),
            agreement=None if gold is None else gold_agreement(labels, anchor),
        )
