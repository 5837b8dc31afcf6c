from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from tests import orchard
from winnow.flows.evaluation.filter_table import measure_release, sweep_release
from winnow.reports.terminal.filters import effects_view, sweep_view
from winnow.schemas.errors import InvalidSettings, TargetRefused


def shown(view: RenderableType) -> str:
    console = Console(width=240, record=True, file=StringIO())
    console.print(view)
    return console.export_text()


def test_each_check_is_measured_alone_and_together_on_the_labels_of_a_release(
    tmp_path: Path,
) -> None:
    with orchard.publish_orchard(tmp_path) as warehouse:
        effects = measure_release(warehouse, "preferences@1", ["margin=0", "posterior=1"])
    (none, all_) = effects
    assert (none.n_passed, none.n_right_passed) == (none.n_labels, none.n_right)
    assert (none.n_gold, none.n_without) == (12, 0)
    assert (all_.n_passed, all_.n_kept, all_.n_without) == (0, 0, all_.n_labels)
    text = " ".join(shown(effects_view(effects)).split())
    assert "no check" in text
    assert "all together" in text
    assert "12 gold items are few" in text


def test_a_sweep_goes_from_lax_to_strict_and_says_what_could_be_asked_for(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path) as warehouse:
        rows, asked = sweep_release(warehouse, "preferences@1", "posterior")
        with pytest.raises(InvalidSettings, match="--sweep near_duplicate: it compares no figure"):
            sweep_release(warehouse, "preferences@1", "near_duplicate")
    kept = [row.n_passed for row in rows]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == rows[0].n_labels
    assert len(set(kept)) > 3
    assert [outcome.target.accuracy for outcome in asked] == [0.8, 0.85, 0.9, 0.95, 0.99]
    assert asked[-1].effect is None
    assert "refused: it takes at least 230 gold items" in shown(sweep_view(rows, asked))


def test_a_target_that_gold_does_not_show_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with (
        orchard.publish_orchard(tmp_path) as warehouse,
        pytest.raises(TargetRefused, match=r"margin for accuracy 0.95 confidence 0.9 is refused"),
    ):
        measure_release(warehouse, "preferences@1", ["margin=accuracy 0.95"])


def test_an_unknown_check_and_a_threshold_that_is_no_number_are_errors(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path) as warehouse:
        with pytest.raises(InvalidSettings, match="--check margn=0: no filter named 'margn'"):
            measure_release(warehouse, "preferences@1", ["margn=0"])
        with pytest.raises(InvalidSettings, match="--check margin=x: 'x' is no number"):
            measure_release(warehouse, "preferences@1", ["margin=x"])
