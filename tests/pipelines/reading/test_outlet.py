import threading
from pathlib import Path
from queue import Full, Queue
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winnow.pipelines.reading import outlet
from winnow.pipelines.reading.outlet import Outlet
from winnow.schemas.base import Record
from winnow.schemas.errors import StorageFull
from winnow.schemas.labels import Membership
from winnow.schemas.rejects import Reject
from winnow.warehouse.staging import Staging


def rows(*names: str) -> pa.Table:
    return Membership.to_table([Membership(annotator_id=name, group="g") for name in names])


def test_rows_come_out_in_their_order_in_few_pieces(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    with Outlet(staging, (Membership, Reject), "read") as outlet:
        for i in range(300):
            outlet.put(Membership, rows(f"a{i}", f"b{i}"))
    found = staging.read(Membership)["annotator_id"].to_pylist()
    assert found == [f"{side}{i}" for i in range(300) for side in "ab"]
    assert pq.read_metadata(staging.path(Membership, "read")).num_row_groups == 1
    assert staging.read(Reject).num_rows == 0
    assert staging.path(Reject, "read").exists()


def test_an_error_while_rows_come_leaves_what_was_there(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    staging.write(Membership, rows("before"), part="read")
    with pytest.raises(RuntimeError, match="broken"), Outlet(staging, (Membership,), "read") as outlet:  # fmt: skip
        outlet.put(Membership, rows("after"))
        raise RuntimeError("broken")
    assert staging.read(Membership)["annotator_id"].to_pylist() == ["before"]
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["read.parquet"]


class _FullStaging(Staging):
    def write(self, record: type[Record], rows: Any, part: str = "all") -> Path:
        next(iter(rows))
        raise StorageFull("no space left")


def test_a_full_disk_ends_reading_however_many_rows_are_still_to_come(tmp_path: Path) -> None:
    large = rows(*(f"{i}" for i in range(100_000)))
    staging = _FullStaging(tmp_path)
    with pytest.raises(StorageFull, match="no space left"), Outlet(staging, (Membership,), "read") as outlet:  # fmt: skip
        while True:
            outlet.put(Membership, large)


class _EmptiedQueue(Queue[Any]):
    """Is full when the reader puts a class into it, and empty once it has said so."""

    is_emptied = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if isinstance(item, type) and not self.is_emptied:
            self.is_emptied = True
            raise Full
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        is_reader = threading.current_thread() is threading.main_thread()
        if is_reader and block and timeout is None:
            super().put(None)  # ends the writer, so that the test ends too
            raise AssertionError("the reader waits for what nobody puts")
        return super().get(block, timeout)


def test_a_writer_that_empties_its_queue_just_then_is_still_told_that_it_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "Queue", _EmptiedQueue)
    with pytest.raises(RuntimeError, match="broken"), Outlet(Staging(tmp_path), (Membership,), "read"):  # fmt: skip
        raise RuntimeError("broken")
    assert not Staging(tmp_path).tables()
