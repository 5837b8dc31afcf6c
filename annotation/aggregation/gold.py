"""Verified verdicts that anchor an aggregation."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.places import place_of
from winnow.annotation.aggregation.votes import Ints, codes_among, encode, require_columns
from winnow.schemas.errors import MalformedInput
from winnow.schemas.plurals import agreeing, counted

UNKNOWN = -1
CLASSES = ("a", "b", "tie")


class GoldVerdicts(NamedTuple):
    """Gold verdicts lined up with the items of the judgments."""

    verdict: Ints
    """Shape (n_items,): index into `CLASSES`, or -1 where there is no gold."""

    notes: tuple[str, ...]
    """What was noticed while reading."""

    @property
    def rows(self) -> Ints:
        """Indices of the items that have gold, ascending."""
        return np.flatnonzero(self.verdict != UNKNOWN)

    def without(self, rows: Ints) -> "GoldVerdicts":
        """Return the gold of all items but these."""
        verdict = self.verdict.copy()
        verdict[rows] = UNKNOWN
        return self._replace(verdict=verdict)


def read_gold(gold: pa.Table | None, items: pa.Array) -> GoldVerdicts:
    """Line gold up with the items.

    Args:
        gold: Columns item_id and verdict (a, b or tie), one row an item; None for no gold. A row that stands
            twice counts once.
        items: Item ids of the judgments. Gold for other items is counted in the notes and left out.

    Raises:
        MalformedInput: A column is missing, a verdict is unknown, or two rows of one item contradict each other.
    """
    verdict = np.full(len(items), UNKNOWN, np.int64)
    if gold is None or gold.num_rows == 0:
        return GoldVerdicts(verdict, () if gold is None else ("the gold table is empty",))
    require_columns(gold, ("item_id", "verdict"), "gold")
    ids, item = encode(gold, "item_id")
    code = codes_among(gold, "verdict", CLASSES, "gold")
    _check_agrees_with_itself(gold, ids, item, code)
    found = pc.index_in(ids, items)
    is_judged = np.asarray(found.is_valid())
    target = np.asarray(pc.fill_null(found, 0))[item]
    kept = is_judged[item]
    verdict[target[kept]] = code[kept]
    n_unjudged = int((~is_judged).sum())
    if not n_unjudged:
        return GoldVerdicts(verdict, ())
    are = agreeing(n_unjudged, "has no judgment and is", "have no judgment and are")
    return GoldVerdicts(verdict, (f"{counted(n_unjudged, 'gold item')} {are} left out",))


def _check_agrees_with_itself(gold: pa.Table, ids: pa.Array, item: Ints, code: Ints) -> None:
    lowest = np.full(len(ids), len(CLASSES))
    highest = np.full(len(ids), UNKNOWN)
    np.minimum.at(lowest, item, code)
    np.maximum.at(highest, item, code)
    torn = np.flatnonzero(lowest != highest)
    if len(torn):
        first = torn[0]
        rows = [np.flatnonzero((item == first) & (code == c[first]))[0] for c in (lowest, highest)]
        both = " and ".join(
            f"{CLASSES[code[row]]!r} ({place_of(gold, int(row))})" for row in sorted(rows)
        )
        raise MalformedInput(
            f"gold contradicts itself on {counted(len(torn), 'item')}: item_id {ids[first].as_py()!r} is both {both}; "
            "keep one verdict an item",
            n_items=len(torn),
        )
