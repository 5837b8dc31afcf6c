"""The labelled comparisons: what is right, and what each comparison belongs to."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winnow.annotation.aggregation.gold import CLASSES, read_gold
from winnow.annotation.aggregation.votes import Floats, Ints, encode, require_columns
from winnow.schemas.errors import MalformedInput
from winnow.schemas.plurals import agreeing, counted

Names = NDArray[np.object_]

ITEMS = pa.schema(
    [
        ("item_id", pa.string()),
        ("prompt", pa.string()),
        ("subset", pa.string()),
        ("language", pa.string()),
        ("n_chars_a", pa.int64()),
        ("n_chars_b", pa.int64()),
        ("case", pa.string()),
        ("correct", pa.int64()),
        ("incorrect", pa.int64()),
        ("texts", pa.string()),
        ("is_turned", pa.bool_()),
    ]
)
"""One row a comparison: `prompt` is the same for comparisons of one prompt. Of a case of several responses, each
comparison sets one correct response against one incorrect one, and says which by their numbers. `texts` is the same for
comparisons of the same two texts as answers to the same last turn, under whatever condition; `is_turned` says whether a's text is the later one of the two by
the alphabet. All but item_id may be null."""

_SIGNS = np.array([1.0, -1.0, 0.0, np.nan])


@dataclass(frozen=True)
class Items:
    """The comparisons as arrays of shape (n_items,)."""

    ids: pa.Array
    """item_id of each."""

    sign: Floats
    """+1 where gold names a, -1 where it names b, 0 where it is a tie, NaN without gold."""

    prompt: Ints
    """Number of the prompt; of an item whose prompt is unknown, a number of its own."""

    subset: Names
    """Name of the subset, or None."""

    language: Names
    """Tag of the language, or None."""

    longer: Floats
    """+1 where a is the longer response, -1 where b is, 0 where both are as long, NaN where unknown."""

    case: Ints
    """Number of the case that it is part of, from 0; a comparison that stands for itself is a case of its own."""

    case_name: Names
    """Name of the case, or None where the comparison stands for itself."""

    correct: Ints
    """Number of its correct response within the case; 0 where it stands for itself."""

    incorrect: Ints
    """Number of its incorrect response within the case; 0 where it stands for itself."""

    texts: Ints
    """Number of the two texts that it sets side by side; where they are unknown, a number of its own."""

    turned: Floats
    """-1 where a's text is the later one of the two by the alphabet, else +1."""

    has_cases: bool
    """Whether several comparisons make one case, as in RewardBench 2."""

    @property
    def is_decisive(self) -> NDArray[np.bool_]:
        """Whether gold names one of the two responses."""
        return np.abs(self.sign) == 1

    def rows_of(self, ids: pa.Array) -> Ints:
        """Find the rows of item ids.

        Raises:
            MalformedInput: There is no such item.
        """
        found = pc.index_in(ids, self.ids)
        if found.null_count:
            missing = ids.filter(pc.is_null(found))
            raise MalformedInput(
                f"{counted(len(missing), 'judged item')} {agreeing(len(missing), 'is', 'are')} not among the labelled "
                f"comparisons, first {missing[0].as_py()!r}; leave {agreeing(len(missing), 'its', 'their')} judgments out"
            )
        return np.asarray(found).astype(np.int64)


def read_items(items: pa.Table, gold: pa.Table) -> Items:
    """Line gold up with the comparisons.

    Args:
        items: Columns of `ITEMS`, item_id at least; one row a comparison.
        gold: item_id and verdict (a, b, tie), one row a comparison; may leave comparisons out.

    Raises:
        MalformedInput: item_id is missing, or gold contradicts itself or has an unknown verdict.
    """
    require_columns(items, ("item_id",), "comparisons")
    ids = pc.cast(items["item_id"], pa.string()).combine_chunks()
    code = read_gold(gold, ids).verdict
    has_cases = "case" in items.column_names and items["case"].null_count < items.num_rows
    n_chars = [_numbers(items, name) for name in ("n_chars_a", "n_chars_b")]
    return Items(
        ids=ids,
        sign=_SIGNS[np.where(code < 0, len(CLASSES), code)],
        prompt=_codes(items, "prompt"),
        subset=_names(items, "subset"),
        language=_names(items, "language"),
        longer=np.sign(n_chars[0] - n_chars[1]),
        case=_codes(items, "case"),
        case_name=_names(items, "case"),
        correct=np.nan_to_num(_numbers(items, "correct")).astype(np.int64),
        incorrect=np.nan_to_num(_numbers(items, "incorrect")).astype(np.int64),
        texts=_codes(items, "texts"),
        turned=np.where(np.nan_to_num(_numbers(items, "is_turned")) == 1, -1.0, 1.0),
        has_cases=has_cases,
    )


def _numbers(items: pa.Table, name: str) -> Floats:
    if name not in items.column_names:
        return np.full(items.num_rows, np.nan)
    return items[name].cast(pa.float64()).to_numpy(zero_copy_only=False)


def _names(items: pa.Table, name: str) -> Names:
    found = items[name].to_pylist() if name in items.column_names else [None] * items.num_rows
    named = np.empty(items.num_rows, object)
    named[:] = found
    return named


def _codes(items: pa.Table, name: str) -> Ints:
    """Number the distinct values; each null is a value of its own."""
    if name not in items.column_names:
        return np.arange(items.num_rows)
    is_null = np.asarray(pc.is_null(items[name]))
    _, code = encode(pa.table({name: pc.fill_null(items[name], "")}), name)
    return np.where(is_null, code.max(initial=0) + 1 + np.arange(len(code)), code)
