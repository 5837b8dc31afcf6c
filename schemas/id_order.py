"""The order of many ids: hashes nearly always differ in their first bytes, and numbers are sorted faster than texts."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

_BYTES = 8


def ascending(ids: pa.Array | pa.ChunkedArray, within: Ints | None = None) -> Ints:
    """Return the rows of ids in the order in which the ids ascend, as Arrow sorts them; of equal ones the first comes first.

    Args:
        ids: Texts of any type, shape (n,), without nulls.
        within: A number for each, by which they are ordered before; shape (n,).
    """
    if ids.type != pa.string():
        ids = ids.cast(pa.string())
    keys = np.concatenate([np.empty(0, np.uint64), *map(_beginnings, _pieces(ids))])
    if within is None:
        order = np.argsort(keys, kind="stable")
        is_new = keys[order][1:] != keys[order][:-1]
    else:
        order = np.lexsort((keys, within))
        is_new = keys[order][1:] != keys[order][:-1]
        is_new |= within[order][1:] != within[order][:-1]
    is_tied = np.append(~is_new, False) | np.append(False, ~is_new)
    if is_tied.any():
        tied = order[is_tied]
        tie = np.append(0, np.cumsum(is_new))[is_tied]
        texts = pa.table({"tie": tie, "id": ids.take(pa.array(tied)), "row": tied})
        keyed = [(name, "ascending") for name in texts.column_names]
        order[is_tied] = tied[np.asarray(pc.sort_indices(texts, keyed))]
    return order


def sorted_by_id(table: pa.Table, name: str) -> pa.Table:
    """Return the rows of a table in the order of a column of ids; the table itself where they are in it."""
    ids = table[name].combine_chunks()
    if pc.all(pc.less_equal(ids[:-1], ids[1:]), min_count=0).as_py():
        return table
    return table.take(pa.array(ascending(ids)))


def _pieces(ids: pa.Array | pa.ChunkedArray) -> Sequence[pa.Array]:
    return ids.chunks if isinstance(ids, pa.ChunkedArray) else [ids]


def _beginnings(ids: pa.Array) -> npt.NDArray[np.uint64]:
    """Return the first bytes of each text as a number; a shorter one ends in zeros."""
    if not len(ids):
        return np.empty(0, np.uint64)
    _, offsets, written = ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
    letters = np.frombuffer(written or b"\0", np.uint8)
    found = np.zeros((len(ids), _BYTES), np.uint8)
    for place in range(_BYTES):
        is_there = ends[:-1] + place < ends[1:]
        found[is_there, place] = letters[ends[:-1][is_there] + place]
    return found.view(">u8").ravel().astype(np.uint64)
