"""What filters do to accuracy and coverage, on labels of simulated judges some of whose gold is known."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from tests.annotation.aggregation.simulated import simulate
from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, stage
from winnow.pipelines.filters.cross_validation import CrossValidation
from winnow.pipelines.filters.effects import effects_of, sweep
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.keep import ALWAYS, FilterSettings, keep, kept, try_settings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.effects import FilterEffect
from winnow.schemas.errors import TargetRefused
from winnow.schemas.judgments import Gold, Judgment
from winnow.warehouse.staging import Staging

N = 120


def simulated(root: Path, n_gold: int, accuracies: tuple[float, ...] = (0.9, 0.8, 0.7)) -> Staging:
    """Stage and label comparisons that simulated judges have judged."""
    drawn = simulate(accuracies, n_items=N)
    pairs: list[Comparison] = []
    records: list[object] = []
    for i in range(N):
        prompt = ask(f"{i}?")
        one, other = answer(prompt, "x"), answer(prompt, "y")
        pairs.append(compare_two(one, other))
        records += [prompt, one, other, pairs[-1]]
    for row in drawn.judgments.to_pylist():
        pair = pairs[int(row["item_id"])]
        judgment = judge_one(pair, row["verdict"], row["annotator"], row["order"], "llm")
        assert isinstance(judgment, Judgment)
        records.append(judgment)
    staging = stage(root, *records)  # type: ignore[arg-type]
    truth = {
        pairs[int(item)].comparison_id: verdict
        for item, verdict in zip(*drawn.gold(N).to_pydict().values(), strict=True)
    }
    known = list(truth.items())[:n_gold]
    gold = [
        Gold.model_validate({"comparison_id": c, "verdict": v, "basis": "drawn"}) for c, v in known
    ]
    staging.write(Gold, gold)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    return staging


def filters(*entries: object) -> list[FilterSettings]:
    return TypeAdapter(list[FilterSettings]).validate_python(entries)


def tried(staging: Staging, *entries: object) -> CrossValidation:
    return try_settings(staging, filters(*entries))[1]


def test_a_stricter_check_keeps_less_of_which_more_is_right(tmp_path: Path) -> None:
    validated = tried(simulated(tmp_path, 100), {"posterior": 0.5}, {"margin": 0.8})
    lax, strict = effects_of(validated, RUN, first=len(ALWAYS))
    assert lax.n_passed == lax.n_labels == N
    assert (lax.n_gold, lax.n_gold_passed) == (100, 100)
    assert strict.n_passed < N
    assert strict.n_right_passed / strict.n_gold_passed > lax.n_right / lax.n_gold
    assert (strict.n_kept, strict.n_right_kept) == (strict.n_passed, strict.n_right_passed)
    assert (strict.n_without, lax.n_without) == (lax.n_passed, strict.n_passed)


def test_without_gold_coverage_alone_is_counted(tmp_path: Path) -> None:
    (effect,) = effects_of(tried(simulated(tmp_path, 0), {"margin": 0.5}), RUN, first=len(ALWAYS))
    assert 0 < effect.n_passed < N
    assert (effect.n_gold, effect.n_gold_passed) == (0, 0)


def test_a_sweep_steps_from_keeping_all_to_keeping_little(tmp_path: Path) -> None:
    validated = tried(simulated(tmp_path, 20), "margin")
    thresholds = sweep(validated, len(ALWAYS))
    n_kept = [validated.asking(len(ALWAYS), t).count([len(ALWAYS)]).n for t in thresholds]
    assert thresholds == sorted(thresholds)
    assert n_kept == sorted(n_kept, reverse=True)
    assert n_kept[0] == N


def test_the_stage_stores_what_each_check_does(tmp_path: Path) -> None:
    staging = simulated(tmp_path, 60)
    count = keep(staging, filters({"margin": 0.3}, "agreement"), RUN)
    effects = FilterEffect.from_table(staging.read(FilterEffect))
    assert [(e.filter, e.position) for e in effects] == [("margin", 1), ("agreement", 2)]
    assert effects[-1].n_kept == count.n_out


@pytest.mark.parametrize(
    "name", ["posterior", "margin", "agreement", "uncertainty", "order_consistent"]
)
def test_a_threshold_is_set_for_a_target_and_what_is_kept_passes_it(
    tmp_path: Path, name: str
) -> None:
    staging = simulated(tmp_path, 100)
    count = keep(staging, filters({name: "accuracy 0.8"}), RUN)
    (effect,) = FilterEffect.from_table(staging.read(FilterEffect))
    assert effect.target == "accuracy 0.8 confidence 0.9"
    assert 0 < count.n_out == effect.n_kept == len(kept(staging))
    assert effect.n_right_kept / effect.n_gold_kept >= 0.8


def test_a_target_that_gold_does_not_show_stops_before_anything_is_kept(tmp_path: Path) -> None:
    staging = simulated(tmp_path, 20)
    with pytest.raises(TargetRefused, match=r"45 gold items.* there are 20\. Nothing is published"):
        keep(staging, filters({"margin": "accuracy 0.95"}), RUN)
    assert staging.read(FilterEffect).num_rows == 0


def test_other_checks_take_part_in_what_a_target_is_set_on(tmp_path: Path) -> None:
    staging = simulated(tmp_path, 100)
    with pytest.raises(TargetRefused, match="there are 0"):
        tried(staging, {"margin": 1}, {"posterior": "accuracy 0.8"})


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"near_duplicate": "accuracy 0.9"}, "near_duplicate has no threshold that gold could set"),
        ({"margin": "accuracy 95"}, "accuracy of the target is 95"),
        (
            {"filter": "margin", "threshold": 0.2, "target": {"accuracy": 0.9}},
            "margin has a threshold and a target; give one of them",
        ),
    ],
)
def test_a_target_that_cannot_be_is_named(entry: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        FilterSettings.model_validate(entry)


def test_a_target_survives_being_written_into_the_record_of_a_run() -> None:
    (entry,) = filters({"margin": "accuracy 0.9 confidence 0.8"})
    again = FilterSettings.model_validate(entry.model_dump(mode="json", exclude_defaults=True))
    assert again == entry


def test_of_many_labels_a_fold_looks_at_its_gold_and_a_random_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = simulated(tmp_path, 100)
    whole = tried(staging, {"posterior": 0.8})
    monkeypatch.setattr("winnow.pipelines.filters.held_out.MAX_DRAWN", 40)
    part = tried(staging, {"posterior": 0.8})
    assert [len(held.rows) for held in whole.folds] == [N] * 5
    assert all(40 <= len(held.rows) < 70 for held in part.folds)
    assert sum(held.is_held.sum() for held in part.folds) == 100
    for one, other in zip(whole.folds, part.folds, strict=True):
        assert (one.surplus[:, other.rows] == other.surplus).all()
        assert (one.is_right == other.is_right).all()
    check = [len(ALWAYS)]
    assert abs(whole.count(check).n_gold - part.count(check).n_gold) <= 5
