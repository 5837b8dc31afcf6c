import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipelines.toy import (
    BEAM,
    PRICED,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    failing,
    reasons,
    stage,
)
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

SKY, SEA = ask("Why is the sky blue?"), ask("Why is the sea salt?")
BEST, MIDDLE, WORST = (answer(SKY, text) for text in ("Scattering.", "The air.", "Paint."))
SALT, SAND = answer(SEA, "Rivers."), answer(SEA, "Sand.")
GROUP = Comparison(
    prompt_id=SKY.prompt_id,
    response_ids=(BEST.response_id, MIDDLE.response_id, WORST.response_id),
    strategy="group",
)
JUDGE = JudgeSettings(judge="ranking", model="toy")
TEXTS = [r.text for r in (BEST, MIDDLE, WORST, SALT, SAND)]
Reply = Callable[[list[str]], str]


def by_worth(shown: list[str]) -> str:
    ranks = sorted(shown, key=TEXTS.index)
    named = {f"response_{n}": ranks.index(text) + 1 for n, text in enumerate(shown, 1)}
    return json.dumps({"critique": "by worth", **named})


def by_place(shown: list[str]) -> str:
    named = {f"response_{n}": n for n in range(1, len(shown) + 1)}
    return json.dumps({"critique": "by place", **named})


def answering(root: Path, reply: Reply) -> StoredModel:
    """Give a model that answers each question by the texts that it shows."""
    return StoredModel(root, lambda request: completion(request, reply(texts_in(request))))


def texts_in(request: ChatRequest) -> list[str]:
    page = str(request.messages[-1].content)
    return sorted((text for text in TEXTS if text in page), key=page.index)


def run(root: Path, answers: AnswerRequests) -> tuple[StageCount, list[Judgment], Staging]:
    records = [SKY, SEA, BEST, MIDDLE, WORST, SALT, SAND, GROUP, compare_two(SALT, SAND)]
    staging = stage(root / "run", *records)
    count = label(staging, [JUDGE], RUN, models={"toy": TOY}, answer=answers, beam=BEAM)
    return count, Judgment.from_table(staging.read(Judgment)), staging


def test_a_group_is_asked_about_once_in_each_order_and_judged_pair_by_pair(tmp_path: Path) -> None:
    count, judgments, _ = run(tmp_path, answering(tmp_path / "store", by_worth).answer)
    assert (count.n_in, count.n_out, count.n_reused) == (8, 8, 4)
    assert len({j.request_id for j in judgments}) == 4
    for better, worse in ((BEST, MIDDLE), (MIDDLE, WORST), (BEST, WORST), (SALT, SAND)):
        pair = compare_two(better, worse)
        mine = [j for j in judgments if j.comparison_id == pair.comparison_id]
        assert sorted(str(j.order) for j in mine) == ["ab", "ba"]
        assert {pair.response_ids["ab".index(j.verdict)] for j in mine} == {better.response_id}
    whole = {j.ranking for j in judgments if len(j.ranking or ()) == 3}
    assert whole == {(BEST.response_id, MIDDLE.response_id, WORST.response_id)}


def test_a_judge_that_ranks_by_place_contradicts_itself(tmp_path: Path) -> None:
    _, judgments, _ = run(tmp_path, answering(tmp_path / "store", by_place).answer)
    assert all(j.order and j.verdict == j.order[0] for j in judgments)


def test_an_unreadable_reply_is_invalid_for_each_pair(tmp_path: Path) -> None:
    count, judgments, _ = run(
        tmp_path, answering(tmp_path / "store", lambda _: "I like them all").answer
    )
    assert count.n_out == 8
    assert {(j.verdict, j.rationale) for j in judgments} == {("invalid", "I like them all")}


def test_the_judgments_of_a_ranking_share_what_it_cost(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY, BEST, MIDDLE, WORST, GROUP)
    answers = answering(tmp_path / "store", by_worth).answer
    label(staging, [JUDGE], RUN, models={"toy": PRICED}, answer=answers, beam=BEAM)
    costs = [j.cost for j in Judgment.from_table(staging.read(Judgment))]
    assert len(costs) == 6 and len(set(costs)) == 1
    # One token read and one generated, in each of two orders, at 2 and 3 a million.
    assert sum(cost or 0.0 for cost in costs) == pytest.approx(2 * 5 / 1e6)


def test_a_question_without_an_answer_is_a_reject_for_each_pair(tmp_path: Path) -> None:
    broken = failing(answering(tmp_path / "store", by_worth), lambda _: True)
    count, judgments, staging = run(tmp_path, broken)
    assert (count.n_in, count.n_out, judgments) == (8, 0, [])
    assert set(reasons(staging, "label").values()) == {"engine_error"}


def test_each_response_of_a_group_stands_once_at_each_place(tmp_path: Path) -> None:
    model = answering(tmp_path / "store", by_worth)
    staging = stage(tmp_path / "run", SKY, BEST, MIDDLE, WORST, GROUP)
    entry = JUDGE.model_copy(update={"orders": "cyclic"})
    count = label(staging, [entry], RUN, models={"toy": TOY}, answer=model.answer, beam=BEAM)
    assert (count.n_in, count.n_out) == (9, 9)
    shown = [texts_in(request) for request in model.asked]
    assert [sorted(at) for at in zip(*shown, strict=True)] == [sorted(TEXTS[:3])] * 3
    judgments = Judgment.from_table(staging.read(Judgment))
    pair = compare_two(BEST, WORST)
    better = "ab"[pair.response_ids.index(BEST.response_id)]
    assert {j.verdict for j in judgments if j.comparison_id == pair.comparison_id} == {better}
    # What depends on the place alone cancels: over all shifts, places sum to the same for each.
    places = {text: sum(at.index(text) for at in shown) for text in TEXTS[:3]}
    assert set(places.values()) == {3}


def test_two_responses_are_not_shifted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'cyclic', but pairwise is asked about two responses"):
        JudgeSettings(judge="pairwise", model="toy", orders="cyclic")
