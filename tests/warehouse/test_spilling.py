from pathlib import Path

import pytest

from winnow.warehouse import connection
from winnow.warehouse.connection import connect
from winnow.warehouse.settings import WarehouseSettings


def test_what_takes_more_memory_than_there_may_be_goes_on_in_files_that_are_gone_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_MEMORY", "60MB")
    con = connect(WarehouseSettings(path=tmp_path))
    con.execute("SET threads = 1")
    sorted_ = con.execute("SELECT repeat(md5(i::VARCHAR), 8) AS text FROM range(600_000) t(i) ORDER BY text")  # fmt: skip
    batches = sorted_.to_arrow_reader(10_000)
    n_rows = len(next(batches))
    assert list((tmp_path / ".spilled").iterdir())
    assert n_rows + sum(len(batch) for batch in batches) == 600_000
    con.close()
    assert not list(tmp_path.rglob("*.tmp"))
