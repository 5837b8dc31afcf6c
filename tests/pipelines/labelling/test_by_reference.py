"""Judges that go by a prompt's reference."""

import json
from pathlib import Path

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
    reasons,
    stage,
)
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

SUM, SKY = ask("What is 2 + 2?", reference="4"), ask("Why is the sky blue?")
FOUR, FIVE, CUT, LOST = (answer(SUM, t) for t in ("It is 4.", "It is 5.", "It i", "I refuse."))
AIR, PAINT = answer(SKY, "Air."), answer(SKY, "Paint.")
VERDICTS = {"It is 4.": "correct", "It is 5.": "incorrect", "It i": "invalid", "I refuse.": "invalid"}  # fmt: skip


def reply(request: ChatRequest) -> Completion:
    page = str(request.messages[-1].content)
    found = [verdict for text, verdict in VERDICTS.items() if f"\n{text}\n" in page]
    said = {"critique": "so", "verdict": "first" if "<first-" in page else found[0]}
    return completion(request, json.dumps(said))


def labelled(tmp_path: Path, **entry: object) -> tuple[StageCount, Staging, StoredModel]:
    pairs = [compare_two(a, b) for a, b in ((FOUR, FIVE), (FOUR, CUT), (CUT, LOST), (AIR, PAINT))]
    staging = stage(tmp_path / "run", SUM, SKY, FOUR, FIVE, CUT, LOST, AIR, PAINT, *pairs)
    model = StoredModel(tmp_path / "store", reply)
    settings = JudgeSettings.model_validate({"model": "toy", **entry})
    count = label(
        staging, [settings], RUN, models={"toy": TOY}, answer=model.answer, beam=BEAM
    )  # fmt: skip
    return count, staging, model


def test_a_response_whose_prompt_has_no_reference_is_not_asked_about(tmp_path: Path) -> None:
    count, staging, model = labelled(tmp_path, judge="correctness")
    assert (count.n_in, count.n_out, len(model.asked)) == (6, 4, 4)
    assert [(r.reason, r.n) for r in count.rejects] == [("no_reference", 2)]
    assert len(reasons(staging, "label")) == 2


def test_no_comparison_follows_of_an_answer_and_none(tmp_path: Path) -> None:
    _, staging, _ = labelled(tmp_path, judge="correctness")
    aggregate_judgments(staging, AggregateSettings(), RUN)
    said = Judgment.from_table(staging.read(Judgment))
    verdicts = {j.comparison_id: j.verdict for j in said if j.comparison_id}
    four_five, cut_lost = compare_two(FOUR, FIVE), compare_two(CUT, LOST)
    better = "ab"[four_five.response_ids.index(FOUR.response_id)]
    assert verdicts == {four_five.comparison_id: better, cut_lost.comparison_id: "tie"}


@pytest.mark.parametrize(("settings", "n_asked"), [({"reference": True}, 6), ({}, 8)])
def test_a_judge_of_pairs_asks_only_by_a_reference_where_it_is_to(
    tmp_path: Path, settings: dict[str, object], n_asked: int
) -> None:
    count, _, model = labelled(tmp_path, judge="pairwise", **settings)
    assert len(model.asked) == n_asked
    assert count.n_in == 8
    pages = [str(request.messages[-1].content) for request in model.asked]
    # The reference is shown wherever there is one.
    assert sum("<reference-" in page for page in pages) == 6
