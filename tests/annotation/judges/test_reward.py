"""Scores of reward models, one or several."""

from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.annotation.judges.likely import numbers, replied, subject
from winnow.annotation.judge import Reply
from winnow.annotation.judges.reward import RewardJudge, RewardMember, ScoreStandard
from winnow.schemas.prompts import Message

VIEW = subject("Air scatters blue.")
TWO = RewardJudge(members=(RewardMember(model="b"),))


def scores(*values: float | None) -> list[Reply]:
    return [Reply(text="", score=value) for value in values]


def test_a_score_is_the_rating_as_it_came() -> None:
    (question,) = RewardJudge().ask(VIEW)
    assert question.task == "reward"
    assert question.messages[-1] == Message(role="assistant", content="Air scatters blue.")
    for score in (-71.25, 0.0, 1e6):
        assert numbers(replied(RewardJudge(), VIEW, scores(score))) == {"reward": score}


def test_each_round_asks_the_next_model() -> None:
    judge = RewardJudge(members=(RewardMember(model="b"), RewardMember(model="c")))
    assert judge.further_models == {"members[0].model": "b", "members[1].model": "c"}
    assert [judge.model_in(n) for n in (1, 2, 3)] == [None, "b", "c"]
    asked = [judge.ask(VIEW, scores(*[1.0] * n)) for n in range(4)]
    assert asked[0] == asked[1] == asked[2] != ()
    assert asked[3] == ()


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6))
def test_an_ensemble_keeps_mean_spread_minimum_and_each_score(found: list[float]) -> None:
    judge = RewardJudge(members=tuple(RewardMember(model=str(i)) for i in range(len(found) - 1)))
    rated = numbers(replied(judge, VIEW, scores(*found)))
    assert rated.pop("reward") == pytest.approx(fmean(found))
    assert rated.pop("reward.spread") == pytest.approx(pstdev(found))
    assert rated.pop("reward.minimum") == min(found)
    assert list(rated.values()) == found


def test_standardized_scores_do_not_depend_on_the_scale_of_a_model() -> None:
    def judge(mean: float, std: float) -> RewardJudge:
        member = RewardMember(model="b", standard=ScoreStandard(mean=mean, std=std))
        return RewardJudge(standard=ScoreStandard(mean=1.0, std=2.0), members=(member,))

    plain = numbers(replied(judge(3.0, 0.5), VIEW, scores(2.0, 2.5)))
    larger = numbers(replied(judge(30.0, 5.0), VIEW, scores(2.0, 25.0)))
    for name in ("reward", "reward.spread", "reward.minimum"):
        assert larger[name] == pytest.approx(plain[name])
    assert plain["reward"] == pytest.approx((0.5 - 1.0) / 2)
    assert (larger["reward.score_1"], larger["reward.score_2"]) == (2.0, 25.0)  # as they came
    alone = RewardJudge(standard=ScoreStandard(mean=1.0, std=2.0))
    assert numbers(replied(alone, VIEW, scores(2.0))) == {"reward": 0.5, "reward.score_1": 2.0}


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        (scores(1.0, None), "model 2 of 2 gave no score"),
        (scores(float("nan"), 1.0), "model 1 of 2 gave no score"),
        ([Reply(text="7 of 10"), *scores(1.0)], "model 1 of 2 gave no score but '7 of 10'"),
    ],
)
def test_without_a_score_of_every_model_it_is_invalid(replies: list[Reply], why: str) -> None:
    reading = replied(TWO, VIEW, replies)
    assert (reading.verdict, reading.ratings, reading.rationale) == ("invalid", (), why)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"members": [{"model": "b"}, {"model": "b"}]}, "members name b, b, one of them twice"),
        (
            {"members": [{"model": "b", "standard": {"mean": 0, "std": 1}}]},
            "standard is given for some of the models",
        ),
        ({"standard": {"mean": 0, "std": 1}, "members": [{"model": "b"}]}, "or for none"),
        ({"standard": {"mean": 0, "std": 0}}, "greater than 0"),
    ],
)
def test_settings_that_would_mix_scales_are_refused(settings: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        RewardJudge.model_validate(settings)
