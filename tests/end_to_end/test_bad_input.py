"""What a person reads when a run cannot be: one line that says what to do, and no model was started."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Winnow

GOOD = json.dumps({"prompt": "Why is the sky blue?"})

SETTINGS = """
name: bad
prompts: {path: PROMPTS}
sample: [{model: MODEL, n: 1}]
label: [{verifier: form}]
"""


def write(folder: Path, lines: list[str], model: str = "tiny") -> Path:
    (folder / "prompts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    settings = SETTINGS.replace("PROMPTS", str(folder / "prompts.jsonl")).replace("MODEL", model)
    (folder / "run.yaml").write_text(settings, encoding="utf-8")
    return folder / "run.yaml"


def fails(winnow: Winnow, *arguments: object) -> str:
    done = winnow(*arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_run_of_mostly_malformed_lines_stops_before_it_costs_anything(
    winnow: Winnow, tmp_path: Path
) -> None:
    run = write(tmp_path, [GOOD, "{", "[]", '{"prompt": 3}'])
    said = fails(winnow, "run", run, "--warehouse", tmp_path / "w")
    assert "3 of 4" in said and "max_malformed" in said
    assert "prompts.jsonl:2" in said
    assert list((tmp_path / "w" / "completions").glob("*.parquet")) == []


@pytest.mark.parametrize(
    ("lines", "model", "wanted"),
    [
        ([], "tiny", "prompts.jsonl"),
        ([GOOD], "smollm", "sample[0].model: no model named 'smollm' (did you mean 'smollm2'?)"),
    ],
    ids=["empty input", "unknown model"],
)
def test_validate_finds_what_would_stop_the_run(
    winnow: Winnow, tmp_path: Path, lines: list[str], model: str, wanted: str
) -> None:
    run = write(tmp_path, lines, model)
    assert wanted in fails(winnow, "validate", run, "--warehouse", tmp_path / "w")


def test_a_missing_input_names_the_nearest_file(winnow: Winnow, tmp_path: Path) -> None:
    run = write(tmp_path, [GOOD])
    (tmp_path / "prompts.jsonl").rename(tmp_path / "prompts2.jsonl")
    said = fails(winnow, "validate", run, "--warehouse", tmp_path / "w")
    assert "prompts.jsonl" in said and "prompts2.jsonl" in said


def test_a_query_of_no_warehouse_says_how_to_make_one(winnow: Winnow, tmp_path: Path) -> None:
    assert "make one with `winnow run`" in fails(
        winnow, "query", "select 1", "--warehouse", tmp_path
    )
