from pathlib import Path

from tests import orchard
from winnow.reports.terminal.splits import split_lines
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import provenance_of


def lines(warehouse: Warehouse) -> list[str]:
    return [
        line.plain for line in split_lines(warehouse, provenance_of(warehouse, "preferences@1"))
    ]


def test_a_split_that_stays_empty_is_said(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path) as warehouse:
        assert lines(warehouse) == []
        warehouse.con.execute("update preferences set split = 'train'")
        (said,) = lines(warehouse)
    assert said.startswith("split test is empty: none of 30 prompts fell into it, wanted 20%")


def test_a_split_that_only_earlier_releases_asked_for_is_said(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path) as warehouse:
        warehouse.con.execute("update preferences set split = 'validation' where split = 'train'")
        said = lines(warehouse)
    assert said[0].startswith("split train is empty: none of 30 prompts")
    assert said[1].startswith("split validation holds 23 prompts though the settings ask for none")


def test_a_run_that_names_no_shares_has_those_of_the_default(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path) as warehouse:
        warehouse.con.execute("update runs set settings = '{}'")
        assert provenance_of(warehouse, "preferences@1").published_shares == {
            "train": 0.9,
            "test": 0.1,
        }
        warehouse.con.execute("update preferences set split = 'train'")
        (said,) = lines(warehouse)
    assert said.startswith("split test is empty: none of 30 prompts fell into it, wanted 10%")
