"""What is odd about a table of judgments, said in sentences."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.sums import count_by
from winnow.annotation.aggregation.votes import INVALID, VERDICTS, Bools, Votes
from winnow.schemas.plurals import agreeing, counted

N_NAMED = 3
"""Names given of those that a notice is about."""
MIN_CONSTANT = 10
"""Readable judgments from which one and the same verdict is called constant."""


def notice(votes: Votes, opinions: Opinions) -> tuple[str, ...]:
    """Say what whoever uses the labels should know about the judgments behind them."""
    return tuple(_notices(votes, opinions))


def _notices(votes: Votes, opinions: Opinions) -> Iterator[str]:
    n_orders = len(opinions.item) + int(opinions.is_both.sum())
    n_repeats = int((votes.verdict != INVALID).sum()) - n_orders
    if n_repeats > 0:
        yield (
            f"{counted(n_repeats, 'judgment')} {agreeing(n_repeats, 'repeats', 'repeat')} an item, annotator and order; "
            "repeats count as one opinion, their mean"
        )
    is_bare = count_by(opinions.item, votes.n_items) == 0
    if is_bare.any():
        its = agreeing(int(is_bare.sum()), "its", "their")
        yield f"{_named(votes.items, is_bare, 'item')} without a readable judgment: {its} label is the prior"
    n_opinions = count_by(opinions.annotator, votes.n_annotators)
    is_unread = n_opinions == 0
    if is_unread.any():
        has = agreeing(int(is_unread.sum()), "it has", "they have")
        yield (
            f"{_named(votes.annotators, is_unread, 'annotator')} without a readable judgment: unread, {has} "
            "no weight and no accuracy"
        )
    if (n_opinions == 1).any():
        yield (
            f"{_named(votes.annotators, n_opinions == 1, 'annotator')} with one item only: "
            "weighed like an average annotator"
        )
    constant = _is_constant(votes)
    if constant.any():
        yield (
            f"{_named(votes.annotators, constant, 'annotator')} with the same verdict on every item, "
            f"{MIN_CONSTANT} or more"
        )
    if votes.n_annotators == 1:
        yield "one annotator only: its reliability cannot be measured, and its verdicts are taken as they are"


def _is_constant(votes: Votes) -> Bools:
    table = np.zeros((votes.n_annotators, len(VERDICTS)), np.int64)
    np.add.at(table, (votes.annotator, votes.verdict), 1)
    readable = np.delete(table, INVALID, axis=1)
    total = readable.sum(axis=1)
    return (readable.max(axis=1) == total) & (total >= MIN_CONSTANT)


def _named(names: pa.Array, chosen: Bools, what: str) -> str:
    rows = np.flatnonzero(chosen)
    first = ", ".join(repr(names[row].as_py()) for row in rows[:N_NAMED])
    more = ", ..." if len(rows) > N_NAMED else ""
    return f"{counted(len(rows), what)} ({first}{more})"
