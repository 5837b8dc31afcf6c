"""A judge of steps at work: one request a response, one judgment a step, and comparisons that follow."""

import json
from pathlib import Path

from tests import toy
from tests.pipelines.judged import compute, recompute_from
from tests.pipelines.toy import (
    BEAM,
    PRICED,
    RUN,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    failing,
    stage,
)
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labels.following import follow
from winnow.pipelines.question_sizes import asks_of
from winnow.pipelines.steps.label import LabelStep, label
from winnow.pipelines.steps.sequence import in_sequence
from winnow.pipelines.stored import stored_tables
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment, step_id
from winnow.schemas.preferences import Preference
from winnow.schemas.responses import StepStart
from winnow.schemas.runs import StageCount
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

PROMPT = ask("Is 2 + 2 even?")
GOOD = answer(PROMPT, "2 + 2 = 4.\n\n4 is even.")
BAD = answer(PROMPT, "2 + 2 = 5.\n\n5 is odd.\n\nSo no.")
PAIR = compare_two(GOOD, BAD)
JUDGE = JudgeSettings.model_validate({"judge": "steps", "model": "toy"})


def reply(request: ChatRequest) -> Completion:
    page = str(request.messages[-1].content)
    verdicts = ["arithmetic", "correct", "neutral"] if "= 5" in page else ["correct", "correct"]
    said = {f"s{i}": {"reason": "so", "verdict": v} for i, v in enumerate(verdicts, 1)}
    return completion(request, json.dumps(said))


def labelled(
    root: Path, model: StoredModel | AnswerRequests, entry: JudgeSettings = JUDGE
) -> tuple[StageCount, Staging, list[Judgment]]:
    staging = stage(root / "run", PROMPT, GOOD, BAD, PAIR)
    count = label(
        staging,
        [entry],
        RUN,
        models={"toy": PRICED},
        answer=getattr(model, "answer", model),
        beam=BEAM,
    )
    return count, staging, Judgment.from_table(staging.read(Judgment))


def test_each_step_is_a_judgment_with_its_place(tmp_path: Path) -> None:
    model = StoredModel(tmp_path / "store", reply)
    count, _, judgments = labelled(tmp_path, model)
    assert len(model.asked) == 2
    assert (count.n_in, count.n_out) == (7, 7)
    of_steps = {j.subject_id: j for j in judgments if j.subject_kind == "step"}
    assert of_steps.keys() == {step_id(GOOD.response_id, i) for i in range(2)} | {
        step_id(BAD.response_id, i) for i in range(3)
    }
    first, second = (of_steps[step_id(BAD.response_id, i)] for i in range(2))
    assert [(r.attribute, r.score) for r in first.ratings] == [("step", -1)]
    assert (first.rationale, first.verdict, first.order) == ("arithmetic: so", None, None)
    assert first.step is not None
    assert second.step is not None
    assert (first.step.rule, first.step.index, first.step.ends) == (
        "paragraphs@1",
        0,
        second.step.begins,
    )
    assert second.step.begins == StepStart(turn=0, character=12)
    assert (GOOD.text or "")[:12] == "2 + 2 = 4.\n\n"
    again = Judgment.model_validate(first.model_dump(exclude={"judgment_id"}))
    assert again.judgment_id == first.judgment_id


def test_steps_are_published_and_the_release_follows_again(tmp_path: Path) -> None:
    _, staging, judgments = labelled(tmp_path, StoredModel(tmp_path / "store", reply))
    run_id = content_id("run")
    compute(staging, run_id)
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        audited = audit(staging, warehouse)
        audited.raise_for_failures()
        name = publish(warehouse, staging, toy.run(run_id), "preferences", audited).release
        rows = warehouse.query("from judgments where subject_kind != 'comparison'")
        kept = {j.judgment_id: j for j in Judgment.from_table(rows)}
        assert kept == {j.judgment_id: j for j in judgments}
        again = Staging(tmp_path / "again")
        recompute_from(stored_tables(warehouse, name), again, run_id, name)
        published = warehouse.query("from preferences").sort_by("preference_id")
        assert again.read(Preference).to_pylist() == published.to_pylist()
        assert published["chosen_id"].to_pylist() == [GOOD.response_id]


