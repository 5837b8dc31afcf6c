import duckdb
import pyarrow as pa
import pytest

from tests import toy
from tests.warehouse import processes
from tests.warehouse.processes import PASSED
from winnow.schemas.base import Record
from winnow.schemas.errors import (
    InvalidSettings,
    MissingPackage,
    UnknownName,
    WarehouseBusy,
    WarehouseTooNew,
)
from winnow.schemas.judgments import Gold
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import FinishReason, Response
from winnow.schemas.runs import Run
from winnow.schemas.tables import PUBLISHED
from winnow.warehouse import tables
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.connection import load_extension
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings


def in_another_process(action, settings, argument=""):
    process = processes.start(action, settings.path, argument)
    assert process.wait(timeout=60) == 0


def test_a_new_warehouse_has_a_table_for_each_record(warehouse):
    rows = warehouse.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'wh'")
    names = set(rows["table_name"].to_pylist())
    assert names == {record.table for record in PUBLISHED} | {"winnow_meta"}


def test_columns_carry_the_descriptions_of_the_record(warehouse):
    rows = warehouse.query(
        "SELECT comment, is_nullable FROM duckdb_columns() WHERE database_name = 'wh' "
        "AND table_name = 'preferences' AND column_name = 'chosen_id'"
    )
    comment = "The better response; of a tie, response a."
    assert rows.to_pylist() == [{"comment": comment, "is_nullable": False}]


def test_opening_again_adds_no_snapshot(settings):
    counts = []
    for _ in range(2):
        with Warehouse.open(settings) as warehouse:
            rows = warehouse.query("SELECT count(*) AS n FROM ducklake_snapshots('wh')")
            counts += rows["n"].to_pylist()
    assert counts[0] == counts[1]


def test_a_warehouse_that_lacks_columns_gets_them_with_their_defaults(settings):
    with Warehouse.open(settings) as warehouse:
        warehouse.con.execute("ALTER TABLE rejects DROP COLUMN detail")
        warehouse.con.execute("ALTER TABLE responses DROP COLUMN logprob")
        warehouse.con.execute(
            "INSERT INTO rejects VALUES ('r', 'read', 'line', 'x:1', 'malformed')"
        )
    with Warehouse.open(settings) as warehouse:
        (stored,) = Reject.from_table(warehouse.query("FROM rejects"))
        assert stored.detail == ""
        assert "logprob" in warehouse.query("FROM responses").column_names


def test_every_scalar_column_can_be_added_to_an_older_warehouse(settings):
    of_the_view = {"prompts", "responses", "comparisons", "preferences"}
    added = [
        (record.table, name)
        for record in PUBLISHED
        for name, info in record.model_fields.items()
        if isinstance(info.default, str | bool | int | float) and record.table not in of_the_view
    ]
    with Warehouse.open(settings) as warehouse:
        for table, name in added:
            warehouse.con.execute(f'ALTER TABLE {table} DROP COLUMN "{name}"')
    with Warehouse.open(settings) as warehouse:
        for table, name in added:
            warehouse.query(f'SELECT "{name}" FROM {table}')
    assert ("judgments", "is_discarded") in added


def test_an_older_warehouse_is_read_with_what_it_lacks_empty_or_at_its_default(settings):
    with Warehouse.open(settings) as warehouse:
        warehouse.con.execute("DROP VIEW annotator_gold")
        warehouse.con.execute("DROP TABLE standings")
        warehouse.con.execute("ALTER TABLE rejects DROP COLUMN detail")
        warehouse.con.execute(
            "INSERT INTO rejects VALUES ('r', 'read', 'line', 'x:1', 'malformed')"
        )
    with Warehouse.open(settings, read_only=True) as warehouse:
        assert warehouse.query("FROM annotator_gold").num_rows == 0
        assert warehouse.query("FROM standings").num_rows == 0
        assert warehouse.query("SELECT detail FROM rejects")["detail"].to_pylist() == [""]


