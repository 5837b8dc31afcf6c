"""Rows in order, whether or not they fit into memory."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

_MOST_ROWS = 65_536
_MOST_BYTES = 64 * 2**20
_GROUP_ROWS = 512
_GROUP_BYTES = 256 * 2**10
_GROUPS_AT_ONCE = 128


class _Run(NamedTuple):
    """A file of rows in order."""

    path: Path
    begins: list[Any]
    """The first key of each row group."""


def rows_in_order(
    batches: Iterable[pa.Table], by: Sequence[str], scratch: Path
) -> Iterator[pa.Table]:
    """Put rows in order, holding about 64 MiB of them and 256 KiB more of each 64 MiB that there are.

    More than that are cut into runs, files that are in order each, and read back range by range: those of a range from all
    runs at once, each row group once.

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
    bounds = [*sorted(set(begins[_GROUPS_AT_ONCE::_GROUPS_AT_ONCE])), None]
    readers = [_RunReader(run, by[0]) for run in runs]
    for bound in bounds:
        found = [rows for reader in readers if (rows := reader.below(bound)) is not None]
        if found:
            yield pa.concat_tables(found).sort_by(keys)


def _parts(batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    for batch in batches:
        n_at_once = max(1, min(_MOST_ROWS, _MOST_BYTES // 8 * len(batch) // max(batch.nbytes, 1)))
        for begin in range(0, len(batch), n_at_once):
            held.append(batch.slice(begin, n_at_once))
            n_rows, n_bytes = sum(t.num_rows for t in held), sum(t.nbytes for t in held)
            if n_rows >= _MOST_ROWS or n_bytes >= _MOST_BYTES:
                yield pa.concat_tables(held)
                held = []
    if held:
        yield pa.concat_tables(held)


def _write(rows: pa.Table, key: str, path: Path) -> _Run:
    n_rows = max(1, min(_GROUP_ROWS, _GROUP_BYTES * len(rows) // max(rows.nbytes, 1)))
    with path.open("wb") as file:
        pq.write_table(rows, file, row_group_size=n_rows, compression="lz4")
    firsts = pa.array(range(0, len(rows), n_rows), pa.int64())
    return _Run(path, rows[key].take(firsts).to_pylist())


class _RunReader:
    """Reads a run range by range, and holds what it has read beyond one."""

    def __init__(self, run: _Run, key: str) -> None:
        self._run, self._key = run, key
        self._n_read = 0
        self._rest: pa.Table | None = None

    def below(self, bound: Any) -> pa.Table | None:
        """Return the rows that are left below a bound, or all where it is None; None where there are none."""
        begins = self._run.begins
        end = len(begins) if bound is None else bisect_left(begins, bound)
        found = [] if self._rest is None else [self._rest]
        if end > self._n_read:
            with self._run.path.open("rb") as file:
                found.append(pq.ParquetFile(file).read_row_groups(range(self._n_read, end)))
            self._n_read = end
        if not found:
            return None
        rows, self._rest = pa.concat_tables(found), None
        if bound is None:
            return rows
        n_below = bisect_left(range(len(rows)), bound, key=lambda i: rows[self._key][i].as_py())
        if n_below < len(rows):
            # A copy, which keeps the rest of its group from being held.
            self._rest = rows.take(pa.array(range(n_below, len(rows)), pa.int64()))
        return rows.slice(0, n_below)
