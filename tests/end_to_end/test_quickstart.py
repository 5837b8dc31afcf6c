"""The example settings, run as a newcomer runs them."""

import subprocess
from pathlib import Path

import pytest

from schemas.runs import Run
from tests.end_to_end.conftest import ROOT, Winnow
from warehouse.catalog import Warehouse
from warehouse.releases import run_of
from warehouse.settings import WarehouseSettings

QUICKSTART = ROOT / "examples" / "quickstart" / "quickstart.yaml"

GOLD = """
    SELECT g.comparison_id, g.verdict, CASE WHEN p.is_tied THEN 'tie'
        WHEN p.chosen_id = c.response_ids[1] THEN 'a' ELSE 'b' END AS published
    FROM gold AS g JOIN comparisons AS c USING (comparison_id)
    JOIN preferences AS p USING (comparison_id)
"""

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quickstart")


@pytest.fixture(scope="module")
def first(winnow: Winnow, home: Path) -> Done:
    done = winnow("run", QUICKSTART, "--warehouse", home)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def warehouse(first: Done, home: Path) -> Warehouse:
    return Warehouse.open(WarehouseSettings(path=home), read_only=True)


@pytest.mark.engine
def test_every_stage_accounts_for_every_row(warehouse: Warehouse) -> None:
    run: Run = run_of(warehouse, "preferences@1")
    stages = [count.stage for count in run.counts]
    assert list(dict.fromkeys(stages)) == [
        "read", "sample", "compare", "label", "aggregate", "keep", "assemble",
    ]  # fmt: skip
    for count in run.counts:
        assert count.n_in == count.n_out + sum(reject.n for reject in count.rejects), count
    (n_rejects,) = warehouse.query("SELECT count(*) AS n FROM rejects")["n"].to_pylist()
    assert n_rejects == sum(reject.n for count in run.counts for reject in count.rejects)


@pytest.mark.engine
def test_published_labels_agree_with_all_twelve_gold_comparisons(warehouse: Warehouse) -> None:
    rows = warehouse.query(GOLD).to_pylist()
    assert len(rows) == 12
    assert [r for r in rows if r["verdict"] != r["published"]] == []


@pytest.mark.engine
def test_the_stand_in_judge_is_found_worthless(first: Done, warehouse: Warehouse) -> None:
    weights = warehouse.query("SELECT kind, max(abs(weight)) AS w FROM annotators GROUP BY kind")
    weight = {row["kind"]: row["w"] for row in weights.to_pylist()}
    assert weight["llm"] < 0.1 * weight["verifier"]
    assert "decides nothing" in first.stdout


@pytest.mark.engine
def test_the_garbage_of_the_stand_in_shows_as_a_shortcut(first: Done, warehouse: Warehouse) -> None:
    found = warehouse.query("SELECT shortcut, accuracy, is_warning FROM shortcuts").to_pylist()
    model = next(row for row in found if row["shortcut"] == "model")
    assert len(found) == 17
    assert model["is_warning"] and model["accuracy"] > 0.8
    assert "shortcut model  the response of the model that wins more often" in first.stdout


@pytest.mark.engine
def test_a_second_run_starts_no_model_and_publishes_nothing(
    winnow: Winnow, first: Done, home: Path, warehouse: Warehouse
) -> None:
    before = sorted(p.name for p in (home / "completions").iterdir())
    again = winnow("run", QUICKSTART, "--warehouse", home)
    assert again.returncode == 0
    assert "preferences@1 was published before by this very run" in again.stdout
    assert sorted(p.name for p in (home / "completions").iterdir()) == before
    assert warehouse.query("SELECT release FROM releases").to_pylist() == [
        {"release": "preferences@1"}
    ]


@pytest.mark.engine
def test_the_export_loads_as_a_dataset(first: Done, home: Path, warehouse: Warehouse) -> None:
    from datasets import load_dataset

    loaded = load_dataset(str(home / "exports" / "preferences@1" / "trl"))
    assert set(loaded) == {"train", "test"}
    (n,) = warehouse.query("SELECT count(*) AS n FROM preferences WHERE NOT is_tied")["n"]
    assert sum(split.num_rows for split in loaded.values()) == n.as_py()
    prompts = {name: {str(p) for p in split["prompt"]} for name, split in loaded.items()}
    assert not prompts["train"] & prompts["test"]