def test_an_older_warehouse_comes_to_hold_what_was_never_unknown_in_it(
    settings, staging, monkeypatch
):
    class OlderResponse(Response):
        finish_reason: FinishReason = "imported"
        text: str

    before = toy.run()
    older = tuple(OlderResponse if record is Response else record for record in PUBLISHED)
    monkeypatch.setattr(tables, "PUBLISHED", older)
    with Warehouse.open(settings) as warehouse:
        warehouse.con.execute("ALTER TABLE runs DROP COLUMN models.element.n_uncounted")
        models = [use.model_dump(exclude={"n_uncounted"}) for use in before.models]
        row = {**before.model_dump(), "run_id": "0" * 64, "models": models}
        warehouse.con.register("row", pa.Table.from_pylist([row]))
        warehouse.con.execute("INSERT INTO runs BY NAME SELECT * FROM row")
    monkeypatch.undo()
    with Warehouse.open(settings, read_only=True) as warehouse:
        (old,) = Run.from_table(warehouse.query("FROM runs"))
    unsaid = Response(prompt_id=toy.prompts()[0].prompt_id, text="?", model="m", finish_reason=None)
    unknown = Response(prompt_id=unsaid.prompt_id, text=None, model="m", source="battles.csv:2")
    staging.write(Response, [unsaid, unknown], part="more")
    uses = [use.model_copy(update={"n_tokens": None, "n_uncounted": 3}) for use in before.models]
    run = before.model_copy(update={"models": tuple(uses)})
    with Warehouse.open(settings) as warehouse:
        publish(warehouse, staging, run, "preferences", processes.PASSED)
        runs = Run.from_table(warehouse.query("FROM runs ORDER BY run_id"))
        reasons = warehouse.query("SELECT finish_reason FROM responses WHERE text = '?'")
        (found,) = Response.from_table(warehouse.query("FROM responses WHERE text IS NULL"))
    assert runs == [old, run]
    assert [use.n_uncounted for use in old.models] == [0] * len(before.models)
    assert reasons["finish_reason"].to_pylist() == [None]
    assert found == unknown


def test_a_release_from_before_there_was_a_table_or_a_column_is_read_as_if_there_were(
    warehouse, settings, monkeypatch
):
    class Later(Record):
        table = "later"
        key = ("name",)
        name: str

    class MoreOfGold(Gold):
        sources: tuple[str, ...] = ()
        weight: float = 1.5
        doubt: float | None = None

    publish(warehouse, toy.stage(settings.path / "s"), toy.run(), "preferences", processes.PASSED)
    monkeypatch.setattr(tables, "PUBLISHED", (MoreOfGold, Later))
    assert warehouse.query("FROM later", at="preferences@1").column_names == ["name"]
    (row,) = warehouse.query("FROM gold", at="preferences@1").to_pylist()
    assert (row["sources"], row["weight"], row["doubt"]) == ([], 1.5, None)


def test_parquet_files_are_compressed_with_zstd(warehouse, settings):
    staging = processes.large_staging(settings, toy.RUN_ID)
    publish(warehouse, staging, toy.run(), "preferences", processes.PASSED)
    files = f"{settings.path}/data/main/rejects/*.parquet"
    rows = warehouse.query(f"SELECT DISTINCT compression FROM parquet_metadata('{files}')")
    assert rows["compression"].to_pylist() == ["ZSTD"]


def test_reading_where_there_is_no_warehouse_says_how_to_make_one(settings):
    with pytest.raises(InvalidSettings, match=r"no warehouse at .*catalog.sqlite; make one with"):
        Warehouse.open(settings, create=False)
    assert not settings.path.exists()


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    settings = WarehouseSettings(path=tmp_path / "file")
    with pytest.raises(InvalidSettings, match=r"cannot make the folder .*file"):
        Warehouse.open(settings)


def test_a_warehouse_whose_files_lie_elsewhere_says_where(settings, tmp_path):
    elsewhere = f"{tmp_path}/elsewhere/"
    Warehouse.open(settings.model_copy(update={"data_path": elsewhere})).close()
    for wrong in (None, f"{tmp_path}/wrong"):
        asked = wrong or f"{settings.path}/data/"
        with pytest.raises(InvalidSettings, match=f"{asked}, but .* lie at {elsewhere}; set"):
            Warehouse.open(settings.model_copy(update={"data_path": wrong}))


