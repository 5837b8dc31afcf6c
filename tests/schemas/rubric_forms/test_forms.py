"""A prompt with its rubric goes through each form and comes back as it was, or the form says why not."""

import json
from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from winnow.schemas.new_rubrics import DraftCriterion, drafts_of, new_rubric
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rubric_forms import FORMS, AskedRubric
from winnow.schemas.rubrics import ScoreLevel

SKY = (Message(role="user", content="Why is the sky blue?\nShort, please."),)
SKY_ID = Prompt(messages=SKY, source="x").prompt_id
PLAIN = (
    DraftCriterion(text="Names scattering."),
    DraftCriterion(text="Says that the sea is its cause.", importance="pitfall"),
)
GRADED = DraftCriterion(
    text="How clear is it?",
    levels=(
        ScoreLevel(score=1, text="Not at all.\nNot a word."),
        ScoreLevel(score=5, text="Very."),
    ),
)
RICH = (
    DraftCriterion(
        text="Names scattering.", kind="hard_rule", weight=3, title="Cause", importance="essential"
    ),
    DraftCriterion(text="Answers the second question.", turn=2, requires=(0,)),
    GRADED,
)


def asked(
    drafts: Sequence[DraftCriterion], turns: tuple[Message, ...] = SKY, reference: str | None = None
) -> AskedRubric:
    prompt_id = Prompt(messages=turns, source="x").prompt_id
    rubric, criteria = new_rubric(drafts, source="x", name="x", prompt_id=prompt_id)
    return AskedRubric(turns, rubric, criteria, reference)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_text_sign_and_prompt_come_back_from_every_form(name: str) -> None:
    said = asked(PLAIN)
    assert FORMS[name].why_left_out(said) is None
    row = json.loads(FORMS[name].write(said).model_dump_json())
    assert FORMS[name].model_validate(row).read(source="x", name="x") == said


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_row_that_was_read_is_written_again_as_it_was(name: str) -> None:
    row = FORMS[name].write(asked(PLAIN)).model_dump()
    again = FORMS[name].model_validate(row).read(source="elsewhere")
    assert FORMS[name].write(again).model_dump() | {"id": None} == row | {"id": None}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_pitfall_is_never_a_reward_whatever_the_sign_of_its_weight(name: str) -> None:
    wrong = DraftCriterion(text="Names the sea.", importance="pitfall", weight=-2)
    same = wrong.model_copy(update={"weight": 2})
    if FORMS[name].why_left_out(asked([wrong])) is None:
        written = [FORMS[name].write(asked([one])).drafts() for one in (wrong, same)]
        assert written[0] == written[1]


@pytest.mark.parametrize("name", ["trl", "verl"])
def test_verl_and_trl_carry_all_there_is_to_a_criterion(name: str) -> None:
    said = asked(RICH, reference="Scattering.")
    row = json.loads(FORMS[name].write(said).model_dump_json())
    assert FORMS[name].model_validate(row).read(source="x", name="x") == said


def test_tinker_carries_what_responses_of_each_score_are_like() -> None:
    said = asked([GRADED])
    row = FORMS["tinker"].write(said).model_dump()
    assert row["rubric_items"][0]["rubric_str"].splitlines()[-1] == "<score>5</score>: Very."
    assert FORMS["tinker"].model_validate(row).read(source="x", name="x") == said


@pytest.mark.parametrize("name", ["nemo_gym", "open_instruct", "oumi", "rubrichub"])
def test_forms_of_yes_or_no_leave_out_graded_criteria_with_the_reason(name: str) -> None:
    assert FORMS[name].why_left_out(asked([GRADED])) == "graded_criteria"


@pytest.mark.parametrize("name", sorted(set(FORMS).difference(("trl", "verl"))))
def test_forms_without_turns_leave_out_criteria_by_turn(name: str) -> None:
    assert FORMS[name].why_left_out(asked([DraftCriterion(text="x", turn=2)])) == "criteria_by_turn"


def test_tinker_leaves_out_weights_that_differ() -> None:
    unequal = [DraftCriterion(text="one", weight=2), DraftCriterion(text="other")]
    assert FORMS["tinker"].why_left_out(asked(unequal)) == "weighted_criteria"


@pytest.mark.parametrize("name", ["oumi", "rubrichub"])
def test_forms_of_one_question_leave_out_conversations(name: str) -> None:
    talk = (*SKY, Message(role="assistant", content="Air."), Message(role="user", content="Why?"))
    assert FORMS[name].why_left_out(asked(PLAIN, talk)) == "needs_roles"


def test_oumi_has_a_place_for_a_system_message() -> None:
    told = (Message(role="system", content="Be kind."), *SKY)
    row = FORMS["oumi"].write(asked(PLAIN, told)).model_dump()
    assert row["system_prompt"] == "Be kind."
    assert FORMS["oumi"].model_validate(row).read(source="x", name="x") == asked(PLAIN, told)


def test_rows_as_the_trainers_documents_show_them_are_read() -> None:
    oumi = {"prompt": "p", "rubrics": [{"name": "Short", "description": "Is short.", "weight": -2}]}
    (criterion,) = FORMS["oumi"].model_validate(oumi).read(source="f:1").criteria
    assert (criterion.title, criterion.text) == ("Short", "Is short.")
    assert (criterion.weight, criterion.importance) == (2, "pitfall")
    gym = {
        "responses_create_params": {"input": [{"role": "user", "content": "p"}]},
        "rubric": [{"question": "Is it rude?", "pass_criteria": "NO"}],
    }
    (criterion,) = FORMS["nemo_gym"].model_validate(gym).read(source="f:1").criteria
    assert (criterion.text, criterion.importance) == ("Is it rude?", "pitfall")
    hub = {"question": "p", "id": 7, "rubrics": [{"criterion": "Is short.", "points": 5}]}
    assert FORMS["rubrichub"].model_validate(hub).read(source="f:1").criteria[0].weight == 5


def test_the_same_criteria_for_the_same_prompt_have_the_same_ids_wherever_they_were_read() -> None:
    hub = FORMS["rubrichub"].model_validate(FORMS["rubrichub"].write(asked(PLAIN)).model_dump())
    oumi = FORMS["oumi"].model_validate(FORMS["oumi"].write(asked(PLAIN)).model_dump())
    found = [form.read(source=form.name) for form in (hub, oumi)]
    assert len({one.rubric.rubric_id for one in found}) == 1
    assert {one.rubric.prompt_id for one in found} == {SKY_ID}


def test_a_ground_truth_that_is_no_rubric_is_refused() -> None:
    row = {"messages": [{"role": "user", "content": "p"}], "ground_truth": "42"}
    with pytest.raises(ValidationError, match="ground_truth"):
        FORMS["open_instruct"].model_validate(row)


def test_two_criteria_that_say_the_same_are_named() -> None:
    row = {"question": "p", "rubrics": [{"criterion": "a"}, {"criterion": "b"}, {"criterion": "a"}]}
    with pytest.raises(ValueError, match="criterion 3 says what criterion 1 says"):
        FORMS["rubrichub"].model_validate(row).read(source="f:1")


def test_drafts_of_criteria_make_the_same_criteria_again() -> None:
    said = asked(RICH)
    again = new_rubric(drafts_of(said.criteria), source="x", name="x", prompt_id=SKY_ID)
    assert again.criteria == said.criteria
