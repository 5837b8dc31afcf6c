from pathlib import Path
from random import Random

import pytest

from tests.pipelines.shortcuts.simulated import (
    Sides,
    at_random,
    by_model,
    mostly,
    stage_release,
    the_longer,
)
from winnow.pipelines.shortcuts.find import ShortcutSettings, find_shortcuts
from winnow.pipelines.shortcuts.rebalance import rebalance
from winnow.schemas.preferences import Preference
from winnow.schemas.shortcuts import Shortcut
from winnow.warehouse.staging import Staging

MOSTLY_LONGER = mostly(the_longer, 0.8)


def balance(staging: Staging, *shortcuts: str) -> tuple[list[Preference], dict[str, Shortcut]]:
    table = staging.read(Preference)
    dropped = set(rebalance(table, shortcuts, staging)["comparison_id"].to_pylist())
    left = [row for row in Preference.from_table(table) if row.comparison_id not in dropped]
    staging.write(Preference, left)
    found = find_shortcuts(staging, ShortcutSettings(), "r")
    return left, {s.shortcut: s for s in found}


def test_length_no_longer_predicts_what_is_chosen(tmp_path: Path) -> None:
    left, found = balance(stage_release(tmp_path, 600, MOSTLY_LONGER), "length")
    assert found["length"].accuracy == 0.5
    assert found["length"].auc == pytest.approx(0.5, abs=0.05)
    assert not any(shortcut.is_warning for shortcut in found.values())
    assert (
        180 < len(left) < 300
    )  # twice the fifth that is shorter, less what the classes of size cost


def test_several_shortcuts_are_balanced_together(tmp_path: Path) -> None:
    def by_both(random: Random, sides: Sides) -> bool:
        return (MOSTLY_LONGER if random.random() < 0.5 else by_model)(random, sides)

    left, found = balance(stage_release(tmp_path, 900, by_both), "length", "model")
    assert found["length"].accuracy == 0.5
    assert found["model"].accuracy < 0.55
    assert not found["model"].is_warning
    assert len(left) > 100


def test_the_smallest_margins_go_first(tmp_path: Path) -> None:
    staging = stage_release(tmp_path, 400, MOSTLY_LONGER)
    table = staging.read(Preference)
    gone = set(rebalance(table, ["length"], staging)["comparison_id"].to_pylist())
    rows = Preference.from_table(table)
    dropped = [row.margin for row in rows if row.comparison_id in gone]
    left = [row.margin for row in rows if row.comparison_id not in gone]
    assert sum(dropped) / len(dropped) < sum(left) / len(left)


def test_each_dropped_preference_says_why(tmp_path: Path) -> None:
    staging = stage_release(tmp_path, 20, the_longer)
    dropped = rebalance(staging.read(Preference), ["words"], staging)
    assert dropped.num_rows > 15
    assert dropped["detail"][0].as_py().startswith("words: 5 such preferences against 0 ")


def test_labels_at_random_lose_little(tmp_path: Path) -> None:
    left, _ = balance(stage_release(tmp_path, 1000, at_random), "length")
    assert len(left) > 900


def test_ties_and_what_no_shortcut_tells_apart_stay(tmp_path: Path) -> None:
    staging = stage_release(tmp_path, 30, the_longer)
    rows = staging.read(Preference)
    records = Preference.from_table(rows)
    tied = Preference.to_table(row.model_copy(update={"is_tied": True}) for row in records)
    for preferences, shortcuts in ((tied, ["length"]), (rows, ["tables"]), (rows, [])):
        assert rebalance(preferences, shortcuts, staging).num_rows == 0


def test_the_same_preferences_give_the_same_subset_in_any_order(tmp_path: Path) -> None:
    staging = stage_release(tmp_path, 100, MOSTLY_LONGER)
    rows = staging.read(Preference)
    turned = rows.take(list(range(rows.num_rows))[::-1])
    assert rebalance(rows, ["length"], staging) == rebalance(turned, ["length"], staging)
