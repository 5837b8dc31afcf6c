"""Judgments as arrays: who said what about which item, shown in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winnow.annotation.aggregation.places import place_of
from winnow.schemas.errors import MalformedInput

REQUIRED = ("item_id", "annotator", "verdict")
VERDICTS = ("a", "b", "tie", "invalid")
INVALID = VERDICTS.index("invalid")
LEAN = np.array([1.0, -1.0, 0.0, 0.0])
"""Lean of each verdict of `VERDICTS`: +1 towards a, -1 towards b."""
STRONGEST = 3.0
"""End of the scale of strengths."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Votes:
    """One entry a judgment, invalid ones included; arrays of shape (n_judgments,) unless said otherwise."""

    items: pa.Array
    """Distinct item ids, in order of first appearance."""

    annotators: pa.Array
    """Distinct annotator names, in order of first appearance."""

    kinds: tuple[str | None, ...]
    """Kind of each annotator; None where the table does not say."""

    item: Ints
    """Index into `items`."""

    annotator: Ints
    """Index into `annotators`."""

    verdict: Ints
    """Index into `VERDICTS`."""

    subset: Ints
    """Shape (n_items,): number of the item's subset, from 0; all 0 where the table names none."""

    order: Ints
    """+1 where a was shown first, -1 where b was, 0 where no order was recorded."""

    certainty: Floats
    """How certain of its verdict it says it is, -1 to 1, below 0 where what it states speaks against its own verdict;
    NaN where it does not say."""

    @property
    def n_items(self) -> int:
        """Number of distinct items."""
        return len(self.items)

    @property
    def n_annotators(self) -> int:
        """Number of distinct annotators."""
        return len(self.annotators)


def read_votes(judgments: pa.Table) -> Votes:
    """Turn a table of judgments in the long form into arrays.

    Args:
        judgments: Columns item_id, annotator, verdict (a, b, tie, invalid), and where there are any kind,
            order (ab, ba or null), subset (of the item, such as its domain), probability (the annotator's own that b is
            better, or null) and strength (-3 for a to 3 for b, or null). Other columns are left alone.

    Raises:
        MalformedInput: A column is missing, the table is empty, an id is null, a verdict or an order is
            none of the known ones, or a probability or a strength is no number of its range.
    """
    require_columns(judgments, REQUIRED, "judgments")
    if judgments.num_rows == 0:
        raise MalformedInput(
            "judgments are empty: at least one judgment is needed to label an item"
        )
    items, item = encode(judgments, "item_id")
    annotators, annotator = encode(judgments, "annotator")
    verdict = codes_among(judgments, "verdict", VERDICTS, "judgments")
    return Votes(
        items=items,
        annotators=annotators,
        kinds=_kinds(judgments, annotator, len(annotators)),
        item=item,
        annotator=annotator,
        verdict=verdict,
        subset=_subsets(judgments, item, len(items)),
        order=_orders(judgments),
        certainty=_certainties(judgments, LEAN[verdict]),
    )


def require_columns(table: pa.Table, wanted: Sequence[str], what: str) -> None:
    """Check that a table has the columns it is read by.

    Raises:
        MalformedInput: Some are missing; names them and those that are there.
    """
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise MalformedInput(
            f"{what} have no column {', '.join(missing)}; wanted {', '.join(wanted)}, "
            f"found {', '.join(table.column_names) or 'none'}; rename the columns",
            missing=missing,
        )


def encode(table: pa.Table, name: str) -> tuple[pa.Array, Ints]:
    """Return the distinct values of a column, as text, and for each row the index of its own.

    Raises:
        MalformedInput: A value is null.
    """
    column = table.column(name)
    if column.null_count:
        row = pc.index(pc.is_null(column), True).as_py()
        raise MalformedInput(
            f"{place_of(table, row)}: {name} is missing, wanted text; {column.null_count} such rows",
            row=row,
        )
    if pa.types.is_dictionary(column.type):
        encoded = column.unify_dictionaries().combine_chunks()
        return _by_appearance(encoded)
    encoded = pc.cast(column, pa.string()).combine_chunks().dictionary_encode()
    return encoded.dictionary, np.asarray(encoded.indices).astype(np.int64)


