import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.warehouse.older.write import FILE, stage_run
from winnow.flows.commands.cli import app
from winnow.flows.curation.recompute import recompute_release
from winnow.reports.release import write_report
from winnow.schemas.judgments import Judgment
from winnow.schemas.preferences import Preference
from winnow.schemas.tables import PUBLISHED
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.publish import content_hash
from winnow.warehouse.releases import release
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

GOLD, PLAIN = "preferences@1", "without-gold@1"


def unpacked(folder: Path) -> WarehouseSettings:
    with tarfile.open(FILE) as packed:
        packed.extractall(folder, filter="data")
    settings = WarehouseSettings(path=folder / "warehouse")
    with closing(sqlite3.connect(settings.path / "catalog.sqlite")) as catalog, catalog:
        sql = "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'"
        catalog.execute(sql, [settings.data_address])
    return settings


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> WarehouseSettings:
    """The warehouse as it was written, never opened for writing."""
    return unpacked(tmp_path_factory.mktemp("older"))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> WarehouseSettings:
    """The same, with the columns and tables of today."""
    settings = unpacked(tmp_path_factory.mktemp("grown"))
    Warehouse.open(settings).close()
    return settings


@pytest.fixture(scope="module", params=["older", "grown"])
def opened(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    settings = request.getfixturevalue(request.param)
    with Warehouse.open(settings, read_only=True) as warehouse:
        yield warehouse


def test_every_row_of_every_table_is_a_record_of_today(opened: Warehouse) -> None:
    for record in PUBLISHED:
        table = opened.query(f"FROM {record.table}").select(record.arrow_schema().names)
        for row, read in zip(table.to_pylist(), record.from_table(table), strict=True):
            kept = read.model_dump()
            assert {name: kept[name] for name in record.key} == {n: row[n] for n in record.key}
    assert opened.query("FROM judgments").num_rows == 85


def test_judgments_keep_their_ids(opened: Warehouse) -> None:
    columns = Judgment.arrow_schema().names
    for judgment in Judgment.from_table(opened.query("FROM judgments").select(columns)):
        said = judgment.model_dump(exclude={"judgment_id"})
        assert Judgment.model_validate(said).judgment_id == judgment.judgment_id


@pytest.mark.parametrize("at", [None, GOLD])
def test_what_was_judged_is_the_comparison(opened: Warehouse, at: str | None) -> None:
    sql = "SELECT DISTINCT subject_kind, subject_id = comparison_id AS is_comparison FROM judgments"
    assert opened.query(sql, at).to_pylist() == [
        {"subject_kind": "comparison", "is_comparison": True}
    ]


@pytest.mark.parametrize("at", [None, GOLD])
def test_models_and_versions_of_its_annotators_are_read_from_their_names(
    opened: Warehouse, at: str | None
) -> None:
    sql = "SELECT DISTINCT annotator_id, model, annotator_version FROM annotators ORDER BY ALL"
    rows = opened.query(sql, at).to_pylist()
    known = {row["annotator_id"]: (row["model"], row["annotator_version"]) for row in rows}
    assert known["rating@1:toy#06b373"] == ("toy", 1)
    assert all(row == (None, None) for name, row in known.items() if name.startswith("human:"))


def test_labels_and_preferences_come_out_again_as_they_were_published(opened: Warehouse) -> None:
    assert recompute_release(opened, PLAIN).lines == [
        f"{PLAIN}: from 84 judgments, without a model, all 16 labels come out as they were published",
        "all 16 preferences come out as they were published",
    ]


def test_the_same_comparisons_are_labelled_again_from_the_same_judgments_and_gold(
    opened: Warehouse,
) -> None:
    again = recompute_release(opened, GOLD)
    assert (again.n_judgments, again.n_labels) == (84, 16)
    for name in ("is_new", "is_gone"):
        assert not any(again.differences[name].to_pylist())


def test_its_release_is_exported_whole(opened: Warehouse, tmp_path: Path) -> None:
    done = export(opened, GOLD, "parquet", tmp_path / "out")
    published = opened.query("FROM preferences", GOLD)
    assert sum(done.n_rows.values()) == published.num_rows > 0


def test_its_report_is_written(opened: Warehouse, tmp_path: Path) -> None:
    write_report(opened, GOLD, tmp_path / "report.html")
    assert "preferences@1" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", GOLD], "rating@1:toy"),
        (["query", "select count(*) as n from run_judgments"], "168"),
        (["query", "select count(distinct comparison_id) as n from judgments", "--at", GOLD], "16"),
        (["compare", GOLD, GOLD], "preferences@1"),
    ],
)  # fmt: skip
def test_commands_read_it(older: WarehouseSettings, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, [*arguments, "--warehouse", str(older.path)])
    assert (result.exit_code, said in result.output) == (0, True), result.output


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Staging:
    """What the run without gold stages today: how gold is heard may change, and the labels with it."""
    return stage_run(tmp_path_factory.mktemp("again"), PLAIN.partition("@")[0])


def test_the_same_inputs_still_give_the_same_judgments(
    older: WarehouseSettings, again: Staging
) -> None:
    with Warehouse.open(older, read_only=True) as warehouse:
        # Version 3 of form says what it doubts, which version 2 kept to itself.
        before = warehouse.query(
            "SELECT judgment_id FROM judgments WHERE annotator_id != 'form@2'"
        )["judgment_id"]
    assert len(before) > 0
    assert set(before.to_pylist()) <= set(again.read(Judgment)["judgment_id"].to_pylist())


def test_the_same_inputs_still_publish_the_same_preferences(
    older: WarehouseSettings, again: Staging
) -> None:
    with Warehouse.open(older, read_only=True) as warehouse:
        assert content_hash(warehouse, again) == release(warehouse, PLAIN).content_hash
    assert again.n_rows(Preference) > 0
