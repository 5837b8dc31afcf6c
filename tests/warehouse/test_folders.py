"""Where things lie in the folder of a warehouse, and that nobody else says so."""

import re
from pathlib import Path

from winnow.warehouse.folders import WarehouseFolders
from winnow.warehouse.settings import WarehouseSettings

ROOT = Path(__file__).parents[2]
SPELLED = re.compile(
    r'/ "(staging|completions|models|people|rounds|argilla|reports|exports|catalog\.sqlite)"'
)
ELSEWHERE = {"warehouse/folders.py", "warehouse/unwritable.py", "pipelines/inference/smollm2.py"}
"""The home of the rule; a copy of a catalog in a folder for the moment; and models below a cache of the user's."""


def test_the_places_are_those_of_every_warehouse_there_is() -> None:
    folders = WarehouseSettings(path=Path("house")).folders
    assert folders == WarehouseFolders(Path("house"))
    assert folders.staging == Path("house/staging")
    assert folders.report("birds@1") == Path("house/reports/birds@1.html")
    assert folders.export("birds@1", "trl") == Path("house/exports/birds@1/trl")


def test_no_other_file_spells_a_folder_of_the_warehouse() -> None:
    files = (
        f
        for name in ("warehouse", "annotation", "pipelines", "reports", "flows")
        for f in (ROOT / name).rglob("*.py")
    )
    spelled = {str(f.relative_to(ROOT)) for f in files if SPELLED.search(f.read_text("utf-8"))}
    assert spelled <= ELSEWHERE
