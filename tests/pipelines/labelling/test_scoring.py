"""Judges that models answer with numbers: through the step, into judgments and the verdicts that follow."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from pydantic import ValidationError

from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    reasons,
    stage,
)
from winnow.annotation.judges import JUDGES, PairwiseJudge
from winnow.pipelines.inference.models import VllmModel
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.model_tasks import check_model_tasks
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment, Kind
from winnow.schemas.token_logprobs import TokenLogprob

SKY = ask("Why is the sky blue?", reference="Rayleigh scattering", tools='[{"name": "look"}]')
SEA = ask("Why is the sea salt?")
AIR, PAINT = answer(SKY, "Air scatters blue."), answer(SKY, "Paint.")
SALT, SAND = answer(SEA, "Rivers."), answer(SEA, "Sand.")
PAIRS = compare_two(AIR, PAINT), compare_two(SALT, SAND)
OTHER = TOY.model_copy(update={"name": "other", "model": "other", "revision": "7"})
SCORES = {"toy": {"Air": 2.0, "Paint": 1.0, "Rivers": 0.5, "Sand": 0.0}}
SCORES["other"] = {"Air": -4.0, "Paint": 3.0, "Rivers": 0.5, "Sand": 0.0}


def scoring(request: ChatRequest) -> Completion:
    """Score a conversation, or find the scored text a nat a word less likely behind paint."""
    words = [turn.text() for turn in request.messages]
    done = completion(request, "").model_copy(update={"finish_reason": "scored"})
    if request.task == "reward":
        (score,) = (s for name, s in SCORES[request.model].items() if name in words[-1])
        return done.model_copy(update={"score": score})
    assert request.task == "prompt_logprobs" and request.scored_chars
    text = words[-1][-request.scored_chars :]
    p = -3.0 if "Paint" in "".join(words) else -2.0
    tokens = tuple(TokenLogprob(token=t, logprob=p) for t in re.findall(r"\s*\S+", text))
    return done.model_copy(update={"token_logprobs": tokens})


def labelled(
    folder: Path, settings: Mapping[str, object]
) -> tuple[StoredModel, dict[str, Judgment], dict[str, str]]:
    """Have a judge at work; gives the model, judgments by what they are about, and rejects."""
    model = StoredModel(folder / "store", scoring)
    staging = stage(folder / "run", SKY, SEA, AIR, PAINT, SALT, SAND, *PAIRS)
    entry = JudgeSettings.model_validate({"model": "toy", **settings})
    models = {"toy": TOY, "other": OTHER, "same": TOY}
    label(staging, [entry], RUN, models=models, answer=model.answer, beam=BEAM)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    judgments = Judgment.from_table(staging.read(Judgment))
    return model, {j.subject_id: j for j in judgments}, reasons(staging, "label")


def ratings(judgment: Judgment) -> dict[str, float]:
    return {rating.attribute: rating.score for rating in judgment.ratings}


def better(judgments: Mapping[str, Judgment], pair: int) -> str | None:
    """Name the response that is found better."""
    judgment = judgments[PAIRS[pair].comparison_id]
    sides = dict(zip("ab", PAIRS[pair].response_ids, strict=True))
    names = {r.response_id: r.text for r in (AIR, PAINT, SALT, SAND)}
    return names[sides[judgment.verdict]] if judgment.verdict in sides else judgment.verdict


def test_a_reward_models_scores_become_ratings_of_its_kind_and_verdicts(tmp_path: Path) -> None:
    model, judgments, rejects = labelled(tmp_path, {"judge": "reward"})
    assert {request.task for request in model.asked} == {"reward"}
    assert {request.tools for request in model.asked} == {SKY.tools, None}
    assert ratings(judgments[AIR.response_id]) == {"reward": 2.0}
    assert {j.kind for j in judgments.values()} == {"reward_model"}
    assert [better(judgments, i) for i in (0, 1)] == ["Air scatters blue.", "Rivers."]
    assert rejects == {}


def test_the_mean_of_an_ensemble_decides_whatever_its_spread(tmp_path: Path) -> None:
    settings = {"judge": "reward", "members": [{"model": "other"}]}
    model, judgments, _ = labelled(tmp_path, settings)
    assert [r.model for r in model.asked].count("other") == len(model.asked) / 2 == 4
    assert ratings(judgments[AIR.response_id]) == {
        "reward": -1.0,
        "reward.spread": 3.0,
        "reward.minimum": -4.0,
        "reward.score_1": 2.0,
        "reward.score_2": -4.0,
    }
    # The sum over all these numbers would be for the other response.
    assert better(judgments, 0) == "Paint."


def test_a_prompt_without_a_reference_is_a_reject_and_no_opinion(tmp_path: Path) -> None:
    model, judgments, rejects = labelled(tmp_path, {"judge": "reference_likelihood"})
    assert len(model.asked) == 2
    assert set(rejects.values()) == {"no_reference"}
    assert len(rejects) == 2
    assert ratings(judgments[AIR.response_id])["reference_likelihood.sum"] == -4.0
    assert better(judgments, 0) == "Air scatters blue."
    assert PAIRS[1].comparison_id not in judgments


def test_follow_ups_are_asked_in_one_round_and_make_one_judgment(tmp_path: Path) -> None:
    model, judgments, _ = labelled(tmp_path, {"judge": "follow_up"})
    assert len(model.asked) == 4 * 24
    assert judgments[AIR.response_id].kind == "llm"
    assert len(ratings(judgments[AIR.response_id])) == 7
    assert better(judgments, 0) == "tie"  # both sides lose as much


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"judge": "reward", "samples": 3}, "samples is 3, but reward .*; leave samples out"),
        ({"judge": "reward", "temperature": 0.7}, "temperature is 0.7, but reward .*; leave temperature out"),
        *(
            ({"judge": name, "samples": 2, "temperature": 0.5}, "leave samples and temperature out")
            for name in ("self_aligned", "follow_up", "reference_likelihood")
        ),
        ({"judge": "implicit_reward", "reference_model": "other", "samples": 2}, "leave samples out"),
        ({"judge": "implicit_reward", "reference_model": "toy"}, "reference_model is 'toy', the entry's own model.*; name the model"),
        ({"judge": "reward", "members": [{"model": "other"}, {"model": "toy"}]}, r"members\[1\].model is 'toy'.*leave the member out"),
    ],
)  # fmt: skip
def test_what_would_cost_and_change_nothing_is_refused(
    settings: dict[str, object], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        JudgeSettings.model_validate({"model": "toy", **settings})


class DrawnScore(PairwiseJudge):
    """A judge of a kind of its own, whose replies are drawn."""

    kind: ClassVar[Kind] = "reward_model"
    model_task: ClassVar[Literal["chat", "reward"]] = "reward"
    name: ClassVar[str] = "pairwise"
    version: ClassVar[int] = 1


def test_a_judge_that_is_drawn_several_times_is_of_the_kind_and_the_task_of_the_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JUDGES, "find", lambda name: DrawnScore)
    drawn = JudgeSettings.model_validate({"judge": "pairwise", "model": "toy", "temperature": 1, "samples": 2})  # fmt: skip
    with pytest.raises(ValueError, match="asks models with task: reward, and toy"):
        check_model_tasks([("label[0]", drawn)], {"toy": VllmModel(model="m")})
    staging = stage(tmp_path / "run", SKY, AIR, PAINT, PAIRS[0])
    said = StoredModel(tmp_path / "store", lambda r: completion(r, '{"critique":"so","verdict":"first"}'))  # fmt: skip
    label(staging, [drawn], RUN, models={"toy": TOY}, answer=said.answer, beam=BEAM)
    kinds = [j.kind for j in Judgment.from_table(staging.read(Judgment))]
    assert kinds == ["reward_model"] * 2


def test_implicit_rewards_ask_two_models_and_one_of_the_same_twice_is_zero(tmp_path: Path) -> None:
    settings = {"judge": "implicit_reward", "reference_model": "other"}
    model, judgments, _ = labelled(tmp_path, settings)
    assert sorted(r.model for r in model.asked) == ["other"] * 4 + ["toy"] * 4
    assert ratings(judgments[AIR.response_id])["implicit_reward"] == 0.0
    same, judgments, _ = labelled(tmp_path / "same", {**settings, "reference_model": "same"})
    assert len(same.asked) == 4  # nothing is asked twice
    assert ratings(judgments[AIR.response_id])["implicit_reward"] == 0.0
