"""What each judge said, lined up with the labelled comparisons."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.opinions import Opinions, gather_opinions
from winnow.annotation.aggregation.votes import INVALID, Bools, Floats, Ints, Votes, read_votes
from winnow.annotation.evaluation.items import Items

STATED = ("probability", "strength", "score_a", "score_b")
"""Columns of judgments, beside those of the long form, of which the mean over an item's judgments is taken."""
SPENT = ("cost", "seconds", "n_prompt_tokens", "n_tokens")
"""Columns of judgments that say what one judgment took."""


@dataclass(frozen=True)
class JudgeAnswers:
    """One judge; one entry an item that it was asked about, or a judgment where that is said."""

    annotator: str
    """Name of the judge."""

    kind: str | None
    """Sort of annotator; None where unknown."""

    item: Ints
    """Row of the item."""

    is_read: Bools
    """Whether any verdict on it was readable; what could not be read is no answer, and is not scored."""

    lean: Floats
    """From -1 (b in every order) to +1 (a in every order); 0 for ties, flips and where nothing was readable."""

    is_tied: Bools
    """Whether every readable verdict is a tie."""

    place: Floats
    """+1 where both orders name the response shown first, -1 where both name the second, between for a tie in one."""

    is_read_both: Bools
    """Whether both orders have a readable verdict."""

    vote_item: Ints
    """Of each judgment: row of the item."""

    vote_lean: Floats
    """Of each judgment: +1 for a, -1 for b, 0 else."""

    vote_order: Ints
    """Of each judgment: +1 where a was shown first, -1 where b was, 0 where no order is known."""

    vote_invalid: Bools
    """Of each judgment: whether it could not be read."""

    stated: dict[str, Floats]
    """Means of the columns of `STATED` by item, NaN where the judge did not say."""

    spent: dict[str, Floats]
    """Columns of `SPENT` by judgment, NaN where unknown."""


def hear(judgments: pa.Table, items: Items) -> list[JudgeAnswers]:
    """Take apart a table of judgments in the long form by judge, in order of first appearance.

    Args:
        judgments: item_id, annotator, verdict, and where there are any kind, order and the columns of `STATED`
            and `SPENT`.
        items: The labelled comparisons; every judged item must be among them.

    Raises:
        MalformedInput: The table cannot be used, or an item is unknown.
    """
    votes = read_votes(judgments)
    row = items.rows_of(votes.items)
    numbers = {name: _numbers(judgments, name) for name in (*STATED, *SPENT)}
    return list(_each(votes, gather_opinions(votes), row, numbers))


def _each(
    votes: Votes, opinions: Opinions, row: Ints, numbers: dict[str, Floats]
) -> Iterator[JudgeAnswers]:
    by_vote = np.argsort(votes.annotator, kind="stable")
    vote_end = np.cumsum(np.bincount(votes.annotator, minlength=votes.n_annotators))
    by_opinion = np.argsort(opinions.annotator, kind="stable")
    opinion_end = np.cumsum(np.bincount(opinions.annotator, minlength=votes.n_annotators))
    for k, (name, kind) in enumerate(zip(votes.annotators.to_pylist(), votes.kinds, strict=True)):
        mine = by_vote[vote_end[k - 1] if k else 0 : vote_end[k]]
        held = by_opinion[opinion_end[k - 1] if k else 0 : opinion_end[k]]
        item, index = np.unique(votes.item[mine], return_inverse=True)
        at = np.searchsorted(item, opinions.item[held])
        order = votes.order[mine]
        yield JudgeAnswers(
            annotator=name,
            kind=kind,
            item=row[item],
            is_read=_placed(np.ones(len(at)), at, len(item)) == 1,
            lean=_placed(opinions.lean[held], at, len(item)),
            is_tied=_placed(opinions.tie[held], at, len(item)) == 1,
            place=_placed(opinions.place[held], at, len(item)),
            is_read_both=_placed(opinions.is_both[held].astype(float), at, len(item)) == 1,
            vote_item=row[votes.item[mine]],
            vote_lean=np.array([1.0, -1.0, 0.0, 0.0])[votes.verdict[mine]],
            vote_order=order,
            vote_invalid=votes.verdict[mine] == INVALID,
            stated={n: _means(numbers[n][mine], index, len(item)) for n in STATED},
            spent={n: numbers[n][mine] for n in SPENT},
        )


def _placed(values: Floats, at: Ints, n: int) -> Floats:
    placed = np.zeros(n)
    placed[at] = values
    return placed


def _means(values: Floats, index: Ints, n: int) -> Floats:
    known = ~np.isnan(values)
    count = np.bincount(index[known], minlength=n)
    total = np.bincount(index[known], values[known], minlength=n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _numbers(judgments: pa.Table, name: str) -> Floats:
    if name not in judgments.column_names:
        return np.full(judgments.num_rows, np.nan)
    return judgments[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
