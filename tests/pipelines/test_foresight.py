from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import BEAM, RUN, TOY, answer, ask, compare_two, stage
from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView
from winnow.pipelines.first_round import questions_of
from winnow.pipelines.foresight import foresee, forms_any, n_different
from winnow.pipelines.labelling.judging import questions_for
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.pipelines.labelling.ungrouping import ungroup
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.question_sizes import asks_of
from winnow.pipelines.steps import CompareStep, LabelStep, SampleStep
from winnow.pipelines.steps.compare import CompareSettings, compare
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.sequence import in_sequence
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Message

SKY = ask("Why is the sky blue?", reference="Because air scatters blue light most.")
SEA = ask("Why is the sea salt?")
TEXTS = ("air", "light", " air\n", "", "blue light")
READY = [answer(p, text, f"author {i}") for p in (SKY, SEA) for i, text in enumerate(TEXTS)]
FIRST = compare_two(READY[0], READY[1])


@pytest.mark.parametrize(
    "settings",
    [
        CompareSettings(),
        CompareSettings(max_per_prompt=3),
        CompareSettings(strategy="given"),
        CompareSettings(strategy="group", options={"size": 3}),
    ],
    ids=lambda s: f"{s.strategy} {s.max_per_prompt}",
)
def test_of_ready_responses_it_counts_what_is_formed(
    tmp_path: Path, settings: CompareSettings
) -> None:
    staging = stage(tmp_path, SKY, SEA, *READY, FIRST)
    foreseen = foresee(staging, settings, [])
    assert foreseen.is_exact
    assert foreseen.n_comparisons == compare(staging, settings, RUN, beam=BEAM).n_out


def test_best_against_worst_is_one_a_prompt_that_can_be_scored(tmp_path: Path) -> None:
    by_reference = CompareSettings(strategy="best_worst", options={"score": "reference_overlap"})
    sample = [SampleSettings(model="toy", n=5)]
    foreseen = foresee(stage(tmp_path, SKY, SEA), by_reference, sample)
    assert (foreseen.n_comparisons, foreseen.is_exact) == (1, False)
    assert not forms_any(stage(tmp_path / "sea", SEA), by_reference, sample)


def test_one_model_and_one_sample_form_nothing(tmp_path: Path) -> None:
    staging = stage(tmp_path, SKY, answer(SKY, " "))
    assert not forms_any(staging, CompareSettings(), [SampleSettings(model="toy", n=1)])
    assert forms_any(staging, CompareSettings(), [SampleSettings(model="toy", n=2)])


def test_samples_at_temperature_0_count_once_a_model() -> None:
    toy, other = (SampleSettings(model=m, n=3, temperature=0) for m in ("toy", "other"))
    assert n_different([toy, toy, other, SampleSettings(model="toy", n=2)]) == 4


class Caller(Judge):
    """Ask of each response alone, and of both together in each order."""

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        texts = [response.text for response in view.shown]
        asked = [*texts, " ".join(texts)]
        return [Question(messages=(Message(role="user", content=words),)) for words in asked]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        raise AssertionError("nothing is answered")


@pytest.mark.parametrize(
    ("settings", "n"),
    [
        ({"judge": "pairwise"}, 2 * 3),
        ({"judge": "pairwise", "orders": "ab"}, 3),
        ({"judge": "ranking"}, 2),
        ({"judge": "rating", "pointwise": True}, 3),
        # Of a pair: each response once, and both together in each order.
        ({"judge": "caller"}, 4 * 3),
        ({"judge": "caller", "orders": "ba"}, 3 * 3),
    ],
    ids=["pairwise", "one-order", "ranking", "pointwise", "several", "several-one-order"],
)
def test_the_questions_of_a_judge_are_counted_as_it_asks_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], n: int
) -> None:
    monkeypatch.setattr(JUDGES, "_kinds", dict(JUDGES._kinds))
    JUDGES.register("caller", version=1)(Caller)
    entry = JudgeSettings.model_validate({**settings, "model": "toy"})
    compare = CompareSettings(strategy="group", options={"size": 3})
    sample = [SampleSettings(model="toy", n=3)]
    staging = stage(tmp_path, SKY)
    assert questions_of(entry, foresee(staging, compare, sample), staging) == n
    # As many, where the responses are there and the judge is asked.
    ready = [answer(SKY, text) for text in "xyz"]
    group = Comparison(
        prompt_id=SKY.prompt_id, response_ids=tuple(r.response_id for r in ready), strategy="group"
    )
    filled = stage(tmp_path / "ready", SKY, *ready, group)
    ungroup(filled)
    posed = questions_for(subjects_for(entry, read_views(filled), [group]), entry, TOY)
    asked = {request.request_id for one in posed for request in one.requests}
    # A question about one response is one request, however many pairs it stands in.
    assert len(asked) == n - (3 if settings["judge"] == "caller" else 0)


def test_where_nothing_is_compared_nothing_is_asked(tmp_path: Path) -> None:
    staging = stage(tmp_path)
    entry = JudgeSettings(judge="pairwise", model="toy")
    assert questions_of(entry, foresee(staging, CompareSettings(), []), staging) == 0


def test_a_judge_of_one_response_needs_room_for_one(tmp_path: Path) -> None:
    alone = {"judge": "rating", "model": "toy", "pointwise": True}
    entries = tuple(JudgeSettings.model_validate(e) for e in ({**alone, "pointwise": False}, alone))
    sample = (SampleSettings(model="toy", n=3, max_tokens=500),)
    steps = [SampleStep(entries=sample), CompareStep(), LabelStep(entries=entries)]
    sequence = in_sequence((step.name, step, None) for step in steps)
    _, two, one = asks_of(stage(tmp_path, SKY), sequence)
    assert (two.longest.n_more, one.longest.n_more) == (1000, 500)
