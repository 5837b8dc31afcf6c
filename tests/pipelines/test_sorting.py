from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winnow.pipelines import sorting
from winnow.pipelines.sorting import rows_in_order


@pytest.mark.parametrize("most_rows", [1_000_000, 700, 64], ids=["held", "few runs", "many runs"])
def test_rows_come_in_order_and_alike_ones_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_rows: int
) -> None:
    monkeypatch.setattr(sorting, "_MOST_ROWS", most_rows)
    monkeypatch.setattr(sorting, "_GROUP_ROWS", 16)
    monkeypatch.setattr(sorting, "_GROUPS_AT_ONCE", 4)
    names = [sha256(str(i).encode()).hexdigest() for i in range(5000)]
    rows = pa.table(
        {
            "group": [f"{i % 700:03}" if i % 3 else "500" for i in range(5000)],
            "name": names,
            "parts": [[{"n": i}] * (i % 3) for i in range(5000)],
        }
    )
    batches = [rows.slice(begin, 90) for begin in range(0, 5000, 90)]
    tables = list(rows_in_order(batches, ["group", "name"], tmp_path))
    assert pa.concat_tables(tables).equals(
        rows.sort_by([("group", "ascending"), ("name", "ascending")])
    )
    groups = [set(table["group"].to_pylist()) for table in tables]
    assert sum(map(len, groups)) == len(set.union(*groups))


def test_no_rows_are_no_tables(tmp_path: Path) -> None:
    assert list(rows_in_order([], ["name"], tmp_path)) == []


def test_long_rows_are_held_few_at_a_time_and_each_row_group_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_MOST_BYTES", 200_000, raising=False)
    monkeypatch.setattr(sorting, "_GROUP_BYTES", 20_000, raising=False)
    monkeypatch.setattr(sorting, "_GROUPS_AT_ONCE", 10)
    n_read = 0
    read_row_groups = pq.ParquetFile.read_row_groups

    def counting(self: pq.ParquetFile, groups: Sequence[int], **rest: object) -> pa.Table:
        nonlocal n_read
        n_read += len(groups)
        return read_row_groups(self, groups, **rest)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", counting)
    names = [sha256(str(i).encode()).hexdigest() for i in range(1000)]
    rows = pa.table({"name": names, "text": ["x" * 2_000] * 1000})
    tables = list(rows_in_order([rows], ["name"], tmp_path))
    assert pa.concat_tables(tables).equals(rows.sort_by("name"))
    assert max(table.nbytes for table in tables) < 400_000
    runs = [pq.read_metadata(file) for file in tmp_path.iterdir()]
    assert len(runs) > 8 and n_read == sum(run.num_row_groups for run in runs)


def test_rows_that_are_all_alike_are_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_MOST_ROWS", 64)
    monkeypatch.setattr(sorting, "_GROUP_ROWS", 4)
    monkeypatch.setattr(sorting, "_GROUPS_AT_ONCE", 4)
    rows = pa.table({"name": ["a"] * 300})
    (table,) = rows_in_order([rows], ["name"], tmp_path)
    assert table.equals(rows)
