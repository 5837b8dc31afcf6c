import re

import pytest

from winnow.pipelines.inference.models import OpenAIModel, VllmModel
from winnow.pipelines.labelling.model_tasks import check_model_tasks
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings

MODELS = {
    "chat": VllmModel(model="m"),
    "scorer": VllmModel(model="r", task="reward"),
    "served": OpenAIModel(model="r", urls=("http://localhost:8000/v1",), task="reward"),
}


def check(**entry: object) -> None:
    judge = JudgeSettings.model_validate(entry)
    annotators = [("label[0]", VerifierSettings(verifier="form")), ("label[1]", judge)]
    check_model_tasks(annotators, MODELS)


def test_judges_take_models_that_do_what_they_ask_for() -> None:
    check(judge="reward", model="scorer", members=[{"model": "served"}])
    check(judge="follow_up", model="chat")
    check(judge="pairwise", model="smollm2")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (
            {"judge": "reward", "model": "chat"},
            "label[1].model: the judge reward asks models with task: reward, and chat is one with task: chat; name another",
        ),
        (
            {"judge": "reward", "model": "scorer", "members": [{"model": "chat"}]},
            "label[1].members[0].model: the judge reward",
        ),
        ({"judge": "pairwise", "model": "served"}, "asks models with task: chat, and served"),
        (
            {"judge": "implicit_reward", "model": "chat", "reference_model": "scorer"},
            "label[1].reference_model: the judge implicit_reward",
        ),
    ],
)
def test_other_models_are_refused_before_anything_is_asked(
    entry: dict[str, object], why: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        check(**entry)
