from pathlib import Path
from random import Random

import pytest

from tests.pipelines.shortcuts.simulated import (
    Rule,
    Sides,
    at_random,
    by_model,
    mostly,
    stage_release,
    the_longer,
    the_shorter,
)
from winnow.pipelines.shortcuts.find import ShortcutSettings, find_shortcuts
from winnow.schemas.errors import AuditFailed
from winnow.schemas.preferences import Preference
from winnow.schemas.shortcuts import SHORTCUTS, Shortcut

RUN = "r" * 64


def find(
    root: Path, n: int, rule: Rule, gold: Rule | None = None, per_prompt: int = 2, seed: int = 0
) -> dict[str, Shortcut]:
    staging = stage_release(root, n, rule, gold=gold, per_prompt=per_prompt, seed=seed)
    return {s.shortcut: s for s in find_shortcuts(staging, ShortcutSettings(), RUN)}


def warnings(found: dict[str, Shortcut]) -> set[str]:
    return {name for name, shortcut in found.items() if shortcut.is_warning}


def test_labels_that_follow_length_are_found_out(tmp_path: Path) -> None:
    found = find(tmp_path, 600, the_longer)
    assert warnings(found) == {"length", "words", "probe"}
    assert found["length"].accuracy > 0.98
    assert found["probe"].low > 0.9
    assert (found["place"].finding, found["model"].finding) == ("clear", "clear")


def test_labels_that_avoid_length_are_found_out_as_well(tmp_path: Path) -> None:
    found = find(tmp_path, 600, the_shorter)
    assert found["length"].high < 0.04
    assert warnings(found) == {"length", "words", "probe"}


def test_labels_that_follow_the_model_are_found_out(tmp_path: Path) -> None:
    found = find(tmp_path, 600, by_model)
    assert warnings(found) == {"model"}
    assert found["model"].accuracy == pytest.approx(5 / 6, abs=0.04)  # a third are by one model
    assert found["model"].detail.startswith("strengths, in nats: ada +")


@pytest.mark.parametrize("seed", range(5))
def test_random_labels_warn_of_nothing(tmp_path: Path, seed: int) -> None:
    found = find(tmp_path, 200, at_random, seed=seed)
    assert list(found) == list(SHORTCUTS)
    assert warnings(found) == set()


def test_too_few_preferences_cannot_tell(tmp_path: Path) -> None:
    found = find(tmp_path, 12, the_longer, per_prompt=1)
    assert found["length"].accuracy > 0.9
    assert {found[name].finding for name in ("length", "probe", "place", "model")} == {"unclear"}


def test_what_no_response_has_is_absent(tmp_path: Path) -> None:
    tables = find(tmp_path, 40, at_random)["tables"]
    assert (tables.finding, tables.n_differ, tables.accuracy) == ("absent", 0, 0.5)


def test_length_that_gold_goes_by_as_well_is_no_warning(tmp_path: Path) -> None:
    found = find(tmp_path, 600, mostly(the_longer, 0.85), gold=the_longer)
    assert found["length"].finding == "explains"
    assert found["length"].gold_accuracy == pytest.approx(1, abs=0.02)
    assert "length" not in warnings(found)


def test_a_lean_that_gold_does_not_have_warns_before_it_explains_the_labels(tmp_path: Path) -> None:
    labels, gold = mostly(the_longer, 0.6), mostly(the_shorter, 0.65)
    found = find(tmp_path, 900, labels, gold=gold, per_prompt=1)
    assert found["length"].finding == "unclear"
    assert found["length"].excess == pytest.approx(0.25, abs=0.06)
    assert "length" in warnings(found)


def test_the_probe_never_learns_from_the_prompt_it_guesses(tmp_path: Path) -> None:
    # Each prompt has a taste of its own: learnt from the same prompt, it could be guessed; from others it cannot.
    def by_prompt(random: Random, sides: Sides) -> bool:
        return the_longer(random, sides) == (int(sides.a.prompt_id[:8], 16) % 2 == 0)

    found = find(tmp_path, 400, by_prompt, per_prompt=40)
    assert not found["probe"].is_warning


def test_ties_are_left_out(tmp_path: Path) -> None:
    staging = stage_release(tmp_path, 20, the_longer)
    rows = Preference.from_table(staging.read(Preference))
    tied = [row.model_copy(update={"is_tied": True}) for row in rows]
    staging.write(Preference, [*tied[:5], *rows[5:]])
    assert {s.n for s in find_shortcuts(staging, ShortcutSettings(), RUN)} == {15}
    staging.write(Preference, tied)
    assert find_shortcuts(staging, ShortcutSettings(), RUN) == []
    assert staging.read(Shortcut).num_rows == 0


def test_a_warning_stops_the_run_where_the_settings_say_so(tmp_path: Path) -> None:
    staging = stage_release(tmp_path, 300, the_longer)
    with pytest.raises(AuditFailed, match=r"nothing was published: .*length \d+% of 300.*assemble\.rebalance"):  # fmt: skip
        find_shortcuts(staging, ShortcutSettings(fail=True), RUN)
