"""Judges that go by rubrics: each response is asked about by the rubric in force for its prompt."""

import json
import re
from collections.abc import Sequence
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
    reasons,
    rubric,
    stage,
)
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.schemas.base import Record
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Label
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

SKY = ask("Why is the sky blue?", domain="physics")
SEA = ask("Why is the sea salt?")
AIR, PAINT = answer(SKY, "Air scatters blue."), answer(SKY, "It is paint.")
DUST = answer(SKY, "Dust scatters blue.")
RIVERS, SAND = answer(SEA, "Rivers bring it."), answer(SEA, "Sand.")
PAIRS = [compare_two(AIR, PAINT), compare_two(AIR, DUST), compare_two(RIVERS, SAND)]


class Model(StoredModel):
    """Finds a criterion met where the response holds its words."""

    def __init__(self, root: Path) -> None:
        def reply(request: ChatRequest) -> Completion:
            page = str(request.messages[-1].content)
            shown = page.split("<response-")[1].split("</response-")[0]
            criteria = re.findall(r"<(c\d+)-\w+>\n(.*)\n</c", page)
            said = {
                name: {"evidence": text, "verdict": "yes"}
                if text in shown
                else {"evidence": "", "verdict": "no"}
                for name, text in criteria
            }
            return completion(request, json.dumps(said))

        super().__init__(root, reply)


def labelled(
    root: Path, rubrics: Sequence[Record], proofs: Sequence[Record] = (), **settings: Any
) -> tuple[StageCount, Staging, Model]:
    staging = stage(root / "run", SKY, SEA, AIR, PAINT, DUST, RIVERS, SAND, *PAIRS)
    for record in (Rubric, Criterion, CriterionSource, Proof):
        staging.write(record, [one for one in (*rubrics, *proofs) if isinstance(one, record)])
    model = Model(root / "store")
    entry = JudgeSettings.model_validate({"judge": "rubric", "model": "toy", **settings})
    count = label(staging, [entry], RUN, models={"toy": TOY}, answer=model.answer, beam=BEAM)
    return count, staging, model


def judged(staging: Staging) -> dict[str, Judgment]:
    return {j.subject_id: j for j in Judgment.from_table(staging.read(Judgment))}


OF_SKY = rubric("sky", "scatters", "Air", prompt_id=SKY.prompt_id)
OF_ALL = rubric("all", "Rivers")


def test_each_response_is_asked_about_once_by_its_prompts_rubric(tmp_path: Path) -> None:
    count, staging, model = labelled(tmp_path, [*OF_SKY, *OF_ALL])
    assert (count.n_in, count.n_out, len(model.asked)) == (5, 5, 5)
    found = judged(staging)
    assert {i: j.rubric_id for i, j in found.items()} == {
        **{r.response_id: "sky" for r in (AIR, PAINT, DUST)},
        **{r.response_id: "all" for r in (RIVERS, SAND)},
    }
    assert [
        j.ratings[0].score for j in map(found.get, (AIR.response_id, DUST.response_id)) if j
    ] == [
        1.0,
        0.5,
    ]
    (air,) = (j for i, j in found.items() if i == AIR.response_id)
    assert [(c.criterion_id, c.verdict, c.evidence) for c in air.criteria] == [
        ("sky-Air", "yes", "Air"),
        ("sky-scatters", "yes", "scatters"),
    ]
    assert Judgment.model_validate({**air.model_dump(), "judgment_id": ""}) == air


def test_comparisons_follow_from_the_totals_and_equal_ones_are_ties(tmp_path: Path) -> None:
    _, staging, _ = labelled(tmp_path, rubric("all", "scatters", "Rivers"))
    aggregate_judgments(staging, AggregateSettings(), RUN)
    said = {
        j.comparison_id: j for j in Judgment.from_table(staging.read(Judgment)) if j.comparison_id
    }
    better = {PAIRS[0].comparison_id: AIR, PAIRS[2].comparison_id: RIVERS}
    for pair in PAIRS:
        response = better.get(pair.comparison_id)
        wanted = "ab"[pair.response_ids.index(response.response_id)] if response else "tie"
        assert (said[pair.comparison_id].verdict, said[pair.comparison_id].rubric_id) == (
            wanted,
            "all",
        )
    assert len(Label.from_table(staging.read(Label))) == 3


