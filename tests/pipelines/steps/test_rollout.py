"""Steps judged by continuing from the end of each: a simulated solver, failures, and the real engine."""

import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests import toy
from tests.pipelines.judged import compute
from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    failing,
    judge_one,
    reasons,
    stage,
)
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.answer import answer as answer_requests
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.steps import RolloutStep, StepContext
from winnow.pipelines.steps.own_code import own_code
from winnow.pipelines.steps.sequence import StepSettings
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment, step_id
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.prompts import Message, ToolCall
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

PROMPT = ask("What is 6 times 7?", reference="42")
P = 0.8
"""How often the simulated solver makes a right step."""

N_STEPS = 4
RIGHT = answer(PROMPT, "Right.\n\nRight.\n\nRight.\n\nThe answer is 42.")
WRONG = answer(PROMPT, "Right.\n\nWrong.\n\nRight.\n\nThe answer is 41.")
BY = {"verifier": "answer"}


def solve(request: ChatRequest) -> Completion:
    """Go on from what stands there: each further step is right by chance, and one wrong step spoils all."""
    last = request.messages[-1]
    begun = last.text() if last.role == "assistant" else ""
    rng = random.Random(request.seed)
    n_left = N_STEPS - begun.count("Right.") - begun.count("Wrong.")
    is_right = "Wrong." not in begun and all(rng.random() < P for _ in range(n_left))
    return completion(request, f"The answer is {42 if is_right else 41}.")


def rolled_out(
    staging: Staging,
    model: StoredModel | AnswerRequests,
    ref: ModelRef = TOY,
    *,
    stage_name: str = "rollout",
    **settings: Any,
) -> tuple[StageCount, dict[str, Judgment]]:
    step = RolloutStep.model_validate({"model": "toy", "by": BY, **settings})
    at = StepContext(
        staging=staging,
        run_id=RUN,
        stage=stage_name,
        models={"toy": ref},
        answer=getattr(model, "answer", model),
        beam=BEAM,
    )
    (count,) = step.work(at)
    assert count.n_in == count.n_out + sum(r.n for r in count.rejects)
    part = staging.read_part(Judgment, stage_name)
    return count, {j.subject_id: j for j in Judgment.from_table(part)}


def scores(judgment: Judgment) -> dict[str, float]:
    return {r.attribute: r.score for r in judgment.ratings}


def of(response: Response, judgments: dict[str, Judgment]) -> list[dict[str, float]]:
    return [scores(judgments[step_id(response.response_id, i)]) for i in range(N_STEPS)]


