"""Judges that models answer with numbers: through the step, into judgments and the verdicts that follow."""

import re
from collections.abc import Mapping
from pathlib import Path

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
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
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
    models = {"toy": TOY, "other": OTHER}
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


def test_implicit_rewards_ask_two_models_and_one_of_the_same_twice_is_zero(tmp_path: Path) -> None:
    settings = {"judge": "implicit_reward", "reference_model": "other"}
    model, judgments, _ = labelled(tmp_path, settings)
    assert sorted(r.model for r in model.asked) == ["other"] * 4 + ["toy"] * 4
    assert ratings(judgments[AIR.response_id])["implicit_reward"] == 0.0
    same, judgments, _ = labelled(tmp_path / "same", {**settings, "reference_model": "toy"})
    assert len(same.asked) == 4  # nothing is asked twice
    assert ratings(judgments[AIR.response_id])["implicit_reward"] == 0.0
