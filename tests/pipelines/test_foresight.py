from pathlib import Path

import pytest

from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, stage
from winnow.pipelines.foresight import form_unscored, forms_any, measured_prompts
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.question_sizes import asks_of
from winnow.pipelines.steps import CompareStep, LabelStep, SampleStep
from winnow.pipelines.steps.compare import CompareSettings, compare
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.sequence import in_sequence

SKY = ask("Why is the sky blue?", reference="Because air scatters blue light most.")
SEA = ask("Why is the sea salt?")
TEXTS = ("air", "light", " air\n", "", "blue light")
READY = [answer(p, text, f"author {i}") for p in (SKY, SEA) for i, text in enumerate(TEXTS)]
FIRST = compare_two(READY[0], READY[1])


@pytest.mark.parametrize(
    "settings",
    [
        CompareSettings(),
        CompareSettings(max_per_prompt=3),
        CompareSettings(strategy="given"),
        CompareSettings(strategy="group", options={"size": 3}),
    ],
    ids=lambda s: f"{s.strategy} {s.max_per_prompt}",
)
def test_without_a_score_it_forms_what_the_step_forms(
    tmp_path: Path, settings: CompareSettings
) -> None:
    staging = stage(tmp_path, SKY, SEA, *READY, FIRST)
    n_unscored = len(form_unscored(staging, settings))
    assert n_unscored == compare(staging, settings, RUN, beam=BEAM).n_out - 1


def test_best_against_worst_is_one_a_prompt_that_can_be_scored(tmp_path: Path) -> None:
    by_reference = CompareSettings(strategy="best_worst", options={"score": "reference_overlap"})
    (formed,) = form_unscored(stage(tmp_path, SKY, SEA, *READY), by_reference)
    assert formed.prompt_id == SKY.prompt_id
    sample = [SampleSettings(model="toy", n=5)]
    assert not forms_any(stage(tmp_path / "sea", SEA), by_reference, sample)


def test_one_model_and_one_sample_form_nothing(tmp_path: Path) -> None:
    staging = stage(tmp_path, SKY, answer(SKY, " "))
    assert not forms_any(staging, CompareSettings(), [SampleSettings(model="toy", n=1)])
    assert forms_any(staging, CompareSettings(), [SampleSettings(model="toy", n=2)])


def test_a_judge_of_one_response_needs_room_for_one(tmp_path: Path) -> None:
    alone = {"judge": "rating", "model": "toy", "pointwise": True}
    entries = tuple(JudgeSettings.model_validate(e) for e in ({**alone, "pointwise": False}, alone))
    sample = (SampleSettings(model="toy", n=3, max_tokens=500),)
    steps = [SampleStep(entries=sample), CompareStep(), LabelStep(entries=entries)]
    sequence = in_sequence((step.name, step, None) for step in steps)
    _, two, one = asks_of(stage(tmp_path, SKY), sequence)
    assert (two.longest.n_more, one.longest.n_more) == (1000, 500)


def test_the_prompts_are_known_that_verifiers_find_something_in(tmp_path: Path) -> None:
    more = ask("Why is snow white?", metadata='{"references": ["It scatters all colours."]}')
    none = ask("Why is coal black?", metadata='{"references": [], "source": "\\"references\\""}')
    cited = ask("Why is grass green?", contexts=("Chlorophyll is green.",))
    staging = stage(tmp_path, SKY, SEA, more, none, cited)
    assert measured_prompts(staging, "reference") == {SKY.prompt_id}
    assert measured_prompts(staging, "references") == {SKY.prompt_id, more.prompt_id}
    assert measured_prompts(staging, "contexts") == {cited.prompt_id}
