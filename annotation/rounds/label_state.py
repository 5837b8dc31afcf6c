"""The labels between two rounds: what the model says, and what people said so far."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.aggregate import aggregate
from winnow.annotation.aggregation.gold import CLASSES, UNKNOWN
from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.schemas.errors import MalformedInput

AUDIT, CHOSEN = "audit", "chosen"
"""Why an item was put before people: drawn at random, so that accuracy can be estimated, or because it will help."""

ASKED = pa.schema([("item_id", pa.string()), ("round", pa.int64()), ("purpose", pa.string())])
"""What people were asked: one row an item and purpose. An item may stand under both, and is asked once."""


class LabelState(NamedTuple):
    """All items side by side; arrays of shape (n_items,) unless said otherwise."""

    items: pa.Array
    """Ids."""

    probabilities: Floats
    """Shape (n_items, 3): what the model anchored on people's verdicts says of a, b and tie. For an item that people
    judged, it is what the model says without that verdict."""

    verdict: Ints
    """What people said: index into `CLASSES`, -1 where nobody was asked."""

    is_settled: Bools
    """Whether what people said is the label itself, and not only an anchor for the others."""

    claim: Ints
    """The label that the item came with: index into `CLASSES`, -1 where it has none."""

    is_audit: Bools
    """Whether the item was drawn at random for people."""

    is_chosen: Bools
    """Whether people were wanted for the item because its label seemed doubtful."""

    notes: tuple[str, ...]
    """What the aggregation had to say."""

    @property
    def is_verified(self) -> Bools:
        """Whether people judged the item."""
        return self.verdict != UNKNOWN

    @property
    def is_taken(self) -> Bools:
        """Whether the verdict is known, or people were asked for it."""
        return self.is_verified | self.is_audit | self.is_chosen

    @property
    def likeliest(self) -> Ints:
        """The model's verdict: index into `CLASSES`."""
        return self.probabilities.argmax(axis=1)

    @property
    def is_wrong(self) -> Bools:
        """Whether people contradicted the model; False where they said nothing."""
        return self.is_verified & (self.likeliest != self.verdict)


def current_state(
    items: pa.Array,
    judgments: pa.Table,
    asked: pa.Table,
    verdicts: pa.Table,
    claims: pa.Table | None = None,
    settled: pa.Array | None = None,
) -> LabelState:
    """Aggregate the judgments, anchored on all that people said so far.

    People's verdicts anchor the model and are no votes in it: a verdict that is both would prove itself right.

    Args:
        items: Ids of all items; those without a judgment start as likely a as b as tie.
        judgments: Of the judges, in the form that `aggregate` takes; may be empty.
        asked: What people were asked so far, in the form of `ASKED`.
        verdicts: What people and earlier gold say: item_id, verdict (a, b, tie), one row an item.
        claims: The labels that items came with: item_id, verdict; None for none.
        settled: Items whose verdict is the label itself; None for all that have a verdict.

    Raises:
        MalformedInput: A table cannot be used.
    """
    n = len(items)
    probabilities = np.full((n, len(CLASSES)), 1 / len(CLASSES))
    notes: tuple[str, ...] = ()
    if judgments.num_rows:
        found = aggregate(judgments, verdicts if verdicts.num_rows else None)
        labels, notes = found.labels, found.notes
        rows = _rows(labels["item_id"], items)
        columns = [labels[f"p_{name}"].to_numpy() for name in CLASSES]
        probabilities[rows[rows >= 0]] = np.column_stack(columns)[rows >= 0]
    purpose = asked["purpose"].to_numpy(zero_copy_only=False)
    place = _rows(asked["item_id"], items)
    verdict = _classes(verdicts, items)
    is_settled = verdict != UNKNOWN
    if settled is not None:
        is_settled &= _marked(_rows(settled, items), n)
    return LabelState(
        items=items,
        probabilities=probabilities,
        verdict=verdict,
        is_settled=is_settled,
        claim=np.full(n, UNKNOWN) if claims is None else _classes(claims, items),
        is_audit=_marked(place[purpose == AUDIT], n),
        is_chosen=_marked(place[purpose == CHOSEN], n),
        notes=notes,
    )


def claims_of(judgments: pa.Table, annotator: str | None) -> pa.Table:
    """Return the labels that items came with: item_id, verdict.

    Args:
        judgments: Judgments in the form that `aggregate` takes.
        annotator: Whose word is the label; None for the majority of all.

    Returns:
        One row for each item on which one of a, b and tie has more votes than each of the others.

    Raises:
        MalformedInput: There is no judgment by that annotator.
    """
    votes = judgments.filter(pc.is_in(judgments["verdict"], pa.array(CLASSES)))
    if annotator is not None:
        votes = votes.filter(pc.equal(votes["annotator"], annotator))
        if not votes.num_rows:
            known = ", ".join(sorted(set(judgments["annotator"].to_pylist()))) or "nobody"
            raise MalformedInput(
                f"no label was given by {annotator!r}; judgments are there by: {known}"
            )
    counts = votes.group_by(["item_id", "verdict"]).aggregate([([], "count_all")])
    best = counts.group_by("item_id").aggregate([("count_all", "max")])
    ahead = counts.join(best, "item_id")
    ahead = ahead.filter(pc.equal(ahead["count_all"], ahead["count_all_max"]))
    alone = ahead.group_by("item_id").aggregate([("verdict", "count"), ("verdict", "min")])
    alone = alone.filter(pc.equal(alone["verdict_count"], 1)).sort_by("item_id")
    return alone.select(["item_id", "verdict_min"]).rename_columns(["item_id", "verdict"])


def _rows(ids: pa.Array | pa.ChunkedArray, items: pa.Array) -> Ints:
    found = pc.fill_null(pc.index_in(ids, pa.array(items)), UNKNOWN)
    return found.to_numpy().astype(np.int64)


def _classes(table: pa.Table, items: pa.Array) -> Ints:
    found = np.full(len(items), UNKNOWN, np.int64)
    rows = _rows(table["item_id"], items)
    code = pc.fill_null(pc.index_in(table["verdict"], pa.array(CLASSES)), UNKNOWN).to_numpy()
    found[rows[rows >= 0]] = code[rows >= 0]
    return found


def _marked(rows: Ints, n: int) -> Bools:
    marked = np.zeros(n, bool)
    marked[rows[rows >= 0]] = True
    return marked
