import pytest

from winnow.schemas.measures import view_sql
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings


def test_a_new_warehouse_answers_each_view(warehouse: Warehouse) -> None:
    for name in view_sql():
        assert warehouse.query(f"SELECT * FROM {name}").num_rows == 0


@pytest.mark.parametrize(
    "change", ["DROP VIEW annotator_gold", "CREATE OR REPLACE VIEW annotator_gold AS SELECT 1 AS n"]
)
def test_a_view_that_is_missing_or_another_winnows_is_defined_anew(
    settings: WarehouseSettings, change: str
) -> None:
    with Warehouse.open(settings) as warehouse:
        right = warehouse.query("SELECT * FROM annotator_gold").column_names
        warehouse.con.execute(change)
    with Warehouse.open(settings) as warehouse:
        assert warehouse.query("SELECT * FROM annotator_gold").column_names == right


def test_views_show_the_annotators_as_they_were_at_a_release(orchard_warehouse: Warehouse) -> None:
    sql = "SELECT annotator, hits, n FROM annotator_gold WHERE kind = 'human'"
    rows = orchard_warehouse.query(sql, at="preferences@1").to_pylist()
    assert rows == [{"annotator": "human:ada", "hits": 4, "n": 4}]


def test_gold_that_contradicts_itself_measures_nobody(warehouse: Warehouse) -> None:
    warehouse.con.execute(
        "INSERT INTO gold VALUES ('c', 'a', 'ann'), ('c', 'b', 'bob'), ('d', 'a', 'ann')"
    )
    warehouse.con.execute(
        "INSERT INTO judgments BY NAME SELECT unnest(['j', 'k']) AS judgment_id, unnest(['c', 'd']) AS comparison_id, "
        "'ann' AS annotator_id, 'human' AS kind, 'a' AS verdict, [] AS ratings, [] AS criteria, '' AS rationale, "
        "false AS is_discarded, 0 AS occurrence, 'comparison' AS subject_kind, comparison_id AS subject_id"
    )
    assert warehouse.query("SELECT n FROM annotator_gold")["n"].to_pylist() == [1]
