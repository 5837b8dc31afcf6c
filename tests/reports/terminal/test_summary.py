from pathlib import Path

import pytest

from tests import toy
from tests.warehouse.processes import PASSED
from winnow.reports.terminal.summary import anchor_line
from winnow.schemas.judgments import Gold
from winnow.schemas.labels import Annotator
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings


@pytest.mark.parametrize(
    ("has_gold", "said"),
    [
        (True, "1 gold verdict anchors the labels: mean confidence 0.90, 0 of 2 (0%) below 0.7"),
        (
            False,
            "no gold anchors the labels: their accuracy is estimated from how far annotators agree; "
            "mean confidence 0.90, 0 of 2 (0%) below 0.7",
        ),
    ],
)
def test_a_release_says_what_its_labels_rest_on(tmp_path: Path, has_gold: bool, said: str) -> None:
    settings = WarehouseSettings(path=tmp_path)
    staging = toy.stage(settings.staging(toy.RUN_ID))
    if not has_gold:
        staging.write(Gold, [])
        unmeasured = {"gold_accuracy": None, "n_gold": 0}
        staging.write(Annotator, [a.model_copy(update=unmeasured) for a in toy.annotators()])
    with Warehouse.open(settings) as warehouse:
        publish(warehouse, staging, toy.run(), "preferences", PASSED)
        assert anchor_line(warehouse, "preferences@1") == said
