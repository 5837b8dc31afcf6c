"""Rows in order, whether or not they fit into memory."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_MOST_ROWS = 65_536
_MOST_BYTES = 64 * 2**20
_GROUP_ROWS = 512
_GROUPS_AT_ONCE = 64


class _Run(NamedTuple):
    """A file of rows in order."""

    path: Path
    begins: list[Any]
    """The first key of each row group."""


def rows_in_order(
    batches: Iterable[pa.Table], by: Sequence[str], scratch: Path
) -> Iterator[pa.Table]:
    """Put rows in order, holding about 64 MiB of them.

    More than that are cut into runs, files that are in order each, and read back range by range: those of a range from all
    runs at once.

    Args:
        batches: The rows, all of one schema.
        by: Columns to order by, of texts without nulls. Rows that are alike in the first of them are held together.
        scratch: Folder for the runs.

    Yields:
        Tables of rows in order; those that are alike in the first column of `by` are in one of them.
    """
    keys = [(name, "ascending") for name in by]
    runs: list[_Run] = []
    ordered = (part.sort_by(keys) for part in _parts(batches))
    held = next(ordered, None)
    for more in ordered:
        assert held is not None
        runs.append(_write(held, by[0], scratch / f"{len(runs)}.parquet"))
        held = more
    if not runs:
        if held is not None:
            yield held
        return
    assert held is not None
    runs.append(_write(held, by[0], scratch / f"{len(runs)}.parquet"))
    del held
    begins = sorted(begin for run in runs for begin in run.begins)
    bounds = [None, *sorted(set(begins[_GROUPS_AT_ONCE::_GROUPS_AT_ONCE])), None]
    for low, high in pairwise(bounds):
        found = [_between(run, by[0], low, high) for run in runs]
        yield pa.concat_tables(found).sort_by(keys)


def _parts(batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    for batch in batches:
        for begin in range(0, batch.num_rows, _MOST_ROWS):
            held.append(batch.slice(begin, _MOST_ROWS))
            n_rows, n_bytes = sum(t.num_rows for t in held), sum(t.nbytes for t in held)
            if n_rows >= _MOST_ROWS or n_bytes >= _MOST_BYTES:
                yield pa.concat_tables(held)
                held = []
    if held:
        yield pa.concat_tables(held)


def _write(rows: pa.Table, key: str, path: Path) -> _Run:
    with path.open("wb") as file:
        pq.write_table(rows, file, row_group_size=_GROUP_ROWS, compression="lz4")
    firsts = pa.array(range(0, rows.num_rows, _GROUP_ROWS), pa.int64())
    return _Run(path, rows[key].take(firsts).to_pylist())


def _between(run: _Run, key: str, low: Any, high: Any) -> pa.Table:
    """Read the rows of a run from `low` on and below `high`; None for no bound."""
    # The group ahead of the first one that begins at `low` or above may reach into the range.
    first = 0 if low is None else max(bisect_left(run.begins, low) - 1, 0)
    end = len(run.begins) if high is None else bisect_left(run.begins, high)
    with run.path.open("rb") as file:
        rows = pq.ParquetFile(file).read_row_groups(range(first, end))
    if low is not None:
        rows = rows.filter(pc.greater_equal(rows[key], low))
    return rows if high is None else rows.filter(pc.less(rows[key], high))
