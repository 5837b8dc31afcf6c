import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from winnow.warehouse import connection
from winnow.warehouse.connection import connect
from winnow.warehouse.settings import WarehouseSettings

SETTINGS = WarehouseSettings()


def test_an_extension_is_checked_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    is_unchecked: list[bool] = []

    open_ = duckdb.connect

    def seen(config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        is_unchecked.append(config["allow_unsigned_extensions"])
        return open_(config=config)

    monkeypatch.setattr(connection, "_LOADED", set())
    monkeypatch.setattr(duckdb, "connect", seen)
    for _ in range(2):
        connect(SETTINGS).close()
    assert is_unchecked == [False, True]


def test_a_connection_loads_no_extension_that_nobody_signed(tmp_path: Path) -> None:
    signed = connection._extension_file("sqlite_scanner")
    forged = tmp_path / "forged.duckdb_extension"
    shutil.copyfile(signed, forged)
    with forged.open("r+b") as file:
        file.seek(-8, 2)
        file.write(b"not mine")
    for _ in range(2):
        with connect(SETTINGS) as con, pytest.raises(duckdb.IOException, match="signature"):
            con.execute(f"LOAD '{forged}'")
        with (
            connect(SETTINGS) as con,
            pytest.raises(duckdb.InvalidInputException, match="Cannot change"),
        ):
            con.execute("SET allow_unsigned_extensions = true")
