from pathlib import Path

import pyarrow as pa

from tests.pipelines.toy import answer, ask, compare_two, stage
from winnow.pipelines.pairing.candidates import (
    ByPrompt,
    candidates_by_prompt,
    comparisons_by_prompt,
    prompt_ids,
)
from winnow.schemas.responses import Response

ASKED = [ask(f"question {i}") for i in range(30)]
ANSWERS = [answer(p, f"{text} {i}") for i, p in enumerate(ASKED[::2]) for text in "abc"]


def test_responses_come_prompt_by_prompt_in_the_order_of_ids(tmp_path: Path) -> None:
    unknown = Response(prompt_id=ASKED[1].prompt_id, text=None, model="m", source="x:1")
    staging = stage(tmp_path / "run", *ASKED, *ANSWERS, unknown)
    with staging.scratch("compare") as scratch:
        found = [
            (prompt_id, [c.response_id for c in candidates])
            for prompt_id, candidates in candidates_by_prompt(staging, scratch, scores={})
        ]
    of_prompt = {
        p.prompt_id: sorted(r.response_id for r in ANSWERS if r.prompt_id == p.prompt_id)
        for p in ASKED[::2]
    }
    assert found == sorted(of_prompt.items())


def test_of_chosen_responses_only_they_are_candidates(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", *ASKED, *ANSWERS)
    chosen = pa.array([ANSWERS[4].response_id])
    with staging.scratch("compare") as scratch:
        ((prompt_id, (only,)),) = candidates_by_prompt(staging, scratch, chosen=chosen)
    assert (prompt_id, only.response_id) == (ANSWERS[4].prompt_id, ANSWERS[4].response_id)


def test_prompts_without_comparisons_are_passed_over_in_between(tmp_path: Path) -> None:
    pairs = [compare_two(*ANSWERS[i : i + 2]) for i in (0, 9, 30)]
    staging = stage(tmp_path / "run", *ASKED, *ANSWERS, *pairs)
    with staging.scratch("compare") as scratch:
        ready = ByPrompt(comparisons_by_prompt(staging, scratch))
        found = {i: ready.of(i) for i in prompt_ids(staging, scratch)}
    assert list(found) == sorted(p.prompt_id for p in ASKED)
    of_pairs = {pair.prompt_id: [pair.comparison_id] for pair in pairs}
    assert {i: ids for i, ids in found.items() if ids} == of_pairs
