import re
from pathlib import Path

from winnow.schemas.measures import view_sql
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

PAGE = Path(__file__).parents[2] / "docs" / "people.md"
ABBREVIATED = re.compile(r"(gold|repeats|position)_(hits|n|n_answers)|seconds_(median|high)")


def test_every_view_stands_on_the_page_with_its_columns(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")
    rows = {m[1]: m[0] for m in re.finditer(r"^\| `(\w+)` \|.*$", text, re.MULTILINE)}
    assert set(rows) == set(view_sql())
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        for name, row in rows.items():
            for column in warehouse.query(f"SELECT * FROM {name}").column_names:
                told = f"`{column}`" in (row if "the same" not in row else text)
                assert told or re.search(rf"\b{column}\b", row) or ABBREVIATED.fullmatch(column)


def test_the_queries_on_the_page_work(tmp_path: Path) -> None:
    queries = re.findall(r'winnow query "(.*?)"$', PAGE.read_text("utf-8"), re.MULTILINE)
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        assert [warehouse.query(sql).num_rows for sql in queries] == [0, 0]
