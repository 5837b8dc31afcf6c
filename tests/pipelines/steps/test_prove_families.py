"""Derived rubrics of one prompt each are proven together, on what was held out of their prompts."""

from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.steps.test_prove import CITES, POLITE, RUBRIC_JUDGE, TOPICS, Model, give, prove
from tests.pipelines.toy import answer, ask, compare_two, stage
from winnow.annotation.rubrics.proving.family import Kin
from winnow.annotation.rubrics.standing import in_force
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.pipelines.rubrics.proving import families_of
from winnow.schemas.base import Record
from winnow.schemas.judgments import Gold
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.staging import Staging

WAY = "contrast@1:m"


def derived(name: str, prompt_id: str, comparison_id: str, *texts: str) -> list[Record]:
    """A rubric for one prompt, drawn from one comparison of it."""
    criteria = [
        Criterion(criterion_id=f"{name}-{t}", rubric_id=name, kind="checklist", text=t, source=WAY)
        for t in texts
    ]
    sources = [
        CriterionSource(criterion_id=c.criterion_id, kind="comparison", subject_id=comparison_id)
        for c in criteria
    ]
    of_prompt = {"prompt_id": prompt_id, "derived_from": "helpful@1", "source": WAY}
    return [Rubric(rubric_id=name, name=name, **of_prompt), *criteria, *sources]


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    """16 prompts with two comparisons each, in which the answer with a source is better, and two with one."""
    records: list[Any] = []
    gold = []
    for i, topic in enumerate([*TOPICS, "tea", "wool"]):
        prompt = ask(f"What should one know about {topic}?")
        records.append(prompt)
        more = "It has been so for as long as anybody can remember, and longer. " * (i // 2 % 2)
        for kind in ("a book", "what my aunt wrote in 1950")[: 2 if i < len(TOPICS) else 1]:
            good = answer(prompt, f"All of {topic} follows from this. {more}{CITES}: {kind}.")
            said = f"It is hard to say, and {kind} would not help: {topic} are what they are."
            poor = answer(prompt, f"{POLITE}, {said}" if i % 2 else said)
            pair = compare_two(good, poor)
            verdict = "a" if pair.response_ids[0] == good.response_id else "b"
            records += [good, poor, pair]
            gold.append(Gold(comparison_id=pair.comparison_id, verdict=verdict, basis="toy"))
    staging = stage(tmp_path / "staging", *records)
    staging.write(Gold, gold)
    return staging


def rubrics(staging: Staging, *texts: str) -> list[Record]:
    """One rubric for each prompt, drawn from the first comparison of it that may be derived from."""
    division = held_out(staging)
    first: dict[str, str] = {}
    columns = (division.prompt_id, division.comparison_id, division.of_prompt)
    for prompt_id, comparison_id, is_held_out in zip(
        *(c.to_pylist() for c in columns), strict=True
    ):
        if not is_held_out:
            first.setdefault(prompt_id, comparison_id)
    return [
        record
        for prompt_id, comparison_id in first.items()
        for record in derived(f"r-{prompt_id}", prompt_id, comparison_id, *texts)
    ]


def standing(staging: Staging) -> dict[str, list[str]]:
    views = in_force(
        Rubric.from_table(staging.read(Rubric)),
        Criterion.from_table(staging.read(Criterion)),
        CriterionSource.from_table(staging.read(CriterionSource)),
        Proof.from_table(staging.read(Proof)),
    )
    return {view.rubric.rubric_id: [c.text for c in view.criteria] for view in views}


def test_rubrics_with_one_held_out_comparison_each_are_in_force_once_their_family_is_proven(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubrics(staging, CITES))
    prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE,))
    stand = standing(staging)
    assert len(stand) == len(TOPICS) + 2
    assert set(map(tuple, stand.values())) == {(CITES,)}
    details = {p.detail for p in Proof.from_table(staging.read(Proof)) if p.rubric_id in stand}
    said = "right in 100 %, at least 83 %, on 16 comparisons, +50.0 points beside judging without"
    assert details == {
        f"proven together with 15 others of {WAY}: {said}; its own: 1 of 1",
        f"proven together with 16 others of {WAY}: {said}; its own: none, no held-out comparison of its prompt has a label",
    }


def test_a_family_of_useless_rubrics_is_refused_whole(staging: Staging, tmp_path: Path) -> None:
    give(staging, *rubrics(staging, POLITE))
    prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE,), without=False)
    assert standing(staging) == {}


def test_what_was_merged_is_of_the_family_of_what_was_merged_into_it(staging: Staging) -> None:
    one = derived("one", "p", "c", CITES)
    merged = [
        Rubric(rubric_id="m", name="m", prompt_id="p", source="merge@1", replaces="one"),
        Criterion(criterion_id="mc", rubric_id="m", kind="checklist", text=CITES, source="merge@1"),
        CriterionSource(criterion_id="mc", kind="criterion", subject_id=f"one-{CITES}"),
        Rubric(rubric_id="wide", name="wide", source=WAY),
    ]
    give(staging, *one, *merged)
    assert families_of(staging) == {"one": Kin(WAY, 1), "m": Kin(f"merge@1 of {WAY}", 0)}
