from collections.abc import Iterator, Mapping, Sequence
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
    stage,
)
from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView, name_of
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.label import LabelStep, label
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Message

SEA = ask("Why is the sea salt?")
SALT, SAND = answer(SEA, "Rivers bring salt."), answer(SEA, "Sand.")
OTHER = TOY.model_copy(update={"name": "other", "model": "other", "revision": "7"})


class Committee(Judge):
    """Draw an opinion of one model twice, then have another one decide."""

    chair: str

    @property
    def further_models(self) -> Mapping[str, str]:
        return {"chair": self.chair}

    def model_in(self, round_number: int) -> str | None:
        return self.chair if round_number == 2 else None

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        if not replies:
            return [self._say(f"Opinion? {view.shown[0].text}", sample=i) for i in range(2)]
        if len(replies) == 2:
            return [self._say(f"Decide: {' '.join(r.text for r in replies)}", sample=0)]
        return ()

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        said = " ".join(reply.text for reply in replies)
        return [Reading(verdict=name_of(replies[-1].text, view.order), rationale=said)]

    def _say(self, words: str, sample: int) -> Question:
        return Question(
            messages=(Message(role="user", content=words),), max_tokens=5, sample=sample
        )


@pytest.fixture(autouse=True)
def committee(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(JUDGES, "_kinds", dict(JUDGES._kinds))
    JUDGES.register("committee", version=1)(Committee)
    yield


def test_each_round_asks_its_model_and_each_draw_is_a_request_of_its_own(tmp_path: Path) -> None:
    entry = JudgeSettings(judge="committee", model="toy", chair="other", orders="ab")  # type: ignore[call-arg]

    def reply(request: ChatRequest) -> Completion:
        text = "first" if request.model == "other" else f"draw{request.sample_index}"
        return completion(request, text)

    model = StoredModel(tmp_path / "store", reply)
    staging = stage(tmp_path / "run", SEA, SALT, SAND, compare_two(SALT, SAND))
    models = {"toy": PRICED, "other": OTHER, "unused": TOY}
    label(staging, [entry], RUN, models=models, answer=model.answer, beam=BEAM)
    (judgment,) = Judgment.from_table(staging.read(Judgment))
    assert judgment.rationale == "draw0 draw1000 first"
    assert [request.model for request in model.asked] == ["toy", "toy", "other"]
    assert judgment.cost is None  # nobody knows what the other model costs


def test_all_models_of_a_judge_are_looked_up_before_anything_is_asked() -> None:
    entry = JudgeSettings(judge="committee", model="toy", chair="other")  # type: ignore[call-arg]
    assert list(LabelStep(entries=(entry,)).calls()) == [("[0].model", "toy"), ("[0].chair", "other")]  # fmt: skip
