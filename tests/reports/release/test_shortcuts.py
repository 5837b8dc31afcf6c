from pathlib import Path

import pytest

from tests import toy
from winnow.reports.release import write_report
from winnow.reports.release.shortcuts import (
    finding_of,
    overview,
    right_on_gold,
    right_range,
    warning_of,
    way_out,
)
from winnow.schemas.shortcuts import Shortcut
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings

LENGTH = toy.shortcuts()[0].model_copy(
    update={
        "n": 300,
        "accuracy": 0.2,
        "low": 0.15,
        "high": 0.27,
        "n_gold": 40,
        "gold_accuracy": 0.45,
        "finding": "explains",
        "is_warning": True,
    }
)


def test_a_shortcut_is_told_by_the_guess_that_is_right_more_often() -> None:
    text = warning_of(LENGTH).replace("\N{NO-BREAK SPACE}", " ")
    assert text == (
        "Choosing the shorter response agrees with 80 % of 300 labels (73 to 85 %)"
        " and with 55 % of 40 gold verdicts."
    )
    assert right_range(LENGTH) == (0.73, 0.85)
    assert right_on_gold(LENGTH) == pytest.approx(0.55)


def test_without_gold_the_sentence_says_so() -> None:
    bare = LENGTH.model_copy(update={"n_gold": 0, "gold_accuracy": None})
    assert warning_of(bare).endswith("; without gold, nobody can say whether it should.")


def test_a_fitted_shortcut_is_never_turned_round() -> None:
    model = LENGTH.model_copy(update={"shortcut": "model", "accuracy": 0.45})
    assert model.guess == "the response of the model that wins more often"
    assert right_range(model) == (0.15, 0.27)


def test_each_warning_comes_with_a_way_out() -> None:
    assert way_out(LENGTH) == "balance it with assemble: {rebalance: length}"
    assert (
        way_out(LENGTH.model_copy(update={"shortcut": "probe"}))
        == "balance the features that it weighs most, which winnow show lists"
    )


@pytest.mark.parametrize(
    ("finding", "is_warning", "said"),
    [
        ("explains", True, "explains the labels, and there is too little gold"),
        ("explains", False, "explains the labels, and gold as well"),
        ("clear", True, "predicts labels better than gold"),
        ("unclear", False, "too few to tell"),
    ],
)
def test_the_finding_says_what_gold_adds(finding: str, is_warning: bool, said: str) -> None:
    found = LENGTH.model_copy(update={"finding": finding, "is_warning": is_warning})
    assert finding_of(found) == said


def test_enough_gold_says_that_the_labels_are_to_blame() -> None:
    gold = {"gold_low": 0.45, "gold_high": 0.55}
    assert finding_of(LENGTH.model_copy(update=gold)) == "explains the labels, but not gold"
    none = {"n_gold": 0, "gold_accuracy": None, "gold_low": None, "gold_high": None}
    assert finding_of(LENGTH.model_copy(update=none)) == "explains the labels"


def test_small_releases_are_not_called_free_of_shortcuts() -> None:
    assert "2 decided preferences are too few to tell" in overview(toy.shortcuts())
    clear = [s.model_copy(update={"finding": "clear"}) for s in toy.shortcuts()]
    assert overview(clear) == "No shortcut explains the labels."
    assert overview([LENGTH, *clear]) == "1 of 3 shortcuts warn."


def publish_toy(folder: Path) -> WarehouseSettings:
    settings = WarehouseSettings(path=folder / "warehouse")
    staging = toy.stage(folder / "staging")
    warning = LENGTH.model_copy(update={"n": 2, "n_gold": 1})
    staging.write(Shortcut, [toy.shortcuts()[1], warning])
    with Warehouse.open(settings) as warehouse:
        publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
    return settings


def test_the_page_has_a_section_and_a_sentence_at_the_top(tmp_path: Path) -> None:
    with Warehouse.open(publish_toy(tmp_path), read_only=True) as warehouse:
        page = write_report(warehouse, "preferences@1", tmp_path / "r.html").read_text("utf-8")
    text = page.replace("\N{NO-BREAK SPACE}", " ")
    assert "A shortcut: choosing the shorter response agrees with 80 % of 2 labels" in text
    assert '<section id="shortcuts">' in text
    assert "<b>1 of 2 shortcuts warn.</b>" in text
    assert "WHERE run_id = &#39;" + toy.RUN_ID in text
    assert text.index("the shorter response</td>") < text.index("response a</td>")


def test_a_release_whose_run_found_nothing_has_no_section(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    page = write_report(orchard_warehouse, "preferences@1", tmp_path / "r.html").read_text("utf-8")
    assert '<section id="shortcuts">' not in page
