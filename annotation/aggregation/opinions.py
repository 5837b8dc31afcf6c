"""What one annotator thinks of one item, all its judgments of that item taken together."""

from dataclasses import dataclass

import numpy as np

from winnow.annotation.aggregation.votes import INVALID, LEAN, VERDICTS, Bools, Floats, Ints, Votes

TIE = VERDICTS.index("tie")


@dataclass(frozen=True)
class Opinions:
    """One entry an (item, annotator) with at least one readable judgment; arrays of shape (n_opinions,).

    Judgments of the same item by the same annotator are one observation: the two orders are averaged, and so
    are repeats within an order. A verdict that flips with the order thereby leans nowhere, and a row that
    stands twice counts once.
    """

    n_items: int
    """Number of items, those without an opinion included."""

    n_annotators: int
    """Number of annotators, those without an opinion included."""

    item: Ints
    """Index of the item, ascending."""

    annotator: Ints
    """Index of the annotator."""

    lean: Floats
    """From -1 (b in every order shown) to +1 (a in every order shown)."""

    tie: Floats
    """Share of tie verdicts, 0 to 1."""

    place: Floats
    """From -1 (always the one shown second) to +1 (always the one shown first); 0 where no order is known."""

    shown: Ints
    """+1 where only the order ab was judged, -1 where only ba was, 0 where both were or none is known."""

    n_judgments: Ints
    """Readable judgments behind it."""

    is_both: Ints
    """1 where both orders were judged."""

    certainty: Floats
    """Mean of what its judgments say of their certainty, see `Votes.certainty`; NaN where none says any."""

    def of_rows(self, rows: Bools, item: Ints, n_items: int) -> "Opinions":
        """Return some of the entries, their items numbered anew.

        Args:
            rows: Shape (n_opinions,): which entries.
            item: Shape (n_chosen,): new index of the item of each.
            n_items: How many items these are of.
        """
        columns = (
            "annotator",
            "lean",
            "tie",
            "place",
            "shown",
            "n_judgments",
            "is_both",
            "certainty",
        )
        chosen = {name: getattr(self, name)[rows] for name in columns}
        return Opinions(n_items=n_items, n_annotators=self.n_annotators, item=item, **chosen)


def gather_opinions(votes: Votes) -> Opinions:
    """Collect the readable judgments of each (item, annotator) into one opinion."""
    valid = votes.verdict != INVALID
    pair = votes.item[valid] * votes.n_annotators + votes.annotator[valid]
    order, verdict = votes.order[valid], votes.verdict[valid]
    pairs, index = np.unique(pair, return_inverse=True)
    lean, tie, is_seen = [], [], []
    for side in (1, -1, 0):
        chosen = order == side
        n = np.bincount(index[chosen], minlength=len(pairs))
        total = np.bincount(index[chosen], LEAN[verdict[chosen]], len(pairs))
        ties = np.bincount(index[chosen], verdict[chosen] == TIE, len(pairs))
        lean.append(total / np.maximum(n, 1))
        tie.append(ties / np.maximum(n, 1))
        is_seen.append(n > 0)
    n_orders = np.sum(is_seen, axis=0)
    return Opinions(
        n_items=votes.n_items,
        n_annotators=votes.n_annotators,
        item=pairs // votes.n_annotators,
        annotator=pairs % votes.n_annotators,
        lean=np.sum(lean, axis=0) / n_orders,
        tie=np.sum(tie, axis=0) / n_orders,
        place=(lean[0] - lean[1]) / np.maximum(is_seen[0] + is_seen[1].astype(int), 1),
        shown=is_seen[0].astype(np.int64) - is_seen[1],
        n_judgments=np.bincount(index, minlength=len(pairs)),
        is_both=(is_seen[0] & is_seen[1]).astype(np.int64),
        certainty=_mean_stated(votes.certainty[valid], index, len(pairs)),
    )


def _mean_stated(certainty: Floats, index: Ints, n: int) -> Floats:
    is_stated = ~np.isnan(certainty)
    count = np.bincount(index[is_stated], minlength=n)
    total = np.bincount(index[is_stated], certainty[is_stated], n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
