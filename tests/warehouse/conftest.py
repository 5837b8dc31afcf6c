import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import orchard, toy
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging


@pytest.fixture
def settings(tmp_path: Path) -> WarehouseSettings:
    return WarehouseSettings(path=tmp_path / "warehouse", busy_timeout_s=20)


@pytest.fixture
def warehouse(settings: WarehouseSettings) -> Iterator[Warehouse]:
    with Warehouse.open(settings) as opened:
        yield opened


@pytest.fixture
def staging(settings: WarehouseSettings) -> Staging:
    return toy.stage(settings.staging(toy.RUN_ID))


@pytest.fixture(scope="session")
def empty_orchard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("empty") / "warehouse"
    with orchard.publish_orchard(folder, is_empty=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def orchard_of_tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("tools") / "warehouse"
    with orchard.publish_orchard(folder, only_tools=True) as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small file system here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