def test_the_response_pays_and_comparisons_follow_from_it(tmp_path: Path) -> None:
    _, staging, judgments = labelled(tmp_path, StoredModel(tmp_path / "store", reply))
    wholes = {j.subject_id: j for j in judgments if j.subject_kind == "response"}
    assert {i: j.ratings[0].score for i, j in wholes.items()} == {
        GOOD.response_id: 1,
        BAD.response_id: 0,
    }
    assert all((j.cost or 0) > 0 for j in wholes.values())
    assert {j.cost for j in judgments if j.subject_kind == "step"} == {0}
    follow(staging)
    (followed,) = [
        j for j in Judgment.from_table(staging.read(Judgment)) if j.subject_kind == "comparison"
    ]
    assert (followed.comparison_id, followed.verdict) == (PAIR.comparison_id, "a")


def test_an_unread_step_is_invalid_alone_and_a_failed_request_rejects_every_step(
    tmp_path: Path,
) -> None:
    def odd(request: ChatRequest) -> Completion:
        said = json.loads(reply(request).text)
        said["s2"]["verdict"] = "?"
        return completion(request, json.dumps(said))

    _, _, judgments = labelled(tmp_path, StoredModel(tmp_path / "store", odd))
    unread = {j.subject_id for j in judgments if j.verdict == "invalid"}
    sides = [one.response_id for one in (GOOD, BAD)]
    assert unread == {*sides, *(step_id(i, 1) for i in sides)}
    unheard = failing(StoredModel(tmp_path / "none", reply), lambda _: True)
    count, _, judgments = labelled(tmp_path / "other", unheard)
    assert (count.n_in, count.n_out) == (7, 0)
    assert [(r.reason, r.n) for r in count.rejects] == [("engine_error", 7)]
    assert judgments == []


def test_several_draws_make_one_judgment_a_step(tmp_path: Path) -> None:
    def drawn(request: ChatRequest) -> Completion:
        said = json.loads(reply(request).text)
        if request.sample_index:
            said["s2"]["verdict"] = "logic"
        return completion(request, json.dumps(said))

    entry = JudgeSettings.model_validate(
        {"judge": "steps", "model": "toy", "samples": 2, "temperature": 1}
    )
    model = StoredModel(tmp_path / "store", drawn)
    _, _, judgments = labelled(tmp_path, model, entry)
    assert len(model.asked) == 4
    of_steps = {j.subject_id: j for j in judgments if j.subject_kind == "step"}
    assert len(of_steps) == 5
    assert [r.score for r in of_steps[step_id(GOOD.response_id, 1)].ratings] == [0]
    assert [r.score for r in of_steps[step_id(GOOD.response_id, 0)].ratings] == [1]


def test_what_was_judged_is_not_judged_again(tmp_path: Path) -> None:
    model = StoredModel(tmp_path / "store", reply)
    _, staging, _ = labelled(tmp_path, model)
    n = len(model.asked)
    count = label(staging, [JUDGE], RUN, models={"toy": PRICED}, answer=model.answer, beam=BEAM,
                  stage="label-2", stages_before=["label"])  # fmt: skip
    assert (count.n_in, len(model.asked)) == (0, n)


def test_sizes_of_questions_are_known_before(tmp_path: Path) -> None:
    staging = stage(tmp_path, PROMPT, GOOD, BAD, PAIR)
    (asked,) = asks_of(staging, in_sequence([("label", LabelStep(entries=(JUDGE,)), None)]))
    assert (asked.knob, asked.shortest.n_answer) == ("max_reason_chars", 160 // 2 + 32)