def _by_appearance(encoded: pa.DictionaryArray) -> tuple[pa.Array, Ints]:
    """Do for a column that is encoded already what encoding its text would give."""
    code = np.asarray(encoded.indices)
    first = first_rows(code, len(encoded.dictionary))
    order = np.argsort(first, kind="stable")[: int((first < len(code)).sum())]
    number = np.empty(len(first), np.int64)
    number[order] = np.arange(len(order))
    return pc.cast(encoded.dictionary.take(pa.array(order)), pa.string()), number[code]


def first_rows(group: Ints, n_groups: int) -> Ints:
    """Return the first row of each group, shape (n_groups,); of a group without rows, the number of rows."""
    first = np.full(n_groups, len(group), np.int64)
    first[group[::-1]] = np.arange(len(group) - 1, -1, -1)  # of several, the last that is set stays
    return first


def codes_among(table: pa.Table, name: str, known: Sequence[str], what: str) -> Ints:
    """Return for each row the index of its value among `known`.

    Raises:
        MalformedInput: A value, or null, is none of them; names the first row and the count.
    """
    column = table.column(name)
    if not pa.types.is_dictionary(column.type):
        column = pc.cast(column, pa.string())
    found = pc.index_in(column, pa.array(known, pa.string()))
    if found.null_count:
        row = pc.index(pc.is_null(found), True).as_py()
        way_out = (
            "map other words with --verdicts left=a" if name == "verdict" else "map them first"
        )
        raise MalformedInput(
            f"{place_of(table, row, what)}: {name} is {_quoted(column[row].as_py())}, wanted {', '.join(known)}; "
            f"{found.null_count} of {len(column)} rows; {way_out}",
            row=row,
            n_rows=found.null_count,
        )
    return np.asarray(found).astype(np.int64)


def _quoted(value: str | None) -> str:
    return "missing" if value is None else repr(value)


def _orders(judgments: pa.Table) -> Ints:
    if "order" not in judgments.column_names:
        return np.zeros(judgments.num_rows, np.int64)
    at = judgments.column_names.index("order")
    filled = judgments.set_column(
        at, "order", pc.fill_null(pc.cast(judgments.column("order"), pa.string()), "")
    )
    return np.array([1, -1, 0])[codes_among(filled, "order", ("ab", "ba", ""), "judgments")]


def _certainties(judgments: pa.Table, lean: Floats) -> Floats:
    probability = _numbers(judgments, "probability", 0.0, 1.0)
    strength = _numbers(judgments, "strength", -STRONGEST, STRONGEST)
    for_a = np.where(np.isnan(probability), -strength / STRONGEST, 1 - 2 * probability)
    return np.where(lean == 0, np.nan, for_a * lean)


def _number(value: object) -> float:
    """Return a number, infinity for what is none, NaN for nothing."""
    try:
        return np.nan if value is None else float(str(value))
    except ValueError:
        return np.inf


def _numbers(judgments: pa.Table, name: str, least: float, most: float) -> Floats:
    """Return an optional column of numbers, NaN where there are none.

    Raises:
        MalformedInput: A value is no number, or out of its range; names the first such row.
    """
    if name not in judgments.column_names:
        return np.full(judgments.num_rows, np.nan)
    column = judgments.column(name)
    try:
        values = np.asarray(pc.fill_null(pc.cast(column, pa.float64()), np.nan), np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values = np.array([_number(value) for value in column.to_pylist()])
    outside = np.flatnonzero((values < least) | (values > most))
    if len(outside):
        row = int(outside[0])
        raise MalformedInput(
            f"{place_of(judgments, row)}: {name} is {column[row].as_py()!r}, "
            f"wanted a number from {least:g} to {most:g}, or nothing",
            row=row,
        )
    return values


def _subsets(judgments: pa.Table, item: Ints, n_items: int) -> Ints:
    if "subset" not in judgments.column_names:
        return np.zeros(n_items, np.int64)
    named = judgments.select(["subset"]).set_column(
        0, "subset", pc.fill_null(pc.cast(judgments.column("subset"), pa.string()), "")
    )
    _, code = encode(named, "subset")
    return code[first_rows(item, n_items)]


def _kinds(judgments: pa.Table, annotator: Ints, n_annotators: int) -> tuple[str | None, ...]:
    if "kind" not in judgments.column_names:
        return (None,) * n_annotators
    first = pa.array(first_rows(annotator, n_annotators))
    return tuple(judgments.column("kind").take(first).to_pylist())
