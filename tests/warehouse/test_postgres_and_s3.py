from collections.abc import Iterator

import pytest

from tests import toy
from tests.warehouse.servers import Postgres, free_port, postgres, s3_server
from winnow.schemas.errors import InvalidSettings, WarehouseBusy
from winnow.schemas.ids import content_id
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse, is_conflict
from winnow.warehouse.maintain import maintain
from winnow.warehouse.publish import publish
from winnow.warehouse.releases import lineage
from winnow.warehouse.settings import S3Settings, WarehouseSettings

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, str]]:
    with postgres() as database, s3_server() as store:
        yield database, store


@pytest.fixture
def settings(servers, tmp_path, monkeypatch, request) -> WarehouseSettings:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "toy")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "toy")
    database, store = servers
    name = f"t{content_id(request.node.name)[:8]}"
    return WarehouseSettings(
        path=tmp_path,
        catalog=database.catalog(name),
        data_path=f"s3://winnow/{name}",
        s3=S3Settings(endpoint=store, use_ssl=False, url_style="path"),
        busy_timeout_s=20,
    )


def publish_run(warehouse: Warehouse, run_id: str) -> str:
    staging = toy.stage(warehouse.settings.staging(run_id), run_id)
    result = audit(staging, warehouse)
    return publish(warehouse, staging, toy.run(run_id), "preferences", result).release


def test_two_settings_move_the_warehouse_to_postgres_and_s3(settings):
    with Warehouse.open(settings) as warehouse:
        assert publish_run(warehouse, content_id(1)) == "preferences@1"
        assert publish_run(warehouse, content_id(2)) == "preferences@2"
    with Warehouse.open(settings, read_only=True) as reader:
        assert reader.query("FROM preference_texts").num_rows == 4
        assert reader.query("FROM preference_texts", at="preferences@1").num_rows == 2
        assert lineage(reader, "preferences@1").num_rows == 6


def test_maintenance_moves_rows_to_s3_and_keeps_every_release(settings):
    with Warehouse.open(settings) as warehouse:
        for i in (1, 2):
            publish_run(warehouse, content_id(i))
        maintain(warehouse, min_age_h=0)
        files = warehouse.query("SELECT data_file FROM ducklake_list_files('wh', 'preferences')")
        assert files["data_file"][0].as_py().startswith(settings.data_path)
        assert warehouse.query("FROM preference_texts", at="preferences@1").num_rows == 2
        assert warehouse.query("FROM preference_texts").num_rows == 4


def test_of_two_transactions_that_publish_at_once_one_conflicts(settings):
    with Warehouse.open(settings) as one, Warehouse.open(settings) as two:
        for warehouse in (one, two):
            warehouse.con.execute("BEGIN")
            warehouse.con.execute("UPDATE winnow_meta SET n_publishes = n_publishes + 1")
        one.con.execute("COMMIT")
        with pytest.raises(Exception, match="Transaction conflict") as error:
            two.con.execute("COMMIT")
        assert is_conflict(error.value)
        assert publish_run(two, content_id(1)) == "preferences@1"


def test_a_server_that_does_not_answer_is_named(tmp_path):
    catalog = f"postgres:host=127.0.0.1 port={free_port()} dbname=a"
    with pytest.raises(
        WarehouseBusy, match=r"host=127.0.0.1 .* does not answer .*Connection refused"
    ):
        Warehouse.open(WarehouseSettings(path=tmp_path, catalog=catalog))


def test_reading_an_empty_database_says_that_there_is_no_warehouse(settings):
    with pytest.raises(InvalidSettings, match="no warehouse"):
        Warehouse.open(settings, read_only=True)
