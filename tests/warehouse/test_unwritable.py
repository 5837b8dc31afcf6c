"""A reader needs no right to write."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import orchard
from winnow.schemas.errors import InvalidSettings
from winnow.warehouse import unwritable
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.unwritable import CatalogCopy

COMMANDS = [
    ["releases"],
    ["show", "preferences@1"],
    ["query", "select count(*) as n from preferences"],
    ["compare", "preferences@1", "preferences@1"],
    ["status"],
    ["recompute", "preferences@1"],
    ["export", "preferences@1", "--format", "jsonl", "--out", "OUT/export"],
    ["report", "preferences@1", "--out", "OUT/report.html"],
    ["report", "preferences@1"],
    ["maintain"],
    ["query", "select 1 as one", "--out", "WAREHOUSE/exports/one.csv"],
]
REFUSED = {8: "--out", 9: "you may not write the warehouse", 10: "you may not write in"}
_RUN_ALL = """
import json, sys
from typer.testing import CliRunner
from winnow.flows.commands.cli import app
for command in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, command)
    print(json.dumps([done.exit_code, done.output, repr(done.exception)]))
"""


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a warehouse in which nothing may be written."""
    folder = tmp_path_factory.mktemp("read only") / "house"
    with orchard.publish_orchard(folder):
        pass
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)


def without_rights() -> list[str]:
    """Give the beginning of a command line that drops the rights of root."""
    if os.geteuid():
        return []
    capabilities = "-dac_override,-dac_read_search,-fowner,-chown"
    drop = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"]
    if shutil.which("setpriv") is None or subprocess.run([*drop, "true"], check=False).returncode:
        pytest.skip("root's rights cannot be dropped here")
    return drop


def test_every_command_that_reads_works_without_the_right_to_write(
    read_only: Path, tmp_path: Path
) -> None:
    places = {"OUT": str(tmp_path), "WAREHOUSE": str(read_only)}
    given = [[_placed(part, places) for part in command] for command in COMMANDS]
    commands = json.dumps([[*command, "--warehouse", str(read_only)] for command in given])
    line = [*without_rights(), sys.executable, "-c", _RUN_ALL, commands]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    results = [json.loads(found) for found in done.stdout.splitlines()]
    assert len(results) == len(COMMANDS)
    for i, (code, output, error) in enumerate(results):
        if i in REFUSED:
            assert "InvalidSettings" in error and REFUSED[i] in error, (COMMANDS[i], error)
        else:
            assert "Traceback" not in output and (code == 0 or "SystemExit(1)" in error), error
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert (tmp_path / "export").is_dir()
    assert sorted(p.name for p in read_only.iterdir()) == ["catalog.sqlite", "data", "staging"]


def _placed(part: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        part = part.replace(name, place)
    return part


def test_a_reader_sees_what_stands_in_the_log_of_a_writer_who_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = WarehouseSettings(path=tmp_path / "house")
    with Warehouse.open(settings) as writer:
        writer.con.execute("INSERT INTO gold VALUES ('x', 'a', 'by hand')")
        monkeypatch.setattr(unwritable.os, "access", lambda path, mode: False)
        with Warehouse.open(settings, read_only=True) as reader:
            assert reader.query("SELECT basis FROM gold").to_pylist() == [{"basis": "by hand"}]
        with pytest.raises(InvalidSettings, match=r"you may not write the warehouse in .*house"):
            Warehouse.open(settings)


def test_a_copy_of_a_catalog_is_gone_when_it_is_closed(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"catalog")
    copy = CatalogCopy(tmp_path / "catalog.sqlite")
    assert copy.file.read_bytes() == b"catalog"
    copy.close()
    assert not copy.file.exists()
