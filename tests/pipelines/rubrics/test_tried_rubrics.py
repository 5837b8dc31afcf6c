"""What rubrics are tried on, and what of it counts as one."""

from pathlib import Path

from tests.pipelines.toy import answer, ask, compare_two, stage
from winnow.annotation.rubrics.proving.tried import TriedRubric
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.pipelines.rubrics.proving import rubrics_to_prove
from winnow.pipelines.rubrics.tried_rubrics import read_tried, tried_on
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.staging import Staging

PROMPT = ask("Which trees keep their leaves in winter?")
BEST = "Firs and pines keep them, for their needles hold water well."
WORDS = ["rivers", "kings", "moons", "bees", "salt", "iron", "snow", "chess", "bread", "clocks"]


def give_rubric(staging: Staging, prompt: Prompt | None = None) -> None:
    of = None if prompt is None else prompt.prompt_id
    staging.write(Rubric, [Rubric(rubric_id="r", name="r", source="ann", prompt_id=of)])
    criteria = [
        Criterion(criterion_id=f"r{i}", rubric_id="r", kind="checklist", text=f"{i}", source="ann")
        for i in range(2)
    ]
    staging.write(Criterion, criteria)


def said_of(pairs: list[Comparison]) -> list[Judgment]:
    return [
        Judgment(
            comparison_id=pair.comparison_id,
            annotator_id="someone@1:model",
            kind="llm",
            order=order,
            verdict="a",
            rubric_id="r",
        )
        for pair in pairs
        for order in ("ab", "ba")
    ]


def tried(staging: Staging) -> TriedRubric:
    ids = rubrics_to_prove(staging)
    with tried_on(staging, held_out(staging), ids, baselines={}) as con:
        (found,) = read_tried(con)
    return found


def test_comparisons_of_one_prompt_that_share_a_response_or_nearly_count_as_one(
    tmp_path: Path,
) -> None:
    best = answer(PROMPT, BEST)
    nearly = answer(PROMPT, f"{BEST}!")
    others = [
        answer(PROMPT, f"{word.capitalize()} do, more or less, or so {word} say.") for word in WORDS
    ]
    pairs = [
        *(compare_two(best, other) for other in others[:4]),
        compare_two(nearly, others[4]),
        compare_two(others[5], others[6]),
        compare_two(others[7], others[8]),
    ]
    staging = stage(tmp_path, PROMPT, best, nearly, *others, *pairs)
    staging.write(
        Gold, [Gold(comparison_id=p.comparison_id, verdict="a", basis="toy") for p in pairs]
    )
    give_rubric(staging, PROMPT)
    staging.write(Judgment, said_of(pairs))
    by_comparison = dict(
        zip(
            sorted(p.comparison_id for p in pairs),
            tried(staging).trials.cluster.tolist(),
            strict=True,
        )
    )
    found = [by_comparison[pair.comparison_id] for pair in pairs]
    assert len(set(found[:5])) == 1
    assert len(set(found)) == 3