def test_values_are_those_of_the_simulated_solver(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", PROMPT, RIGHT, WRONG)
    model = StoredModel(tmp_path / "store", solve)
    count, judgments = rolled_out(staging, model, n=60)
    assert (count.n_in, count.n_out) == (8, 8)
    # The prompt, the first step that both share, and two further places of each.
    assert len(model.asked) == 60 * 6
    right, wrong = of(RIGHT, judgments), of(WRONG, judgments)
    for i, found in enumerate(right[:-1], 1):
        assert found["low"] <= P ** (N_STEPS - i) <= found["high"]
        assert found["value"] == found["successes"] / found["rollouts"]
    assert [found["value"] for found in wrong[1:]] == [0, 0, 0]
    assert [found["step"] for found in right] == [1] * 4
    assert [found["step"] for found in wrong] == [1, -1, -1, -1]
    first = right[0]["value"] - right[0]["progress"]
    assert first == pytest.approx(P**N_STEPS, abs=3 * (0.24 / 60) ** 0.5)
    for response, last in ((right, 1), (wrong, 0)):
        assert sum(found["progress"] for found in response) == pytest.approx(last - first)
        assert response[-1]["low"] == response[-1]["high"] == last
    assert wrong[1]["progress"] == pytest.approx(-wrong[0]["value"])


def test_judgments_say_by_whom_and_where_and_are_published(tmp_path: Path) -> None:
    pair = compare_two(RIGHT, WRONG)
    staging = stage(tmp_path / "run", PROMPT, RIGHT, WRONG, pair, judge_one(pair, "a"))
    _, judgments = rolled_out(staging, StoredModel(tmp_path / "store", solve), n=2)
    one = judgments[step_id(RIGHT.response_id, 1)]
    name = RolloutStep.model_validate({"model": "toy", "by": BY, "n": 2}).annotator_id
    assert name.startswith("rollout@1:toy+answer@1#")
    assert (one.annotator_id, one.kind, one.subject_kind) == (name, "verifier", "step")
    assert one.step is not None
    assert (one.step.begins.character, one.step.rule) == (8, "paragraphs@1")
    assert [k.model for k in KnownAnnotator.from_table(staging.read(KnownAnnotator))] == ["toy"]
    assert staging.n_rows(Response) == 2
    run_id = content_id("run")
    compute(staging, run_id)
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        audited = audit(staging, warehouse)
        audited.raise_for_failures()
        publish(warehouse, staging, toy.run(run_id), "preferences", audited)
        rows = warehouse.query("from judgments where subject_kind = 'step'")
        assert {j.subject_id: j for j in Judgment.from_table(rows)} == judgments


def test_continuations_are_responses_where_they_are_kept(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", PROMPT, RIGHT)
    rolled_out(staging, StoredModel(tmp_path / "store", solve), n=2, keep=True)
    kept = Response.from_table(staging.read_part(Response, "rollout"))
    assert len(kept) == 2 * N_STEPS
    assert {(r.made, r.parent_id, r.prompt_id) for r in kept} == {
        ("continued", RIGHT.response_id, PROMPT.prompt_id)
    }
    texts = {r.text or "" for r in kept}
    assert any(text.startswith("Right.\n\nRight.\n\nThe answer is 4") for text in texts)


def test_what_was_answered_is_not_paid_for_again(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", PROMPT, RIGHT)
    model = StoredModel(tmp_path / "store", solve)
    _, judgments = rolled_out(staging, model, n=3)
    assert len(model.asked) == 12
    again, same = rolled_out(staging, model, n=3)
    assert (again.n_reused, len(model.asked)) == (12, 12)
    assert same == judgments
    rolled_out(staging, model, n=4)
    assert len(model.asked) == 16


def test_a_step_of_which_a_continuation_failed_is_a_reject_and_the_next_has_no_progress(
    tmp_path: Path,
) -> None:
    staging = stage(tmp_path / "run", PROMPT, RIGHT)
    model = StoredModel(tmp_path / "store", solve)

    def fails(request: ChatRequest) -> bool:
        return request.messages[-1].text().count("Right.") == 2 and request.sample_index == 1

    count, judgments = rolled_out(staging, failing(model, fails), n=2)
    assert (count.n_in, count.n_out) == (4, 3)
    assert set(reasons(staging, "rollout").values()) == {"engine_error"}
    assert step_id(RIGHT.response_id, 1) not in judgments
    assert "progress" not in scores(judgments[step_id(RIGHT.response_id, 2)])
    assert "progress" in scores(judgments[step_id(RIGHT.response_id, 3)])


def test_a_prompt_that_gives_nothing_to_measure_by_is_not_asked_about(tmp_path: Path) -> None:
    bare = ask("What is love?")
    staging = stage(tmp_path / "run", bare, answer(bare, "a\n\nb"))
    model = StoredModel(tmp_path / "store", solve)
    count, judgments = rolled_out(staging, model)
    assert (count.n_in, count.n_out, judgments, model.asked) == (2, 0, {}, [])
    assert set(reasons(staging, "rollout").values()) == {"no_readable_reference"}


def test_an_earlier_step_of_the_run_is_not_done_again(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", PROMPT, RIGHT)
    model = StoredModel(tmp_path / "store", solve)
    rolled_out(staging, model, n=2)
    count, _ = rolled_out(staging, model, n=2, stage_name="rollout-2")
    assert count.n_in == 0


def test_a_response_that_was_cut_off_is_continued_to_its_end(tmp_path: Path) -> None:
    cut = answer(PROMPT, "Right.\n\nRight.", finish_reason="length")
    staging = stage(tmp_path / "run", PROMPT, cut)
    _, judgments = rolled_out(staging, StoredModel(tmp_path / "store", solve), n=4)
    assert [scores(j)["rollouts"] for j in judgments.values()] == [4, 4]


def test_a_trajectory_goes_on_behind_the_results_of_its_tools(tmp_path: Path) -> None:
    call = ToolCall(id="1", name="times", arguments="{}")
    turns = (
        Message(role="assistant", content="I ask.", tool_calls=(call,)),
        Message(role="tool", content="42", tool_call_id="1"),
    )
    one = answer(PROMPT, "So.\n\nThe answer is 42.", turns=turns)
    staging = stage(tmp_path / "run", PROMPT, one)
    model = StoredModel(tmp_path / "store", lambda r: completion(r, "The answer is 42."))
    _, judgments = rolled_out(staging, model, n=1, keep=True)
    assert [
        [m.role for m in r.messages]
        for r in sorted(model.asked, key=lambda r: len(str(r.messages)))
    ] == [
        ["user"],
        ["user", "assistant", "tool"],
        ["user", "assistant", "tool", "assistant"],
    ]
    assert len(judgments) == 3
    kept = {
        (len(r.turns), r.text) for r in Response.from_table(staging.read_part(Response, "rollout"))
    }
    assert kept == {
        (0, "The answer is 42."),
        (2, "The answer is 42."),
        (2, "So.\n\nThe answer is 42."),
    }


def test_settings_name_the_step_and_say_what_is_wrong() -> None:
    entry = StepSettings.model_validate({"rollout": {"model": "small", "by": BY}})
    assert isinstance(entry.built, RolloutStep)
    assert entry.built.annotator_id == "rollout@1:small+answer@1"
    other = RolloutStep.model_validate({"model": "small", "by": BY, "rule": "lines", "keep": True})
    assert other.annotator_id.startswith("rollout@1:small+answer@1#")
    assert ("answer", "1") in own_code(other)
    with pytest.raises(ValidationError, match="all 8 continuations would be the same"):
        RolloutStep.model_validate({"model": "small", "by": BY, "temperature": 0})


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (
            {**BY, "when": {"domain": "code"}},
            "by.when is given, .* leave when out, and choose with of",
        ),
        ({"verifier": "majority"}, "by is 'majority', which measures a response by the others"),
        ({"verifier": "majority", "votes_key": "asked", "min_overlap": 0.5}, "without min_overlap"),
    ],
)
def test_a_verifier_that_cannot_look_at_each_continuation_is_refused(
    by: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        RolloutStep.model_validate({"model": "small", "by": by})


def test_answers_to_a_paraphrase_say_which_continuations_are_right(tmp_path: Path) -> None:
    prompt = ask("What is 6 times 7?", metadata='{"asked": ["42", "42", "42", "41"]}')
    staging = stage(tmp_path / "run", prompt, answer(prompt, "Right.\n\nThe answer is 42."))
    model = StoredModel(tmp_path / "store", lambda r: completion(r, "The answer is 42."))
    by = {"verifier": "majority", "votes_key": "asked"}
    _, judgments = rolled_out(staging, model, n=1, by=by)
    assert [scores(j)["value"] for j in judgments.values()] == [1, 1]


def test_the_real_engine_goes_on_from_each_step(
    tmp_path: Path, tiny: ModelRef, tiny_engine: Engine
) -> None:
    staging = stage(tmp_path / "run", PROMPT, RIGHT)
    have = partial(answer_requests, store=CompletionStore(tmp_path / "store"), beam=BEAM)
    settings: dict[str, Any] = {
        "by": {"verifier": "form"},
        "threshold": 0,
        "max_tokens": 6,
        "keep": True,
    }
    count, judgments = rolled_out(staging, have, tiny, n=1, **settings)
    assert (count.n_out, count.n_reused) == (4, 0)
    count, judgments = rolled_out(staging, have, tiny, n=3, **settings)
    assert (count.n_out, count.n_reused) == (4, 4)
    assert len(judgments) == 4
    kept = [r.text or "" for r in Response.from_table(staging.read_part(Response, "rollout"))]
    begun = [text for text in kept if text.startswith("Right.\n\nRight.\n\nRight.\n\n")]
    assert len(begun) == 3
