from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.recompute import recompute_release
from schemas.ids import content_id
from schemas.labels import Label
from tests import toy
from tests.pipelines.judged import compute, judged_run
from warehouse.audit import AuditResult
from warehouse.catalog import Warehouse
from warehouse.publish import publish
from warehouse.settings import WarehouseSettings


def published(folder: Path, *, turned: int = 0) -> Path:
    """Publish a run of five labels, some of them other than its judgments say."""
    run_id, path = content_id("run"), folder / "wh"
    staging = judged_run(folder / "run", 5)
    compute(staging, run_id)
    labels = Label.from_table(staging.read(Label))
    other = [x.model_copy(update={"p_a": x.p_b, "p_b": x.p_a}) for x in labels[:turned]]
    staging.write(Label, [*other, *labels[turned:]])
    with Warehouse.open(WarehouseSettings(path=path)) as warehouse:
        publish(warehouse, staging, toy.run(run_id), "preferences", AuditResult(checks=()))
    return path


def test_labels_that_follow_from_the_judgments_are_said_to_come_out_the_same(
    tmp_path: Path,
) -> None:
    path = published(tmp_path)
    said = CliRunner().invoke(app, ["recompute", "preferences@1", "--warehouse", str(path)])
    assert (said.exit_code, said.output) == (
        0,
        "preferences@1: from 20 judgments, without a model, all 5 labels come out as they were published\n",
    )


def test_a_label_that_does_not_follow_is_named(tmp_path: Path) -> None:
    path = published(tmp_path, turned=1)
    said = CliRunner().invoke(app, ["recompute", "preferences", "--warehouse", str(path)])
    assert said.exit_code == 1
    assert "1 of 5 labels come out otherwise, 0 do not come out and 0 are new" in said.output


@pytest.mark.parametrize("turned", [0, 2])
def test_differences_have_a_row_a_label(tmp_path: Path, turned: int) -> None:
    with Warehouse.open(WarehouseSettings(path=published(tmp_path, turned=turned))) as warehouse:
        assert recompute_release(warehouse, "preferences@1").differences.num_rows == turned