def test_a_reader_cannot_change_anything(warehouse, settings):
    with (
        Warehouse.open(settings, read_only=True) as reader,
        pytest.raises(duckdb.InvalidInputException, match="read-only mode"),
    ):
        reader.query("DELETE FROM prompts")


def test_a_warehouse_of_a_newer_format_is_refused(settings):
    with Warehouse.open(settings) as warehouse:
        warehouse.con.execute("UPDATE winnow_meta SET format_version = 7")
    with pytest.raises(
        WarehouseTooNew,
        match=r"was written by winnow format 7, this one reads up to 1; upgrade winnow",
    ):
        Warehouse.open(settings, read_only=True)


def test_a_catalog_of_a_newer_ducklake_is_refused(settings):
    Warehouse.open(settings).close()
    in_another_process(
        "sqlite", settings, "UPDATE ducklake_metadata SET value = '9.9' WHERE key = 'version'"
    )
    with pytest.raises(WarehouseTooNew, match=r"catalog version is 9\.9.*; upgrade winnow"):
        Warehouse.open(settings)


def test_a_catalog_that_stays_locked_is_named_after_a_while(settings):
    Warehouse.open(settings).close()
    staging = toy.stage(settings.staging(toy.RUN_ID))
    holder = processes.start("lock", settings.path)
    processes.wait_until_ready(holder)
    impatient = settings.model_copy(update={"busy_timeout_s": 0.5})
    with (
        Warehouse.open(impatient) as warehouse,
        pytest.raises(WarehouseBusy, match=r"catalog.sqlite stayed locked for 0.5 s"),
    ):
        publish(warehouse, staging, toy.run(), "preferences", processes.PASSED)
    processes.go(holder)
    assert holder.wait(timeout=60) == 0


def test_a_catalog_that_is_locked_for_a_moment_is_waited_for(settings):
    Warehouse.open(settings).close()
    staging = toy.stage(settings.staging(toy.RUN_ID))
    holder = processes.start("lock", settings.path)
    processes.wait_until_ready(holder)
    with Warehouse.open(settings) as warehouse:
        processes.go(holder)
        release = publish(warehouse, staging, toy.run(), "preferences", processes.PASSED)
    assert release.release == "preferences@1"
    assert holder.wait(timeout=60) == 0


def test_time_travel_to_an_unknown_release_names_the_known_ones(warehouse):
    with pytest.raises(UnknownName, match="no release named 'preferences@1'; known releases: none"):
        warehouse.query("FROM prompts", at="preferences@1")


def test_timestamps_are_in_utc(warehouse):
    assert warehouse.query("SELECT now() AS now")["now"].type.tz == "UTC"


def test_nothing_is_downloaded(warehouse):
    rows = warehouse.query(
        "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%known_extensions'"
    )
    assert {row["value"] for row in rows.to_pylist()} == {"false"}
    with pytest.raises(duckdb.Error):
        warehouse.query("SELECT * FROM read_csv('http://127.0.0.1:9/nothing.csv')")


def test_a_missing_extension_says_what_to_install(warehouse):
    with pytest.raises(
        MissingPackage, match=r"duckdb-extension-spatial for DuckDB 1.5.5; pip inst"
    ):
        load_extension(warehouse.con, "spatial")


def threads(opened: Warehouse) -> int:
    (n,) = opened.con.execute("SELECT current_setting('threads')").fetchone()
    return int(n)


def test_one_thread_reads_a_small_warehouse_and_all_read_a_large_one(settings, monkeypatch):
    with Warehouse.open(settings) as warehouse:
        staging = toy.stage(settings.staging(toy.RUN_ID))
        publish(warehouse, staging, toy.run(), "preferences", PASSED)
        n_all = threads(warehouse)
    with Warehouse.open(settings, read_only=True) as small:
        assert threads(small) == 1
    monkeypatch.setattr("winnow.warehouse.catalog._ROW_GROUP", 1)
    with Warehouse.open(settings, read_only=True) as large:
        assert threads(large) == n_all
