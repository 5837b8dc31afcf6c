"""Rubrics from comparisons to exports with a real model, which is too small to derive good criteria: what must hold nonetheless."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import yaml
from rich.console import Console

from tests.end_to_end.conftest import ROOT
from tests.flows.house import House
from tests.flows.ways_in import said_by
from winnow.flows.curation.run import run_curation
from winnow.flows.rubrics.shelf import Shelf
from winnow.flows.settings.run import load_settings
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Refused
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import run_of
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

pytestmark = pytest.mark.engine

EXAMPLE = ROOT / "examples" / "rubrics"
N_COMPARISONS, N_GOLD, SHARE = 10, 8, 0.5
SHORT = {"model": "smollm2", "max_criteria": 2, "max_criterion_chars": 60, "reach": "all"}
PAIRWISE = {"judge": "pairwise", "model": "smollm2", "rubric": True, "max_critique_chars": 20}
STEPS = [
    "aggregate",
    {"derive": {"by": "contrast", "share": SHARE, **SHORT}},
    {"derive": {"by": "checklist", **SHORT}},
    {"merge": {"model": "smollm2", "max_criteria": 3, "min_prompts": 1, "share": SHARE}},
    {"label": [{"judge": "rubric", "model": "smollm2", "unproven": True, "max_quote_chars": 20}]},
    {"prove": {"share": SHARE, "judges": [PAIRWISE]}},
    "aggregate",
]
WRITTEN = {"name": "cooks", "domain": "cooking", "criteria": ["Gives a time or a temperature."]}


class Ran(NamedTuple):
    """A run that is done."""

    folder: Path
    settings: Path
    printed: str

    @property
    def warehouse(self) -> Path:
        return self.folder / "house"

    def opened(self) -> Warehouse:
        return Warehouse.open(WarehouseSettings(path=self.warehouse), read_only=True)

    def query(self, sql: str) -> list[dict[str, Any]]:
        with self.opened() as opened:
            return opened.query(sql).to_pylist()

    def command(self, *words: object) -> str:
        status, said = said_by(*map(str, words), "--warehouse", str(self.warehouse))
        assert status == 0, said
        return said


def run(folder: Path, settings: Path, prefect_api: str) -> str:
    console = Console(record=True, width=200, quiet=False, file=StringIO(), force_terminal=False)
    with House(folder, prefect_api).prefect():
        run_curation(load_settings(settings), console)
    return console.export_text()


@pytest.fixture(scope="module")
def ran(
    tmp_path_factory: pytest.TempPathFactory, prefect_api: str, engines_closed: None
) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("rubrics")
    rows = [json.loads(line) for line in (EXAMPLE / "comparisons.jsonl").open(encoding="utf-8")]
    rows = [row for row in rows if row["domain"] in ("numbers", "cooking")][:N_COMPARISONS]
    gold = [{name: row[name] for name in ("item_id", "verdict")} for row in rows[:N_GOLD]]
    for name, lines in (("pairs", rows), ("gold", gold)):
        text = "\n".join(map(json.dumps, lines))
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    settings = folder / "rubrics.yaml"
    said = {
        "name": "rubrics",
        "warehouse": {"path": str(folder / "house")},
        "comparisons": {"path": str(folder / "pairs.jsonl"), "annotator": "reader"},
        "gold": {"path": str(folder / "gold.jsonl")},
        "steps": STEPS,
        "release": "rubrics",
        "allow": ["unread"],  # most that so small a model says of a criterion
    }
    settings.write_text(yaml.safe_dump(said), encoding="utf-8")
    yield Ran(folder, settings, run(folder, settings, prefect_api))


def test_every_stage_accounts_for_every_criterion(ran: Ran) -> None:
    with ran.opened() as opened:
        counts = run_of(opened, "rubrics@1").counts
    stages = list(dict.fromkeys(count.stage for count in counts))
    assert stages[1:7] == ["aggregate", "derive", "derive-2", "merge", "label", "prove"]
    for count in counts:
        assert count.n_in == count.n_out + sum(reject.n for reject in count.rejects), count
    (n_rejects,) = ran.query("SELECT count(*) AS n FROM rejects")
    assert n_rejects["n"] == sum(reject.n for count in counts for reject in count.rejects)


def test_what_was_proposed_is_proven_or_refused_for_a_reason_that_is_known(ran: Ran) -> None:
    reasons = ran.query(
        "SELECT DISTINCT stage, reason FROM rejects WHERE record IN ('criterion', 'rubric')"
    )
    assert {row["reason"] for row in reasons} <= {*get_args(Refused), "not_judged"}
    loose = ran.query(
        "SELECT c.text FROM criteria AS c "
        "ANTI JOIN proofs AS p ON p.criterion_id = c.criterion_id AND (p.is_kept OR p.reason IS NOT NULL) "
        "ANTI JOIN criterion_sources AS s ON s.kind = 'criterion' AND s.subject_id = c.criterion_id "
        "ANTI JOIN rejects AS x ON x.record_id = c.criterion_id"
    )
    assert loose == []
    proofs = ran.query("SELECT is_kept, reason, detail FROM proofs")
    assert all(p["is_kept"] == (p["reason"] is None) for p in proofs)
    assert all(p["detail"] for p in proofs if not p["is_kept"])


def test_no_comparison_derives_and_proves(ran: Ran, tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    with ran.opened() as opened:
        for record in (Prompt, Response, Comparison):
            staging.write(record, opened.query(f"SELECT * FROM {record.table}"))
    division = held_out(staging, SHARE)
    to_prove = set(division.to_prove("all").to_pylist())
    drawn = ran.query(
        "SELECT DISTINCT c.comparison_id AS id FROM criterion_sources AS s JOIN comparisons AS c "
        "ON s.subject_id = c.comparison_id OR list_contains(c.response_ids, s.subject_id)"
    )
    assert not to_prove & {row["id"] for row in drawn}
    proven = ran.query("SELECT n_comparisons AS n FROM proofs")
    assert all(row["n"] <= len(to_prove) for row in proven) and 0 < len(to_prove) < N_COMPARISONS


def test_a_second_run_asks_nothing_and_publishes_nothing(ran: Ran, prefect_api: str) -> None:
    before = sorted(p.name for p in (ran.warehouse / "completions").iterdir())
    said = run(ran.folder, ran.settings, prefect_api)
    assert "rubrics@1 was published before by this very run" in said
    assert sorted(p.name for p in (ran.warehouse / "completions").iterdir()) == before
    assert ran.query("SELECT release FROM releases") == [{"release": "rubrics@1"}]


def test_prompts_are_exported_with_the_rubrics_in_force_and_no_refused_one(ran: Ran) -> None:
    from datasets import load_dataset

    written = ran.folder / "cooks.yaml"
    written.write_text(yaml.safe_dump(WRITTEN), encoding="utf-8")
    ran.command("rubrics", "import", written)
    with ran.opened() as opened:
        in_force = {view.rubric.rubric_id: view for view in Shelf.of(opened).in_force()}
        refused = opened.query("SELECT rubric_id FROM proofs WHERE criterion_id IS NULL AND NOT is_kept")  # fmt: skip
    assert not in_force.keys() & set(refused["rubric_id"].to_pylist())
    for form, options in (("trl", ["--option", "variant=rubric"]), ("open_instruct", [])):
        out = ran.folder / form
        ran.command("export", "rubrics@1", "--format", form, *options, "--out", out)
        rows = [row for split in load_dataset(str(out)).values() for row in split]
        assert {row["rubric_id"] for row in rows} <= in_force.keys()
        said = [json.dumps(row) for row in rows]
        assert sum("Gives a time or a temperature." in text for text in said) == 4, form


def test_the_command_shows_each_rubric_with_what_was_shown_of_it(ran: Ran) -> None:
    listed = ran.command("rubrics", "list", "--all")
    rubrics = ran.query("SELECT rubric_id, name FROM rubrics")
    assert all(row["name"] in listed for row in rubrics)
    proven = ran.query("SELECT DISTINCT rubric_id FROM proofs")
    for row in proven:
        shown = ran.command("rubrics", "show", row["rubric_id"][:12])
        texts = ran.query(f"SELECT text FROM criteria WHERE rubric_id = '{row['rubric_id']}'")
        assert texts and all(" ".join(t["text"].split()[:2]) in shown for t in texts)
