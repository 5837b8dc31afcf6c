"""Who begins to judge while sampling goes on, and why others wait."""

from typing import Any

import pytest

from winnow.pipelines.ahead.overlap import Overlap, find_overlap
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef, OpenAIModel, VllmModel
from winnow.pipelines.steps.sequence import StepSettings, in_sequence

MILL, SIEVE = "http://mill:8000/v1", "http://sieve:8000/v1"
SAMPLE = {"sample": {"model": "mill"}}
LABEL = {"label": [{"judge": "pairwise", "model": "sieve"}]}


def served(name: str, *urls: str) -> ModelRef:
    settings = OpenAIModel(model=name, urls=urls)
    return ModelRef(name=name, model=name, revision=None, path=name, settings=settings)


def here(name: str) -> ModelRef:
    settings = VllmModel(model=name)
    return ModelRef(name=name, model=name, revision="1", path=name, settings=settings)


def overlap(
    *steps: Any,
    models: tuple[ModelRef, ...] = (served("mill", MILL), served("sieve", SIEVE)),
    wanted: bool | None = None,
    beam: BeamSettings | None = None,
) -> Overlap:
    listed = [StepSettings.model_validate(step) for step in steps or (SAMPLE, "compare", LABEL)]
    sequence = in_sequence((f"steps[{i}]", one.built, one.of) for i, one in enumerate(listed))
    by_name = {model.name: model for model in models}
    return find_overlap(sequence, 0, by_name, beam or BeamSettings(), wanted=wanted)


def test_a_judge_on_another_server_begins_early() -> None:
    found = overlap()
    assert [one.stage for one in found.steps] == ["sample", "compare", "label"]
    assert [judge.annotator_id for judge in found.judges] == ["pairwise@1:sieve"]
    assert not found.waiting


@pytest.mark.parametrize("sampled_here", [True, False])
def test_a_server_and_a_model_in_this_process_are_two_machines(sampled_here: bool) -> None:
    models = (
        (here("mill"), served("sieve", SIEVE))
        if sampled_here
        else (served("mill", MILL), here("sieve"))
    )
    assert overlap(models=models).judges


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        pytest.param(
            (here("mill"), here("sieve")),
            "its model and the sampled one take turns in this process",
            id="in-process",
        ),
        pytest.param(
            (served("mill", MILL), served("sieve", SIEVE, MILL)),
            "its model and the sampled one are both at mill:8000; overlap: true asks them at the same time",
            id="one-address",
        ),
    ],
)
def test_two_models_on_one_machine_are_asked_one_after_the_other(
    models: tuple[ModelRef, ...], reason: str
) -> None:
    found = overlap(models=models)
    assert not found.judges and found.waiting == {"pairwise@1:sieve": reason}


def test_a_server_with_room_for_two_models_is_asked_for_both_where_settings_say_so() -> None:
    assert overlap(models=(served("mill", MILL), served("sieve", MILL)), wanted=True).judges


def test_two_models_in_one_process_take_turns_whatever_settings_say() -> None:
    assert not overlap(models=(here("mill"), here("sieve")), wanted=True).judges


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        pytest.param(
            (SAMPLE, "compare", {**LABEL, "of": "prompt_id > 'a'"}),
            "a step has an 'of', which looks at all that is there",
            id="of",
        ),
        pytest.param(
            (SAMPLE, {"select": {"named": "all", "what": "prompts"}}, "compare", LABEL),
            "sample is not followed by compare and label alone",
            id="between",
        ),
    ],
)
def test_what_looks_at_all_that_is_there_waits_for_it(steps: tuple[Any, ...], reason: str) -> None:
    assert overlap(*steps).waiting == {"pairwise@1:sieve": reason}


def test_nothing_begins_early_where_settings_forbid_it_or_a_cluster_works() -> None:
    assert overlap(wanted=False).waiting == {"pairwise@1:sieve": "overlap is false"}
    assert overlap(beam=BeamSettings(runner="FlinkRunner")).waiting == {
        "pairwise@1:sieve": "workers of FlinkRunner do one job after the other"
    }


def test_of_several_sampled_models_the_last_decides_who_waits() -> None:
    both = {"sample": [{"model": "sieve"}, {"model": "mill"}]}
    assert overlap(both, "compare", LABEL).judges
    assert not overlap({"sample": [{"model": "mill"}, {"model": "sieve"}]}, "compare", LABEL).judges


def test_a_judge_that_is_shown_gold_waits_and_the_others_do_not() -> None:
    shown = {"judge": "pairwise", "model": "sieve", "exemplars": 2}
    plain = {"judge": "rating", "model": "sieve"}
    found = overlap(SAMPLE, "compare", {"label": [shown, plain]})
    assert [judge.judge for judge in found.judges] == ["rating"]
    assert list(found.waiting.values()) == ["it is shown comparisons of other prompts"]
