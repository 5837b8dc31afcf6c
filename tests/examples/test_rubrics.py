"""The example of rubrics: what is right passes, and each bad criterion that was planted is refused for its own reason."""

import importlib.util
import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from rich.console import Console

from tests.flows.house import House
from winnow.flows.curation.run import run_curation
from winnow.flows.settings.run import load_settings
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

FOLDER = Path(__file__).parents[2] / "examples" / "rubrics"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_replies", FOLDER / "write_replies.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()


PRINTED = Console(record=True, width=200, quiet=False, file=io.StringIO(), force_terminal=False)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("rubrics")
    settings = yaml.safe_load((FOLDER / "rubrics.yaml").read_text("utf-8"))
    settings["warehouse"] = {"path": str(folder / "house")}
    path = folder / "rubrics.yaml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    with House(folder, prefect_api).prefect():
        run_curation(load_settings(path), PRINTED)
    with Warehouse.open(WarehouseSettings(path=folder / "house"), read_only=True) as opened:
        yield opened


def test_the_recorded_replies_are_those_that_the_script_writes() -> None:
    lines = (FOLDER / "replies.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(SCRIPT.replies())


def test_each_planted_criterion_is_refused_for_its_own_reason(warehouse: Warehouse) -> None:
    rows = warehouse.query(
        "SELECT x.stage, x.reason, coalesce(c.text, x.detail) AS said FROM rejects AS x "
        "LEFT JOIN criteria AS c ON c.criterion_id = x.record_id ORDER BY ALL"
    ).to_pylist()
    planted = {item: text for item, (text, _) in SCRIPT.PLANTED.items()}
    found = {(row["stage"], row["reason"]): row["said"] for row in rows}
    assert len(rows) == len(found)
    expected = {
        ("derive", "bound_to_example"): planted["wri-2"],
        ("derive", "compound"): planted["cod-4"],
        ("derive", "leaks_reference"): planted["coo-6"],
        ("derive", "tautology"): planted["cod-2"],
        ("derive", "unsupported"): planted["wri-6"],
        ("merge", "contradicts"): SCRIPT.CONTRARY,
        ("merge", "duplicate"): SCRIPT.LIMITS_IN_OTHER_WORDS,
        ("merge", "mirror"): SCRIPT.MIRROR,
        ("merge", "single_example"): planted["num-5"],
        ("prove", "length"): SCRIPT.LENGTH,
    }
    assert found.keys() == expected.keys()
    assert all(text in found[key] for key, text in expected.items())


def test_the_right_criteria_and_their_rubric_pass(warehouse: Warehouse) -> None:
    rows = warehouse.query(
        "SELECT c.text, c.kind, p.accuracy.value AS right, p.accuracy.low > 0.5 AS is_above, p.n_comparisons, p.n_tried "
        "FROM proofs AS p JOIN criteria AS c USING (criterion_id) WHERE p.is_kept AND p.annotator_id IS NULL ORDER BY c.text"
    ).to_pylist()
    assert [(row["text"], row["kind"]) for row in rows] == [
        (SCRIPT.ASKED, "principle"),
        (SCRIPT.LIMITS, "hard_rule"),
        (SCRIPT.CASE, "principle"),
    ]
    assert all(row["right"] == 1 and row["is_above"] for row in rows)
    assert {(row["n_comparisons"], row["n_tried"]) for row in rows} == {
        (14, 4)
    }  # what was refused before was refused without a look at labels
    (rubric,) = warehouse.query(
        "SELECT accuracy.value AS right, gain.value AS gain, both_orders.value AS same FROM proofs "
        "WHERE criterion_id IS NULL AND annotator_id IS NULL AND is_kept"
    ).to_pylist()
    assert rubric["right"] == rubric["same"] == 1
    assert rubric["gain"] == pytest.approx(6 / 14)


def test_nothing_proves_what_it_was_derived_from(warehouse: Warehouse) -> None:
    (row,) = warehouse.query(
        "SELECT count(DISTINCT subject_id) AS n FROM criterion_sources WHERE kind = 'comparison'"
    ).to_pylist()
    assert row["n"] == 16


def test_labels_by_the_rubric_are_right_and_say_that_the_replies_are_recorded(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.query(
        "SELECT count(*) AS n, count(*) FILTER (j.verdict = g.verdict) AS n_right FROM judgments AS j "
        "JOIN gold AS g USING (comparison_id) WHERE j.annotator_id LIKE 'rubric@%'"
    ).to_pylist()
    assert rows == [{"n": 30, "n_right": 30}]
    said = "models.recorded gives the recorded replies of examples/rubrics/replies.jsonl: no model is asked"
    assert said in PRINTED.export_text()
    (run,) = warehouse.query("SELECT models FROM runs").to_pylist()
    assert [use["model"] for use in run["models"]] == ["recorded replies of replies.jsonl"]
