"""Steps in order, as settings list them."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from winnow.pipelines.steps import AggregateStep, RefineStep, SampleStep
from winnow.pipelines.steps.sequence import (
    PlacedStep,
    StepSettings,
    check_sequence,
    in_sequence,
    models_in,
)

SAMPLE = {"sample": {"model": "small", "n": 2}}
REFINE = {"refine": {"model": "large"}, "of": "worst"}
LABEL = {"label": [{"verifier": "form"}]}


def placed(*entries: Any) -> tuple[PlacedStep, ...]:
    steps = TypeAdapter(tuple[StepSettings, ...]).validate_python(entries)
    found = in_sequence((f"steps[{i}].{e.step}", e.built, e.of) for i, e in enumerate(steps))
    check_sequence(found)
    return found


def test_a_step_is_its_name_with_its_settings_and_what_it_works_on() -> None:
    sample, compare, label, aggregate, refine, *_ = placed(
        SAMPLE, "compare", LABEL, "aggregate", REFINE, "aggregate"
    )
    assert isinstance(sample.step, SampleStep)
    assert [(e.model, e.n) for e in sample.step.entries] == [("small", 2)]
    assert isinstance(refine.step, RefineStep)
    assert (refine.of, refine.step.model) == ("worst", "large")
    assert isinstance(aggregate.step, AggregateStep)
    assert compare.stage, label.stage == ("compare", "label")


def test_the_second_of_a_kind_is_numbered_but_for_what_is_made_anew() -> None:
    found = placed(SAMPLE, "compare", LABEL, "aggregate", SAMPLE, "compare", LABEL, "aggregate")
    assert [one.stage for one in found] == [
        "sample", "compare", "label", "aggregate", "sample-2", "compare-2", "label-2", "aggregate",
        "keep", "assemble",
    ]  # fmt: skip


def test_what_every_run_ends_with_is_added_where_it_lacks() -> None:
    found = placed(SAMPLE, "compare", LABEL, {"assemble": {"ties": "reject"}})
    assert [one.step.name for one in found][-3:] == ["aggregate", "keep", "assemble"]
    assert found[-1].place == "steps[3].assemble"


def test_models_are_named_with_their_places() -> None:
    judged = {"label": [{"verifier": "form"}, {"judge": "pairwise", "model": "large"}]}
    found = placed(SAMPLE, "compare", judged, "aggregate", REFINE, "aggregate")
    assert list(models_in(found)) == [
        ("steps[0].sample[0].model", "small"),
        ("steps[2].label[1].model", "large"),
        ("steps[4].refine.model", "large"),
    ]


def test_settings_come_back_as_they_were_written_without_defaults() -> None:
    entries = [{"sample": {"model": "small", "n": 1}}, {"refine": {"model": "large"}, "of": "best"}]
    steps = TypeAdapter(tuple[StepSettings, ...])
    plain = steps.dump_python(steps.validate_python(entries), mode="json")
    assert plain == [{"sample": [{"model": "small"}]}, {"refine": {"model": "large"}, "of": "best"}]
    assert steps.dump_python(steps.validate_python(plain), mode="json") == plain


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"sample": {"model": "small", "n": 0}}], "sample[0].n is 0, wanted greater than or equal to 1"),
        ([{"sample": [{"model": "m"}, {"model": "m", "tmperature": 1}]}], "unknown key 'sample[1].tmperature'; did you mean 'temperature'?"),
        ([{"smaple": {}}], "no step named 'smaple' (did you mean 'sample'?)"),
        ([{"sample": {}, "label": []}], "an entry has the name of one step, and beside it 'of'; found 'sample' and 'label'"),
        ([SAMPLE, "compare", LABEL, {"aggregate": {}, "of": "worst"}], "steps[3].of is 'worst', but aggregate works on all there is; leave 'of' out"),
        ([SAMPLE, REFINE, LABEL], "steps[1].of: 'worst' looks at labels"),
        ([SAMPLE, {"select": {"named": "some", "what": "prompts"}}, {"sample": {"model": "m"}, "of": "soem"}], "no choice named 'soem' (did you mean 'some'?)"),
        ([SAMPLE, "aggregate", LABEL], "steps[2].label: a step label after the last aggregate changes no label"),
        ([SAMPLE, "keep", "aggregate"], "a run ends with aggregate, keep and assemble, in this order"),
        ([SAMPLE, "keep", "keep"], "steps[2].keep: a run has one step keep"),
        ([{"select": {"named": "worst", "what": "prompts"}}], "named is 'worst', which `of` knows already"),
        ([{"select": {"named": "some", "what": "prompts", "by": "speed"}}], "'speed' is no expression in SQL on prompts"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_wrong_list_is_refused_by_name_and_place(entries: list[Any], message: str) -> None:
    with pytest.raises((ValueError, ValidationError)) as caught:
        placed(*entries)
    assert message in str(caught.value)
