"""The labelled sets for development, which lie beside the repository and not in it."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.pipelines.reading.conftest import Read

DATA = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")

COUNTS = {
    "pandalm": {
        "prompts": 170,
        "responses": 799,  # and one that differs from another in white space alone
        "comparisons": 999,
        "judgments": 4995,
        "gold": 999,
    },
    "llmbar": {
        "prompts": 193,
        "responses": 386,
        "comparisons": 193,
        "judgments": 9264,
        "gold": 193,
    },
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_labelled_set_is_read_whole(read: Read, name: str) -> None:
    folder = DATA / name
    outcome = read(
        comparisons={"path": folder / "pairs.parquet", "judgments": folder / "judgments.parquet"},
        gold={"path": folder / "gold.parquet"},
    )
    assert {c.unit: c.n_in for c in outcome.counts} == COUNTS[name]
    assert outcome.rejects == []


def test_a_judgment_still_prefers_the_text_it_preferred_in_the_file(read: Read) -> None:
    folder = DATA / "pandalm"
    outcome = read(
        comparisons={"path": folder / "pairs.parquet", "columns": {"domain": "subset"}},
        gold={"path": folder / "gold.parquet"},
    )
    text = {r.response_id: r.text for r in outcome.responses}
    sides = {c.comparison_id: c.response_ids for c in outcome.comparisons}
    better = [
        text[sides[g.comparison_id]["ab".index(g.verdict)]]
        for g in outcome.gold
        if g.verdict != "tie"
    ]
    pairs = {row["item_id"]: row for row in pq.read_table(folder / "pairs.parquet").to_pylist()}
    gold = pq.read_table(folder / "gold.parquet").to_pylist()
    wanted = [
        pairs[g["item_id"]][f"response_{g['verdict']}"] for g in gold if g["verdict"] != "tie"
    ]
    assert better == wanted


def test_prompts_with_references_are_read_whole(read: Read) -> None:
    columns = {
        "id": "item_id", "system": "system_prompt", "reference": "reference_answer",
        "domain": "capability",
    }  # fmt: skip
    outcome = read(prompts={"path": DATA / "biggen" / "prompts.parquet", "columns": columns})
    assert (len(outcome.prompts), outcome.rejects) == (695, [])
    assert all(p.messages[0].role == "system" and p.reference for p in outcome.prompts)
