"""`import winnow`: what it offers, and that it costs nothing until it is used."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from datasets import Dataset

import winnow
from tests.orchard import publish_orchard

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("face") / "warehouse"
    publish_orchard(folder).close()
    return folder


def test_every_name_that_is_offered_is_there_and_says_what_it_does() -> None:
    assert winnow.__all__ == sorted(winnow.__all__)
    assert dir(winnow) == winnow.__all__
    for name in winnow.__all__:
        offered = getattr(winnow, name)
        assert inspect.getdoc(offered), name
    with pytest.raises(AttributeError, match="has no attribute 'opne'"):
        _ = winnow.opne


def test_importing_it_imports_nothing_else() -> None:
    script = "import json, sys, winnow; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    ours = {name for name in json.loads(done.stdout) if name.partition(".")[0] == "winnow"}
    heavy = {"duckdb", "pyarrow", "pydantic", "datasets", "numpy", "prefect"}
    assert ours == {"winnow"}
    assert heavy & set(json.loads(done.stdout)) == set()


def test_a_warehouse_is_opened_and_queried(folder: Path) -> None:
    with winnow.open(folder) as opened:
        assert opened.read_only
        (row,) = opened.query("SELECT count(*) AS n FROM preferences").to_pylist()
    assert winnow.query("SELECT count(*) AS n FROM preferences", warehouse=folder).to_pylist() == [
        row
    ]
    (release,) = winnow.releases(warehouse=str(folder))
    assert (release.release, release.n_preferences) == ("preferences@1", row["n"])


def test_where_no_folder_is_named_the_environment_says_which(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_WAREHOUSE__PATH", str(folder))
    assert [r.release for r in winnow.releases()] == ["preferences@1"]


def test_a_release_is_loaded_in_three_forms_that_hold_the_same_rows(folder: Path) -> None:
    rows = winnow.load("preferences", warehouse=folder)
    assert rows.num_rows == winnow.releases(warehouse=folder)[0].n_preferences
    assert {"prompt", "chosen", "rejected", "is_tied", "split"} <= set(rows.column_names)
    data = winnow.load("preferences@1", warehouse=folder, to="datasets")
    assert isinstance(data, Dataset)
    assert data["preference_id"][:] == rows["preference_id"].to_pylist()
    relation = winnow.load("preferences@1", warehouse=folder, to="duckdb")
    assert (
        relation.order("preference_id").to_arrow_table()["chosen"].to_pylist()
        == rows["chosen"].to_pylist()
    )


def test_what_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        winnow.CurationError, match="no release preferences@9: the newest is preferences@1"
    ):
        winnow.load("preferences@9", warehouse=folder)
    with pytest.raises(
        winnow.CurationError, match="no form named 'pandas'; known forms: arrow, datasets, duckdb"
    ):
        winnow.load("preferences", warehouse=folder, to="pandas")  # type: ignore[call-overload]
    with pytest.raises(winnow.CurationError, match="no warehouse at"):
        winnow.open(tmp_path)


def test_a_table_of_judgments_becomes_labels() -> None:
    judgments = pa.table(
        {"item_id": ["1", "1", "1"], "annotator": ["ann", "bob", "eve"], "verdict": ["a", "a", "b"]}
    )
    made = winnow.aggregate(judgments, method="majority")
    assert isinstance(made, winnow.Aggregation)
    assert made.labels["item_id"].to_pylist() == ["1"]
    assert made.annotators.num_rows == 3
