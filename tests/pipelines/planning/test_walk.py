from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import BEAM, TOY, answer, ask, stage
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.planning.walk import PlannedStep, Walk
from winnow.pipelines.steps import STEPS, Step
from winnow.pipelines.steps.sequence import StepSettings, check_sequence, in_sequence
from winnow.pipelines.steps.step import Nobody

SKY = ask("Why is the sky blue?", reference="Because air scatters blue light most.")
SEA = ask("Why is the sea salt?")
OTHER = TOY.model_copy(update={"name": "other"})
SAMPLE = {"sample": {"model": "toy", "n": 3}}
JUDGE = {"label": [{"judge": "pairwise", "model": "toy"}]}


def walk(folder: Path, *entries: Any, measures: bool = True) -> list[PlannedStep]:
    steps = [StepSettings.model_validate(entry) for entry in entries]
    sequence = in_sequence((f"steps[{i}].{e.step}", e.built, e.of) for i, e in enumerate(steps))
    check_sequence(sequence)
    staging = stage(folder / "run", SKY, SEA, answer(SKY, "air"), answer(SKY, "light"))
    found = Walk(
        staging,
        sequence,
        models={"toy": TOY, "other": OTHER},
        store=CompletionStore(folder / "store"),
        beam=BEAM,
        people=Nobody(),
        measures=measures,
    )
    return list(found.steps())


def test_a_verifier_makes_no_label_of_responses_that_are_not_there(tmp_path: Path) -> None:
    verified = {"label": [{"verifier": "form"}]}
    *_, again = walk(
        tmp_path,
        SAMPLE,
        "compare",
        verified,
        "aggregate",
        JUDGE | {"of": "confidence is null"},
        "aggregate",
    )[:5]
    # Of 10 and 3 pairs, all but that of the two ready responses.
    assert (again.n_new, again.is_at_most) == (2 * 12, True)


@pytest.mark.parametrize("measures", [True, False])
def test_where_scores_are_missing_each_prompt_that_can_be_scored_has_its_pair(
    tmp_path: Path, measures: bool
) -> None:
    compare = {"compare": {"strategy": "best_worst", "score": "reference_overlap"}}
    _, compared, judged, *_ = walk(tmp_path, SAMPLE, compare, JUDGE, measures=measures)
    assert (compared.added[0].n_out, compared.is_at_most) == (1, True)
    assert judged.n_new == 2


def test_a_step_of_a_plug_in_waits_for_answers_that_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(STEPS, "_kinds", dict(STEPS._kinds))

    @STEPS.register("wonder")
    class Wonder(Step):
        def work(self, at: Any) -> list[Any]:
            return []

    ready, sampled, late, *_ = walk(tmp_path, "wonder", SAMPLE, "wonder", "compare", JUDGE)
    assert (ready.is_unknown, sampled.n_new, late.is_unknown) == (False, 6, True)


def test_a_selection_bounds_what_follows_from_answers_that_are_missing(tmp_path: Path) -> None:
    select = {"select": {"named": "weak", "what": "responses", "by": "win_rate", "per_prompt": 1}}
    refine = {"refine": {"model": "toy"}, "of": "weak"}
    steps = [SAMPLE, "compare", JUDGE, "aggregate", select | {"of": "win_rate < 0.5"}, refine]
    refined = walk(tmp_path, *steps, "compare", JUDGE, "aggregate")[5]
    assert (refined.n_new, refined.is_at_most) == (2, True)


@pytest.mark.parametrize(
    ("judge", "wanted"),
    [
        ({"judge": "pairwise"}, {"toy": 2}),
        ({"judge": "pairwise", "temperature": 0.5, "samples": 5}, {"toy": 10}),
        (
            {"judge": "panel", "members": [{}, {"role": "Doubt."}, {"model": "other"}], "exchanges": 1},
            {"toy": 2 * 2 * 2, "other": 2 * 2},
        ),
        ({"judge": "debate", "advocate": "other", "evidence": 4}, {"toy": 2, "other": 8}),
        ({"judge": "debate", "evidence": 4}, {"toy": 10}),
        ({"judge": "advocates", "reflection": False}, {"toy": 2 * 3}),
        ({"judge": "debate", "advocate": "other", "temperature": 1, "samples": 3}, {"toy": 6, "other": 24}),
    ],
)  # fmt: skip
def test_a_plan_counts_all_that_a_judge_of_several_rounds_may_ask(
    tmp_path: Path, judge: dict[str, Any], wanted: dict[str, int]
) -> None:
    _, labelled, *_ = walk(tmp_path, "compare", {"label": [{**judge, "model": "toy"}]}, "aggregate")
    found = {one.model.name: one.n_new for one in labelled.asked}
    assert found == wanted
    assert all(one.n_read > 0 < one.n_written for one in labelled.asked)
    assert labelled.is_at_most == (judge["judge"] != "pairwise")


def test_rollouts_are_counted_once_the_texts_of_responses_are_there(tmp_path: Path) -> None:
    rollout = {"rollout": {"model": "toy", "n": 8, "by": {"verifier": "reference_overlap"}}}
    ready, sampled, late, compared, *_ = walk(tmp_path, rollout, SAMPLE, rollout, "compare", JUDGE)
    # Of two responses of one step each, continuations begin at their prompt alone, and three of them are samples of it.
    assert (ready.n_new, ready.is_unknown, sampled.n_new) == (8, False, 3)
    assert late.is_unknown
    assert compared.is_unknown or compared.is_at_most


def test_a_judge_of_steps_is_one_request_a_response(tmp_path: Path) -> None:
    judge = {"label": [{"judge": "steps", "model": "toy"}]}
    _, _, judged, *_ = walk(tmp_path, SAMPLE, "compare", judge)
    assert (judged.n_new, judged.is_at_most) == (2 + 6, True)
