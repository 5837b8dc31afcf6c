"""What is kept of judges that ask several questions, and what can be had from it again."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    stage,
)
from winnow.annotation.judge import Reply, SubjectView
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.steps.label import label
from winnow.schemas.contracts import CONTRACTS
from winnow.schemas.judgments import Judgment
from winnow.schemas.panel_turns import PanelTurn
from winnow.warehouse.audit import audit
from winnow.warehouse.staging import Staging

SEA = ask("Why is the sea salt?")
SALT, SAND = answer(SEA, "Rivers bring salt."), answer(SEA, "Sand.")
PAIR = compare_two(SALT, SAND)
OTHER = TOY.model_copy(update={"name": "other", "model": "other", "revision": "7"})
MODELS = {"toy": TOY, "other": OTHER}


def reply(request: ChatRequest) -> Completion:
    """Answer by the schema: what it is and how often it was drawn decides, never what was seen."""
    wanted = json.loads(request.json_schema or "")["properties"]
    turn = request.messages[-1].text()
    draw = int(request.request_id[:4], 16)
    said: dict[str, Any] = {}
    for key, kind in wanted.items():
        said[key] = kind["enum"][draw % len(kind["enum"])] if "enum" in kind else f"word {draw}"
        if kind.get("type") == "array":
            said[key] = [f"point {draw}"]
    if "quote" in said:
        said["of"] = "first" if "Rivers" in turn.partition("<second")[0] else "second"
        said["quote"] = ("Rivers", "salt")["Quote 1" in turn and "Quote 2" not in turn]
    return completion(request, json.dumps(said))


def labelled(root: Path, entry: JudgeSettings, model: StoredModel) -> Staging:
    staging = stage(root, SEA, SALT, SAND, PAIR)
    label(staging, [entry], RUN, models=MODELS, answer=model.answer, beam=BEAM)
    return staging


def entry(**settings: Any) -> JudgeSettings:
    return JudgeSettings.model_validate({"model": "toy", **settings})


KINDS = {
    "panel": entry(judge="panel", exchanges=2, members=[{"model": "other"}, {"role": "Doubt."}, {"role": "Trust."}]),
    "debate": entry(judge="debate", advocate="other"),
    "advocates": entry(judge="advocates", advocate="other"),
    "draws": entry(judge="pairwise", temperature=0.8, samples=5),
    "draws-of-debates": entry(judge="debate", temperature=0.8, samples=2),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_is_a_turn_with_a_completion_and_turns_give_each_request_again(
    tmp_path: Path, kind: str
) -> None:
    settings = KINDS[kind]
    model = StoredModel(tmp_path / "store", reply)
    staging = labelled(tmp_path / "run", settings, model)
    turns: dict[str, list[PanelTurn]] = defaultdict(list)
    for turn in PanelTurn.from_table(staging.read(PanelTurn)):
        turns[turn.judgment_id].append(turn)
    judgments = Judgment.from_table(staging.read(Judgment))
    by_subject = {(j.subject_id, j.order): j for j in judgments}
    asked = {request.request_id: request for request in model.asked}
    assert {t.request_id for told in turns.values() for t in told} == set(asked)
    assert audit(staging, contracts=[c for c in CONTRACTS if c.record is PanelTurn]).failures == []
    work = JudgeAtWork.of(settings, MODELS)
    for subject in subjects_for(settings, read_views(staging)):
        order = None if subject.kind == "response" else subject.order
        told = turns[by_subject[subject.subject_id, order].judgment_id]
        assert [t.turn for t in told] == list(range(1, len(told) + 1))
        assert all(asked[t.request_id].model == MODELS[t.model].model for t in told)
        assert replayed(work, subject, told) == [t.request_id for t in told]


def replayed(work: JudgeAtWork, subject: SubjectView, told: list[PanelTurn]) -> list[str]:
    """Ask all again, with what the turns say for replies."""
    found: list[str] = []
    number = 1
    while more := work.judge.ask(subject, [Reply(text=t.text) for t in told[: len(found)]]):
        found += [one.request_id for one in work.in_round(number).write(more)]
        number += 1
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_turn_saw_stands_in_its_request_and_what_it_did_not_see_does_not(
    tmp_path: Path, kind: str
) -> None:
    model = StoredModel(tmp_path / "store", reply)
    staging = labelled(tmp_path / "run", KINDS[kind], model)
    asked = {r.request_id: "\n".join(m.text() for m in r.messages) for r in model.asked}
    turns = PanelTurn.from_table(staging.read(PanelTurn))
    assert turns
    for turn in turns:
        before = {t.turn: t for t in turns if t.judgment_id == turn.judgment_id}
        for number, earlier in before.items():
            word = word_of(earlier)
            if word and number != turn.turn:
                assert (word in asked[turn.request_id]) == (number in turn.saw)


def word_of(turn: PanelTurn) -> str:
    """Give what in a turn nothing else holds; nothing of a quote, which the responses hold as well."""
    said = json.loads(turn.text)
    return "" if "quote" in said else str(said.get("critique") or said.get("reason") or said["points"][0])  # fmt: skip


def test_a_run_that_goes_on_asks_nothing_again_and_tells_the_same(tmp_path: Path) -> None:
    model = StoredModel(tmp_path / "store", reply)
    first = labelled(tmp_path / "one", KINDS["panel"], model)
    n_asked = len(model.asked)
    second = labelled(tmp_path / "two", KINDS["panel"], model)
    assert len(model.asked) == n_asked
    assert first.read(PanelTurn).equals(second.read(PanelTurn))


def test_a_judge_of_one_question_leaves_no_turns(tmp_path: Path) -> None:
    model = StoredModel(tmp_path / "store", reply)
    staging = labelled(tmp_path / "run", entry(judge="pairwise"), model)
    assert not staging.files(PanelTurn)


def test_draws_of_a_judge_of_steps_are_told_once_with_what_each_says_of_the_response(
    tmp_path: Path,
) -> None:
    long = answer(SEA, "Rivers.\n\nSo: salt.")
    staging = stage(tmp_path / "run", SEA, long, SAND, compare_two(long, SAND))
    verdicts = {"Rivers": ["correct", "neutral", "arithmetic"], "Sand": ["logic", "correct", "logic"]}  # fmt: skip
    n_drawn = dict.fromkeys(verdicts, 0)

    def steps(request: ChatRequest) -> Completion:
        name = "Rivers" if "Rivers." in request.messages[-1].text() else "Sand"
        first = verdicts[name][n_drawn[name]]
        n_drawn[name] += 1
        keys = json.loads(request.json_schema or "")["properties"]
        said = {key: {"reason": "so", "verdict": "correct"} for key in keys}
        return completion(request, json.dumps(said | {"s1": {"reason": "so", "verdict": first}}))

    model = StoredModel(tmp_path / "store", steps)
    drawn = entry(judge="steps", temperature=0.7, samples=3)
    label(staging, [drawn], RUN, models=MODELS, answer=model.answer, beam=BEAM)
    turns = PanelTurn.from_table(staging.read(PanelTurn))
    wholes = {
        j.judgment_id: j.subject_id
        for j in Judgment.from_table(staging.read(Judgment))
        if j.subject_kind == "response"
    }
    assert len(turns) == 6 and {t.judgment_id for t in turns} == wholes.keys()
    said: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for turn in turns:
        said[wholes[turn.judgment_id]] += [(r.attribute, r.score) for r in turn.ratings]
    assert sorted(said[long.response_id]) == [("steps", 0.0), ("steps", 0.5), ("steps", 1.0)]
    assert sorted(said[SAND.response_id]) == [("steps", -1.0), ("steps", -1.0), ("steps", 1.0)]


def test_each_model_is_told_by_its_own_name_when_it_is_asked(tmp_path: Path) -> None:
    model = StoredModel(tmp_path / "store", reply)
    told: list[str] = []

    def answers(requests: Any, *, model: ModelRef, asking: str = "", stored_only: bool = False) -> Any:  # fmt: skip
        told.append(asking)
        return stored(requests, model=model, asking=asking, stored_only=stored_only)

    stored: Callable[..., Any] = model.answer
    staging = stage(tmp_path / "run", SEA, SALT, SAND, PAIR)
    label(staging, [KINDS["debate"]], RUN, models=MODELS, answer=answers, beam=BEAM)
    assert told == [*["judge debate@1 asks other"] * 4, "judge debate@1 asks toy"]
