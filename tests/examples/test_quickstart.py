"""The example prompts: what their README promises."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pytest
from sacrebleu.metrics import CHRF

from winnow.pipelines.reading import Inputs, read_inputs
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

FOLDER = Path(__file__).parents[2] / "examples" / "quickstart"
QUALITY = ("example-weak", "example-medium", "example-strong")


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Staging:
    staging = Staging(tmp_path_factory.mktemp("staging"))
    sources = {key: {"path": FOLDER / f"{key}.jsonl"} for key in ("prompts", "gold")}
    counts = read_inputs(Inputs.model_validate(sources), staging, "r")
    assert [c.rejects for c in counts] == [()] * 4
    return staging


def overlap(staging: Staging) -> dict[str, float]:
    chrf, prompts = CHRF(), {p.prompt_id: p for p in Prompt.from_table(staging.read(Prompt))}
    return {
        r.response_id: chrf.sentence_score(r.text, [prompts[r.prompt_id].reference or ""]).score
        for r in Response.from_table(staging.read(Response))
    }


def test_there_are_49_prompts_over_six_domains_with_a_reference_each(staging: Staging) -> None:
    prompts: pa.Table = staging.read(Prompt)
    assert Counter(prompts["domain"].to_pylist()) == {
        "writing": 8, "reasoning": 8, "code": 8, "facts": 9, "multi-turn": 8, "tool use": 8,
    }  # fmt: skip
    assert prompts["reference"].null_count == 0
    assert set(prompts["language"].to_pylist()) == {"en", "de", "fr", "es"}


def test_the_domains_hold_what_their_names_say(staging: Staging) -> None:
    prompts = Prompt.from_table(staging.read(Prompt))
    assert all(len(p.messages) > 2 for p in prompts if p.domain == "multi-turn")
    assert all(p.tools for p in prompts if p.domain == "tool use")
    assert sum(m.role == "tool" for p in prompts for m in p.messages) == 6


def test_no_response_is_a_copy_of_the_reference(staging: Staging) -> None:
    assert max(overlap(staging).values()) < 96


def test_overlap_prefers_the_better_response_as_often_as_the_readme_says(staging: Staging) -> None:
    score, responses = overlap(staging), Response.from_table(staging.read(Response))
    of_prompt: dict[str, list[Response]] = {}
    for response in sorted(responses, key=lambda r: QUALITY.index(r.model)):
        of_prompt.setdefault(response.prompt_id, []).append(response)
    pairs = [pair for found in of_prompt.values() for pair in combinations(found, 2)]
    right = sum(score[better.response_id] > score[worse.response_id] for worse, better in pairs)
    assert (right, len(pairs)) == (130, 145)


def test_overlap_gets_every_gold_comparison_right_by_nine_points(staging: Staging) -> None:
    score, sides = overlap(staging), {}
    for comparison in Comparison.from_table(staging.read(Comparison)):
        sides[comparison.comparison_id] = comparison.response_ids
    gold = Gold.from_table(staging.read(Gold))
    assert len(gold) == 12
    for line in gold:
        a, b = (score[side] for side in sides[line.comparison_id])
        assert (a - b if line.verdict == "a" else b - a) > 9
