from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.pipelines.toy import RUN, answer, ask, compare_two, stage
from winnow.pipelines.ahead.excerpt import excerpt
from winnow.pipelines.labelling.portions import portion_out
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.staging import Staging

SKY, SEA = ask("Why is the sky blue?", domain="physics"), ask("Why is the sea salt?")
RESPONSES = [answer(prompt, text) for prompt in (SKY, SEA) for text in ("One.", "Two.")]
PAIRS = [compare_two(*RESPONSES[:2]), compare_two(*RESPONSES[2:])]
JUDGE = JudgeSettings.model_validate({"judge": "rubric", "model": "toy"})


def rubric(staging: Staging, name: str, *, kept: bool | None = None, **more: Any) -> None:
    staging.write(Rubric, [Rubric(rubric_id=name, name=name, source="ann", **more)], part=name)
    criteria = [
        Criterion(criterion_id=f"{name}-{n}", rubric_id=name, kind="checklist", text=f"{n}", source="ann")
        for n in range(2)
    ]  # fmt: skip
    staging.write(Criterion, criteria, part=name)
    if kept is not None:
        proof = Proof.model_validate(
            {
                "run_id": "before",
                "rubric_id": name,
                "n_comparisons": 9,
                "is_kept": kept,
                "reason": None if kept else "too_rare",
            }
        )
        staging.write(Proof, [proof], part=name)


def judged_by(staging: Staging, place: Path) -> dict[str, tuple[str, list[str]] | None]:
    portions = portion_out(staging, as_place(place), place.with_name("spill"), rubrics_of=RUN)
    return {
        view.subject_id: view.rubric
        and (view.rubric.rubric.name, [c.criterion_id for c in view.rubric.criteria])
        for portion in portions
        for view in portion.subjects(JUDGE, None)
    }


def test_responses_that_are_judged_ahead_are_judged_by_the_rubrics_that_are_in_force(
    tmp_path: Path,
) -> None:
    staging = stage(tmp_path / "run", SKY, SEA, *RESPONSES, *PAIRS)
    rubric(staging, "old", prompt_id=SKY.prompt_id)
    rubric(staging, "newer", domain="physics", replaces="old")
    rubric(staging, "refused", prompt_id=SKY.prompt_id, kept=False)
    rubric(staging, "derived", prompt_id=SEA.prompt_id, derived_from="helpful@3", kept=True)
    rubric(staging, "all")
    merged = CriterionSource(criterion_id="all-0", kind="criterion", subject_id="newer-1")
    staging.write(CriterionSource, [merged])
    whole = judged_by(staging, tmp_path / "whole")
    names = {found and (found[0], len(found[1])) for found in whole.values()}
    assert names == {("newer", 1), ("derived", 2)}
    for prompt in (SKY, SEA):
        some = excerpt(staging, pa.array([prompt.prompt_id]), tmp_path / prompt.prompt_id)
        ahead = judged_by(some, tmp_path / f"portions-{prompt.prompt_id}")
        assert ahead == {i: whole[i] for i in ahead} and len(ahead) == 2
