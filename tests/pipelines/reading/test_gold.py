from pathlib import Path

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, write_lines
from winnow.pipelines.reading import GoldSource
from winnow.pipelines.reading.read_gold import names_responses

PROMPTS = (
    {
        "id": "p1",
        "prompt": "p",
        "responses": [{"text": "x", "model": "mx"}, {"text": "y", "id": "ry"}],
    },
    {
        "id": "p2",
        "prompt": "q",
        "responses": [{"text": "x", "model": "m"}, {"text": "y", "model": "m"}],
    },
    {"id": "p3", "prompt": "r"},
    {"id": "p3", "prompt": "s"},
)
GOLD = {"prompt": "p1", "a": "mx", "b": "ry", "verdict": "a", "basis": "hand"}


def with_gold(read: Read, tmp_path: Path, *lines: object) -> Outcome:
    prompts = write_lines(tmp_path / "prompts.jsonl", PROMPTS)
    gold = write_lines(tmp_path / "gold.jsonl", lines)
    return read(prompts={"path": prompts}, gold={"path": gold, "max_malformed": 1})


@pytest.mark.parametrize(("a", "b", "verdict"), [("mx", "ry", "a"), ("ry", "mx", "b")])
def test_gold_names_the_response_whichever_side_it_is_written_on(
    read: Read, tmp_path: Path, a: str, b: str, verdict: str
) -> None:
    outcome = with_gold(read, tmp_path, {**GOLD, "a": a, "b": b, "verdict": verdict})
    (gold,), (comparison,) = outcome.gold, outcome.comparisons
    better = comparison.response_ids[0 if gold.verdict == "a" else 1]
    assert [r.text for r in outcome.responses if r.response_id == better] == ["x"]
    assert (gold.basis, comparison.strategy) == ("hand", "gold")


def test_gold_of_an_imported_item_follows_it(read: Read, tmp_path: Path) -> None:
    line = {"item_id": "1", "prompt": "p", "response_a": "x", "response_b": "y"}
    pairs = write_lines(tmp_path / "pairs.jsonl", (line,))
    gold = write_lines(tmp_path / "gold.jsonl", ({"item_id": "1", "verdict": "b"},))
    outcome = read(comparisons={"path": pairs}, gold={"path": gold, "basis": "authors"})
    (found,), (comparison,) = outcome.gold, outcome.comparisons
    better = comparison.response_ids[0 if found.verdict == "a" else 1]
    assert [r.text for r in outcome.responses if r.response_id == better] == ["y"]
    assert (found.basis, comparison.strategy) == ("authors", "imported")


BAD = [
    ({"prompt": "p9"}, "unknown_prompt", "no prompt has the id 'p9'"),
    ({"prompt": "p3"}, "unknown_prompt", "more than one prompt has the id 'p3'"),
    ({"a": "m9"}, "unknown_response", "prompt 'p1' has no response named 'm9'; it has: mx, ry, unknown"),
    ({"prompt": "p2", "a": "m"}, "unknown_response",
     "prompt 'p2' has more than one response named 'm'; it has: m"),
    ({"a": "ry"}, "identical_responses", "both sides are the same response; nothing to compare"),
    ({"verdict": "invalid"}, "bad_gold", "'verdict' is 'invalid', wanted a, b or tie"),
    ({"b": None}, "bad_gold",
     "wanted 'item_id', or 'prompt', 'a' and 'b'; found columns: prompt, a, verdict, basis"),
    ({}, "duplicate_gold", "says the same as gold.jsonl:1"),
    ({"verdict": "b"}, "conflicting_gold", "says the opposite of gold.jsonl:1; remove one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason", "detail"), BAD, ids=lambda v: str(v)[:30])
def test_gold_that_cannot_be_used_is_rejected_with_what_there_is(
    read: Read, tmp_path: Path, change: dict[str, object], reason: str, detail: str
) -> None:
    outcome = with_gold(read, tmp_path, GOLD, {**GOLD, **change})
    (reject,) = outcome.rejects
    assert (reject.reason, reject.detail) == (reason, f"gold.jsonl:2: {detail}")
    assert len(outcome.gold) == 1


def test_gold_on_a_prompt_outside_the_sample_is_not_used(read: Read, tmp_path: Path) -> None:
    prompts = write_lines(tmp_path / "prompts.jsonl", PROMPTS[:2])
    gold = write_lines(tmp_path / "gold.jsonl", (GOLD, {**GOLD, "prompt": "p2", "a": "m"}))
    source = {"path": prompts, "sample": 1}
    outcome = read(prompts=source, gold={"path": gold, "max_malformed": 1})
    assert outcome.reasons.count("not_sampled") >= 1
    assert {c.prompt_id for c in outcome.comparisons} <= {p.prompt_id for p in outcome.prompts}


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([{"item_id": "i1", "verdict": "a"}, {"item_id": 2, "verdict": "b"}], False),
        ([{"item_id": "i1", "verdict": "a"}, {"prompt": "p", "a": "x", "b": "y"}], True),
        ([{"item_id": "", "verdict": "a"}], True),
        (["no JSON"], True),
    ],
)
def test_names_of_responses_are_kept_only_where_gold_may_name_them(
    rows: list[object], names: bool, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "gold.jsonl", tuple(rows))
    assert names_responses(GoldSource(path=path)) is names
