"""People and models take turns, with the command that a person would call."""

import csv
import json
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.end_to_end.conftest import Winnow
from tests.end_to_end.runs import kill_after, published
from winnow.flows.settings.rounds import RoundsSettings
from winnow.flows.settings.run import load_settings_of
from winnow.pipelines.recomputing import recompute
from winnow.pipelines.stored import stored_tables
from winnow.schemas.preferences import Preference
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

N_ITEMS = 48
SETTINGS = """
name: turns
comparisons: {{path: {folder}/pairs.jsonl, judgments: {{path: {folder}/said.jsonl, kind: llm}}}}
rounds: {{budget: 12, per_round: 4, people: {people}}}
"""


def write_inputs(folder: Path, people: str) -> Path:
    """Write comparisons whose better response says so, and three judges of which one is often wrong."""
    rng, pairs, said, gold = random.Random(3), [], [], []
    for i in range(N_ITEMS):
        better, item_id = rng.choice("ab"), f"item {i}"
        texts = {"a": f"The right answer {i}.", "b": f"A wrong answer {i}."}
        sides = texts if better == "a" else {"a": texts["b"], "b": texts["a"]}
        pairs.append({"item_id": item_id, "prompt": f"What is {i} plus {i}?", "response_a": sides["a"], "response_b": sides["b"]})  # fmt: skip
        for judge, accuracy in (("one", 0.85), ("two", 0.85), ("three", 0.4)):
            verdict = better if rng.random() < accuracy else "ab".replace(better, "")
            said.append({"item_id": item_id, "annotator": judge, "verdict": verdict})
        gold.append({"item_id": item_id, "verdict": better})
    for name, rows in (("pairs", pairs), ("said", said), ("gold", gold)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines)
    path = folder / "rounds.yaml"
    path.write_text(SETTINGS.format(folder=folder, people=people))
    return path


def by_id(row: dict[str, object]) -> str:
    return str(row["preference_id"])


def recomputed(path: Path, tmp_path: Path) -> list[dict[str, object]]:
    settings, staging = load_settings_of(RoundsSettings, path), Staging(tmp_path / "again")
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w"), read_only=True) as opened:
        tables = stored_tables(opened, "preferences@1")
        run_id = release(opened, "preferences@1").run_id
    recompute(
        tables,
        staging,
        run_id,
        [one.step for one in settings.sequence],
        release="preferences@1",
    )
    return sorted(staging.read(Preference).to_pylist(), key=by_id)


def test_recorded_verdicts_are_spent_round_by_round_and_the_release_rests_on_them(
    winnow: Winnow, tmp_path: Path
) -> None:
    path = write_inputs(tmp_path, f"{{replay: {tmp_path}/gold.jsonl}}")
    done = winnow("rounds", path, "--warehouse", tmp_path / "w")
    assert done.returncode == 0, done.stderr
    assert [f"{n} / 12" in done.stdout for n in (4, 8, 12)] == [True] * 3
    assert "the budget of 12 labels of people is spent" in done.stdout
    assert "people verified 12 of the published labels" in done.stdout
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w"), read_only=True) as opened:
        rows = opened.query(
            "SELECT DISTINCT p.chosen_id, t.text, p.confidence FROM preferences AS p JOIN judgments AS j "
            "ON list_contains(p.evidence, j.judgment_id) JOIN responses AS t ON t.response_id = p.chosen_id "
            "WHERE j.annotator_id = 'human:replayed'"
        ).to_pylist()
    assert len(rows) == 12
    assert all(row["confidence"] == 1 and "right" in row["text"] for row in rows)
    assert recomputed(path, tmp_path) == sorted(published(tmp_path / "w"), key=by_id)
    again = winnow("rounds", path, "--warehouse", tmp_path / "w")
    assert "preferences@1 was published before by this very run" in again.stdout


def test_people_fill_in_a_sheet_and_the_next_call_goes_on(winnow: Winnow, tmp_path: Path) -> None:
    sheet = tmp_path / "to_label.csv"
    path = write_inputs(tmp_path, f"{{sheet: {sheet}}}")
    seen: set[str] = set()
    for number in (1, 2, 3):
        done = winnow("rounds", path, "--warehouse", tmp_path / "w")
        assert done.returncode == 0, done.stderr
        assert (
            f"4 comparisons wait for people: fill in the column 'better' of {sheet}" in done.stdout
        )
        with sheet.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 4 and not seen & {row["comparison"] for row in rows}, number
        seen |= {row["comparison"] for row in rows}
        for row in rows[: 3 if number == 3 else 4]:
            row["better"] = "1" if "right" in row["response_1"] else "2"
        with sheet.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    done = winnow("rounds", path, "--warehouse", tmp_path / "w", "--go-on")
    assert "1 comparison waits for people" in done.stdout, done.stderr
    assert "people verified 11 of the published labels" in done.stdout


def test_a_call_that_is_killed_is_continued_by_the_next(
    winnow: Winnow, command_environment: dict[str, str], tmp_path: Path
) -> None:
    path = write_inputs(tmp_path, f"{{replay: {tmp_path}/gold.jsonl}}")
    started = time.monotonic()
    assert winnow("rounds", path, "--warehouse", tmp_path / "whole").returncode == 0
    duration_s = time.monotonic() - started
    command = [sys.executable, "-m", "winnow", "rounds", str(path), "--warehouse"]
    for share in (0.5, 0.8):
        kill_after(share * duration_s, [*command, str(tmp_path / "broken")], command_environment)
    last = subprocess.run(
        [*command, str(tmp_path / "broken")], env=command_environment, check=False
    )
    assert last.returncode == 0
    assert published(tmp_path / "broken") == published(tmp_path / "whole")
