import tempfile
from pathlib import Path

import pytest

from tests.pipelines.reading.conftest import Read, write_lines

ROWS = [{"prompt": f"p{i}", "responses": [f"r{i}"]} for i in range(20)]


def sample(read: Read, path: Path, rows: list[dict[str, object]], **settings: int) -> set[str]:
    outcome = read(prompts={"path": write_lines(path, tuple(rows)), **settings})
    kept = {p.prompt_id for p in outcome.prompts}
    assert {r.prompt_id for r in outcome.responses} == kept
    return {str(p.messages[0].content) for p in outcome.prompts}


def test_a_sample_takes_prompts_with_their_responses_and_rejects_the_rest(
    read: Read, tmp_path: Path
) -> None:
    outcome = read(prompts={"path": write_lines(tmp_path / "a.jsonl", tuple(ROWS)), "sample": 5})
    assert (len(outcome.prompts), len(outcome.responses)) == (5, 5)
    assert outcome.reasons == ["not_sampled"] * 30
    assert outcome.rejects[0].detail.endswith("the settings ask for 5 of 20 prompts")


def test_a_sample_does_not_depend_on_the_order_of_the_lines(read: Read, tmp_path: Path) -> None:
    one = sample(read, tmp_path / "a.jsonl", ROWS, sample=5)
    assert sample(read, tmp_path / "a.jsonl", ROWS[::-1], sample=5) == one


def test_a_larger_sample_holds_the_smaller_one(read: Read, tmp_path: Path) -> None:
    small = sample(read, tmp_path / "a.jsonl", ROWS, sample=5)
    assert small < sample(read, tmp_path / "a.jsonl", ROWS, sample=9)


def test_another_seed_takes_another_sample(read: Read, tmp_path: Path) -> None:
    one = sample(read, tmp_path / "a.jsonl", ROWS, sample=5)
    assert sample(read, tmp_path / "a.jsonl", ROWS, sample=5, seed=1) != one


def test_a_sample_larger_than_the_source_takes_all(read: Read, tmp_path: Path) -> None:
    assert len(sample(read, tmp_path / "a.jsonl", ROWS, sample=99)) == 20


def test_a_sample_is_taken_in_staging_and_leaves_nothing_there(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert len(sample(read, tmp_path / "a.jsonl", ROWS, sample=5)) == 5
    files = (tmp_path / "staging").rglob("*.parquet")
    assert {file.name for file in files} == {"read.parquet", "all.parquet"}
    assert not list((tmp_path / "staging" / ".scratch").iterdir())
