from pathlib import Path

import pyarrow.compute as pc
import pytest
from typer.testing import CliRunner

from tests import toy
from tests.pipelines.judged import FILTERS, compute, judged_run
from winnow.flows.commands.cli import app
from winnow.flows.curation.recompute import recompute_release
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import canonical_json, content_id
from winnow.schemas.judgments import Judgment, Rating
from winnow.schemas.labels import Label
from winnow.warehouse.audit import AuditResult, audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings


def published(folder: Path, *, turned: int = 0) -> Path:
    """Publish a run of five labels, some of them other than its judgments say."""
    run_id, path = content_id("run"), folder / "wh"
    staging = judged_run(folder / "run", 5)
    compute(staging, run_id)
    labels = Label.from_table(staging.read(Label))
    other = [x.model_copy(update={"p_a": x.p_b, "p_b": x.p_a}) for x in labels[:turned]]
    staging.write(Label, [*other, *labels[turned:]])
    settings = canonical_json({"keep": [f.model_dump(mode="json") for f in FILTERS]})
    run = toy.run(run_id).model_copy(update={"settings": settings})
    with Warehouse.open(WarehouseSettings(path=path)) as warehouse:
        publish(warehouse, staging, run, "preferences", AuditResult(checks=()))
    return path


def test_labels_that_follow_from_the_judgments_are_said_to_come_out_the_same(
    tmp_path: Path,
) -> None:
    path = published(tmp_path)
    said = CliRunner().invoke(app, ["recompute", "preferences@1", "--warehouse", str(path)])
    assert (said.exit_code, said.output) == (
        0,
        "preferences@1: from 20 judgments, without a model, all 5 labels come out as they were published\n"
        "all 5 preferences come out as they were published\n",
    )


def test_a_label_that_does_not_follow_is_named(tmp_path: Path) -> None:
    path = published(tmp_path, turned=1)
    said = CliRunner().invoke(app, ["recompute", "preferences", "--warehouse", str(path)])
    assert said.exit_code == 1
    assert "1 of 5 labels come out otherwise, 0 do not come out and 0 are new" in said.output


def test_other_settings_say_what_they_would_have_made_of_the_same_judgments(
    tmp_path: Path,
) -> None:
    path, out = published(tmp_path), tmp_path / "stricter.jsonl"
    stricter = tmp_path / "stricter.yaml"
    stricter.write_text(
        "name: stricter\ncomparisons: {path: none.jsonl}\nkeep: [{margin: 0.9999}]\n"
    )
    command = ["recompute", "preferences", "--settings", str(stricter), "--out", str(out)]
    said = CliRunner().invoke(app, [*command, "--warehouse", str(path)])
    assert (said.exit_code, said.output.splitlines()[1:]) == (
        0,
        [
            "of 5 preferences, 0 come out as published, 0 with another side chosen, 5 not (5 low_margin); 0 are new",
            f"0 preferences in {out}",
        ],
    )
    assert out.read_text() == ""
    stricter.write_text("name: same\ncomparisons: {path: none.jsonl}\n")
    said = CliRunner().invoke(app, [*command, "--warehouse", str(path)])
    assert "all 5 preferences come out as they were published" in said.output
    assert len(out.read_text().splitlines()) == 5


@pytest.mark.parametrize("turned", [0, 2])
def test_differences_have_a_row_a_label(tmp_path: Path, turned: int) -> None:
    with Warehouse.open(WarehouseSettings(path=published(tmp_path, turned=turned))) as warehouse:
        assert recompute_release(warehouse, "preferences@1").differences.num_rows == turned


def test_labels_of_a_rule_that_joins_annotators_come_out_again(tmp_path: Path) -> None:
    rule = {"of": "overlap@1", "also": ["form@1"], "gates": {"form": 0}, "weights": {"chrf": 1}}
    settings = {"aggregate": {"combine": [rule]}}
    run_id, staging = content_id("joined"), judged_run(tmp_path / "run", 5)
    scores: list[Judgment] = []
    for comparison in Comparison.from_table(staging.read(Comparison)):
        for side, response_id in enumerate(comparison.response_ids):
            scores += [
                measured("form@1", "form", response_id, -side),
                measured("overlap@1", "chrf", response_id, side),
            ]
        both = tuple(
            Rating(response_id=r, attribute="chrf", score=i)
            for i, r in enumerate(comparison.response_ids)
        )
        about = {"comparison_id": comparison.comparison_id, "verdict": "b", "ratings": both}
        who = {"annotator_id": "overlap@1", "kind": "verifier"}
        scores.append(Judgment.model_validate({**about, **who}))
    kept = staging.read(Judgment)
    others = kept.filter(pc.not_equal(kept["annotator_id"], "overlap@1"))
    staging.write(Judgment, others, part="read")
    staging.write(Judgment, scores, part="label")
    aggregate_judgments(staging, AggregateSettings.model_validate(settings["aggregate"]), run_id)
    run = toy.run(run_id).model_copy(update={"settings": canonical_json(settings)})
    with Warehouse.open(WarehouseSettings(path=tmp_path / "wh")) as warehouse:
        publish(warehouse, staging, run, "preferences", audit(staging, warehouse))
        again = recompute_release(warehouse, "preferences@1")
    combined = CombinedVerdict.from_table(staging.read(CombinedVerdict))
    assert {v.verdict for v in combined} == {"a"}
    assert (again.n_labels, again.differences.num_rows) == (5, 0)


def measured(annotator: str, attribute: str, response_id: str, score: float) -> Judgment:
    rating = Rating(response_id=response_id, attribute=attribute, score=score)
    return Judgment(
        subject_kind="response",
        subject_id=response_id,
        annotator_id=annotator,
        kind="verifier",
        ratings=(rating,),
    )
