import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.reading.conftest import write_lines
from tests.pipelines.reading.plain.both_ways import same_both_ways
from tests.pipelines.reading.plain.rows import ANY, TEXT, mostly
from winnow.pipelines.reading import read_prompts

MODEL = mostly(st.sampled_from(["m1", "m2", "gpt-10"]))
ANSWER = st.fixed_dictionaries(
    {"text": mostly(TEXT)},
    optional={
        "model": MODEL,
        "id": mostly(st.sampled_from(["r1", "r2"])),
        "sample_index": mostly(st.integers(0, 3)),
        "made": st.sampled_from([None, "edited"]),
        "parent": st.sampled_from([None, "r1"]),
        "note": ANY,
    },
)
ROW = st.fixed_dictionaries(
    {"prompt": mostly(TEXT | st.integers(0, 999).map(lambda n: f"question {n}"))},
    optional={
        "id": mostly(st.sampled_from(["p1", "p2", "p3"])),
        "responses": mostly(st.lists(mostly(TEXT | ANSWER), max_size=4)),
        "model": MODEL,
        "chosen": mostly(TEXT),
        "response_a": mostly(TEXT),
        "model_a": MODEL,
        "language": mostly(st.just("en")),
        "difficulty": mostly(st.floats(0, 1)),
        "other": ANY,
    },
)
SETTINGS = st.sampled_from(
    [
        {},
        {"keep": ["difficulty"], "max_characters": 40},
        {"columns": {"language": None}},
        {"sample": 3, "seed": 1},
    ]
)
GOLD = {"prompt": "p1", "a": "m1", "b": "m2", "verdict": "a"}


def read_both_ways(
    rows: list[Any], options: dict[str, Any], *, has_gold: bool = False
) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = write_lines(Path(folder) / "a.jsonl", tuple(map(json.dumps, rows)))
        read: dict[str, Any] = {"prompts": {"path": path, "max_malformed": 1, **options}}
        if has_gold:
            gold = write_lines(Path(folder) / "gold.jsonl", (GOLD, {**GOLD, "prompt": "p2"}))
            read["gold"] = {"path": gold, "max_malformed": 1}
        return same_both_ways(read)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30), SETTINGS, st.booleans())
def test_prompts_read_together_are_those_read_one_by_one(
    rows: list[Any], options: dict[str, Any], has_gold: bool
) -> None:
    read_both_ways(rows, options, has_gold=has_gold)


@pytest.mark.parametrize("responses", ["texts", "objects", "columns", "none"])
def test_rows_of_a_plain_form_are_read_together(
    responses: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[dict[str, Any]] = [{"id": f"p{i}", "prompt": f"what is {i}?"} for i in range(200)]
    for i, row in enumerate(rows):
        answers = [f"{i} is\n\na number", f"nobody knows {i}"]
        if responses == "texts":
            row["responses"] = answers
        if responses == "objects":
            row["responses"] = [{"id": f"r{k}", "text": a} for k, a in enumerate(answers)]
        if responses == "columns":
            row |= {"chosen": answers[0], "rejected": answers[1], "chosen_model": "m1"}
    n_alone = 0
    take_one = read_prompts._take

    def counted(*args: Any, **named: Any) -> None:
        nonlocal n_alone
        n_alone += 1
        take_one(*args, **named)

    monkeypatch.setattr(read_prompts, "_take", counted)
    found = read_both_ways(rows, {})
    assert found["responses"].num_rows == (0 if responses == "none" else 400)
    assert n_alone <= 200 + 10  # one reading takes all of them one by one


@pytest.mark.parametrize("index", [2**63 - 1, 2**63, 2**64, 10**30, -1])
def test_a_sample_index_that_no_column_holds_is_rejected(index: int) -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": f"what is {i}?", "responses": [{"text": "a number", "sample_index": i}]}
        for i in range(6)
    ]
    rows[4]["responses"][0]["sample_index"] = index
    found = read_both_ways(rows, {})
    wanted = [] if index == 2**63 - 1 else ["bad_response"]
    assert found["rejects"]["reason"].to_pylist() == wanted
    assert found["responses"].num_rows == 6 - len(wanted)


@pytest.mark.parametrize("model", ["m\0", "\ud800"], ids=["U+0000", "a lone surrogate"])
@pytest.mark.parametrize(
    "responses", [[], [{"text": "a number", "model": "m2"}]], ids=["no response", "one of m2"]
)
def test_an_author_of_the_row_that_is_no_text_rejects_it_though_no_response_is_theirs(
    model: str, responses: list[Any]
) -> None:
    rows = [{"prompt": f"what is {i}?", "model": "m1", "responses": responses} for i in range(6)]
    rows[4]["model"] = model
    found = read_both_ways(rows, {})
    assert found["rejects"]["record_id"].to_pylist() == ["a.jsonl:5"]
    assert found["prompts"].num_rows == 5