def test_what_two_rubrics_say_of_responses_is_not_put_together(tmp_path: Path) -> None:
    _, staging, _ = labelled(tmp_path, rubric("all", "scatters"))
    other = [
        j.model_copy(
            update={
                "judgment_id": f"other-{i}",
                "rubric_id": "older",
                "ratings": (j.ratings[0].model_copy(update={"score": 1 - j.ratings[0].score}),),
            }
        )
        for i, j in enumerate(judged(staging).values())
    ]
    staging.write(Judgment, other, part="older")
    aggregate_judgments(staging, AggregateSettings(), RUN)
    said = {
        j.rubric_id: j.verdict
        for j in Judgment.from_table(staging.read(Judgment))
        if j.comparison_id == PAIRS[0].comparison_id
    }
    air = "ab"[PAIRS[0].response_ids.index(AIR.response_id)]
    assert said == {"all": air, "older": "b" if air == "a" else "a"}


def test_a_response_whose_prompt_has_no_rubric_is_a_reject_with_the_reason(tmp_path: Path) -> None:
    count, staging, model = labelled(tmp_path, OF_SKY)
    assert (count.n_in, count.n_out, len(model.asked)) == (5, 3, 3)
    assert [(r.reason, r.n) for r in count.rejects] == [("no_rubric", 2)]
    judge = JudgeSettings(judge="rubric", model="toy").annotator_id
    assert set(reasons(staging, "label")) == {f"{judge} {r.response_id}" for r in (RIVERS, SAND)}


def kept(run_id: str, *, is_kept: bool) -> Proof:
    return Proof.model_validate(
        {"run_id": run_id, "rubric_id": "all", "n_comparisons": 9, "is_kept": is_kept}
    )


@pytest.mark.parametrize(
    ("proofs", "settings", "n_out"),
    [
        ([], {}, 0),
        ([], {"unproven": True}, 5),
        ([kept("before", is_kept=True)], {}, 5),
        ([kept("before", is_kept=True), kept(RUN, is_kept=False)], {}, 0),
        ([kept("before", is_kept=False), kept(RUN, is_kept=True)], {}, 5),
        ([kept(RUN, is_kept=True), kept("before", is_kept=False)], {}, 5),
        ([kept("earlier", is_kept=False), kept("before", is_kept=True)], {}, 5),
        ([kept("before", is_kept=True), kept("earlier", is_kept=False)], {}, 0),
    ],
)
def test_a_derived_rubric_is_used_where_the_newest_proof_keeps_it(
    tmp_path: Path, proofs: list[Proof], settings: dict[str, bool], n_out: int
) -> None:
    derived = rubric("all", "Rivers", derived_from="helpful@3")
    count, _, _ = labelled(tmp_path, derived, proofs, **settings)
    assert (count.n_in, count.n_out) == (5, n_out)


def test_the_next_version_of_a_rubric_takes_the_place_of_the_last(tmp_path: Path) -> None:
    _, staging, model = labelled(tmp_path, [*OF_ALL, *rubric("all-2", "Sand", replaces="all")])
    assert {j.rubric_id for j in judged(staging).values()} == {"all-2"}
    assert "Rivers\n</c1" not in str(model.asked[0].messages[-1].content)


def test_a_rubric_that_changed_is_asked_about_anew_and_one_that_did_not_costs_nothing(
    tmp_path: Path,
) -> None:
    labelled(tmp_path, [*OF_SKY, *OF_ALL])
    _, _, same = labelled(tmp_path, [*OF_SKY, *OF_ALL])
    _, _, changed = labelled(tmp_path, [*OF_SKY, *rubric("all-2", "Sand")])
    assert (len(same.asked), len(changed.asked)) == (0, 2)


def test_a_long_rubric_is_asked_in_portions_and_read_as_one_judgment(tmp_path: Path) -> None:
    texts = [f"Rivers{n}" for n in range(24)]
    count, staging, model = labelled(tmp_path, rubric("all", "Rivers", *texts))
    assert (count.n_in, count.n_out, len(model.asked)) == (5, 5, 15)
    assert {len(j.criteria) for j in judged(staging).values()} == {25}
