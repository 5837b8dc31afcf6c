"""Prompts and responses under conditions."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.pipelines.toy import RUN, answer, ask, compare_two, reasons, stage
from winnow.annotation.conditions import Condition, conditioned
from winnow.annotation.judges.layout import lay_out
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.near.texts import read_texts
from winnow.pipelines.steps import ConditionStep, StepContext
from winnow.pipelines.steps.selecting import choose
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

BAKER = "A baker, who has no time."
SKY = ask("Why is the sky blue?")
SEA = ask("Why is the sea salt?", metadata=json.dumps({"asks": [BAKER, {"text": "Be brief.", "kind": "principle"}], "level": 3}))  # fmt: skip
MUD = ask("Why is mud brown?", metadata='{"asks": 7}')
AIR, DUST, SALT = answer(SKY, "Air."), answer(SKY, "Dust."), answer(SEA, "Rivers.")


def work(staging: Staging, step: ConditionStep, **more: Any) -> tuple[int, int]:
    (count,) = step.work(StepContext(staging=staging, run_id=RUN, stage="condition", **more))
    return count.n_in, count.n_out


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return stage(tmp_path / "run", SKY, SEA, MUD, AIR, DUST, SALT, compare_two(AIR, DUST))


def under(staging: Staging, base: Prompt) -> list[Prompt]:
    prompts = Prompt.from_table(staging.read(Prompt))
    return [p for p in prompts if f'"unconditioned_id": "{base.prompt_id}"' in (p.metadata or "")]


def test_each_prompt_stands_under_each_condition_with_its_responses(staging: Staging) -> None:
    step = ConditionStep(conditions=(Condition(text="Prefer short answers.", kind="principle"),))
    assert work(staging, step) == (3, 3)
    (new,) = under(staging, SKY)
    assert new.messages[0].role == "system"
    assert str(new.messages[0].content).endswith("Prefer short answers.")
    assert new.messages[1:] == SKY.messages
    answers = [r for r in Response.from_table(staging.read(Response)) if r.prompt_id == new.prompt_id]  # fmt: skip
    assert {(r.text, r.parent_id) for r in answers} == {("Air.", AIR.response_id), ("Dust.", DUST.response_id)}  # fmt: skip
    assert (
        staging.n_rows(Comparison) == 1
    )  # what was compared before was compared under no condition
    assert work(staging, step) == (3, 3)  # the same again, and nothing under two conditions
    assert staging.n_rows(Prompt) == 6


def test_conditions_of_metadata_are_the_prompts_own(staging: Staging) -> None:
    assert work(staging, ConditionStep(metadata_key="asks", kind="persona")) == (4, 2)
    assert reasons(staging, "condition") == {
        SKY.prompt_id: "no_condition",
        MUD.prompt_id: "malformed",
    }
    found = {json.loads(str(p.metadata))["condition"]["text"]: p for p in under(staging, SEA)}
    assert set(found) == {BAKER, "Be brief."}
    known = json.loads(str(found[BAKER].metadata))
    assert (known["condition"]["kind"], known["level"]) == ("persona", 3)
    chosen = choose("conditioned", "prompts", staging)
    assert chosen.to_pylist() == sorted(p.prompt_id for p in found.values())


def test_a_condition_stands_behind_what_the_system_turn_says() -> None:
    told = ask("Why?").model_copy(
        update={
            "messages": (
                Message(role="system", content="Answer in verse."),
                Message(role="user", content="Why?"),
            )
        }
    )
    new = conditioned(told, Condition(text=BAKER, kind="persona"))
    assert [turn.role for turn in new.messages] == ["system", "user"]
    assert str(new.messages[0].content).startswith("Answer in verse.\n\n")
    assert new.prompt_id != told.prompt_id


def test_annotators_see_the_condition_and_near_prompts_are_found_without_it(
    staging: Staging,
) -> None:
    work(staging, ConditionStep(conditions=(Condition(text=BAKER, kind="persona"),)))
    (new,) = under(staging, SKY)
    responses = [r for r in Response.from_table(staging.read(Response)) if r.prompt_id == new.prompt_id]  # fmt: skip
    staging.write(Comparison, [compare_two(*responses)], part="compare")
    (view,) = [v for v in read_views(staging) if v.prompt.prompt_id == new.prompt_id]
    assert BAKER in lay_out(view.subject("ab"))
    texts = read_texts(staging.read(Prompt)).to_pylist()
    of = {row["prompt_id"]: row["text"] for row in texts}
    assert of[new.prompt_id] == of[SKY.prompt_id]


def test_only_what_of_chooses_is_put_under_conditions(staging: Staging) -> None:
    step = ConditionStep(conditions=(Condition(text=BAKER),), with_responses=False)
    assert work(staging, step, chosen=pa.array([SKY.prompt_id])) == (1, 1)
    assert staging.n_rows(Response) == 3


@pytest.mark.parametrize("settings", [{}, {"conditions": [{"text": "x"}], "kind": "goal"}])
def test_settings_without_effect_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no condition is given|about metadata_key alone"):
        ConditionStep.model_validate(settings)
