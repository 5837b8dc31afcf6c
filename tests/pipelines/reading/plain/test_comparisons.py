import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.reading.conftest import write_lines
from tests.pipelines.reading.plain.both_ways import same_both_ways
from tests.pipelines.reading.plain.rows import ANY, ODD, OTHER, PLAIN, TEXT, mostly
from winnow.pipelines.reading import read_comparisons

JUDGMENT = st.fixed_dictionaries(
    {
        "annotator": mostly(st.sampled_from(["ann", "bob", "judge-10"])),
        "verdict": mostly(st.sampled_from(["a", "b", "tie", "invalid", "left", 1, "1"])),
    },
    optional={
        "kind": mostly(st.sampled_from(["human", "llm", None])),
        "order": mostly(st.sampled_from(["ab", "ba", None])),
        "strength": mostly(st.integers(-3, 3)),
        "probability": mostly(st.floats(0, 1)),
        "rationale": mostly(TEXT),
        "created_at": mostly(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02"])),
        "seconds": mostly(st.floats(0, 9)),
        "cost": mostly(st.floats(0, 9)),
        "id": mostly(st.sampled_from(["j1", "j2"])),
        "ratings": st.sampled_from([None, {"a": 3, "b": 4}]),
        "note": ANY,
    },
)
ROW = st.fixed_dictionaries(
    {
        "prompt": mostly(TEXT),
        "response_a": mostly(TEXT),
        "response_b": mostly(TEXT),
        "judgments": mostly(st.lists(mostly(JUDGMENT), max_size=3)),
    },
    optional={
        "item_id": mostly(st.sampled_from(["i1", "i2", "i3", 4])),
        "id": mostly(st.sampled_from(["p1", "p2"])),
        "model_a": mostly(st.sampled_from(["m1", "m2"])),
        "model_b": mostly(st.sampled_from(["m1", "m2"])),
        "domain": mostly(st.just("code")),
        "reference": mostly(TEXT),
        "system": st.sampled_from([None, "", "be kind"]),
        "difficulty": mostly(st.floats(0, 1)),
        "other": ANY,
    },
)
SINGLE = st.fixed_dictionaries(
    {"prompt": mostly(TEXT), "chosen": mostly(TEXT), "rejected": mostly(TEXT)},
    optional={
        "verdict": mostly(st.sampled_from(["a", "tie"])),
        "annotator": mostly(st.sampled_from(["ann", "bob"])),
        "strength": mostly(st.integers(-3, 3)),
        "judgment_id": mostly(st.sampled_from(["j1", "j2"])),
        "rationale": mostly(TEXT),
        "rating_a": st.sampled_from([None, 3]),
        "judgments": st.sampled_from([None, []]),
    },
)
SETTINGS = st.sampled_from(
    [
        {},
        {"annotator": " someone ", "verdicts": {"left": "a", "1": "b"}},
        {"keep": ["difficulty"], "max_characters": 40, "kind": "llm"},
        {"columns": {"domain": None, "prompt": "prompt"}},
    ]
)


def read_both_ways(rows: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = write_lines(Path(folder) / "a.jsonl", tuple(map(json.dumps, rows)))
        return same_both_ways({"comparisons": {"path": path, "max_malformed": 1, **options}})


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30), SETTINGS)
def test_comparisons_read_together_are_those_read_one_by_one(
    rows: list[Any], options: dict[str, Any]
) -> None:
    read_both_ways(rows, options)


@settings(max_examples=25, deadline=None)
@given(st.lists(SINGLE, min_size=1, max_size=30), SETTINGS)
def test_rows_that_judge_themselves_are_read_together_as_one_by_one(
    rows: list[Any], options: dict[str, Any]
) -> None:
    read_both_ways(rows, options)


def plain_row(i: int) -> dict[str, Any]:
    said = [{"annotator": name, "verdict": "a", "order": "ab"} for name in ("ann", "judge-10")]
    return {
        "item_id": f"item {i}",
        "prompt": f"what is {i}?",
        "response_a": f"{i} is\n\na number",
        "response_b": f"{i} is “odd”",
        "model_a": "m1",
        "judgments": said[: 1 + i % 2],
        "note": i,
    }


def test_each_odd_value_in_each_column_reads_as_it_does_alone() -> None:
    whole = {**plain_row(0), "id": "p", "domain": "code", "reference": "r", "model_b": "m2"}
    said = {"annotator": "ann", "verdict": "b", "kind": "llm", "order": "ba", "strength": 1, "probability": 0.7, "rationale": "so", "created_at": "2026-01-01", "seconds": 1.5, "cost": 0.1, "id": "j"}  # fmt: skip
    rows: list[dict[str, Any]] = []
    for value in [*ODD, *OTHER]:
        for name in (*whole, "system", *said):
            i = len(rows)
            row = {**whole, **plain_row(i), "id": f"p{i}", "judgments": [{**said, "id": f"j{i}"}]}
            if name in said and name != "id":
                row["judgments"] = [{**said, name: value}]
            else:
                row[name] = value
            rows += [row, {**whole, **plain_row(i + 1), "id": f"p{i + 1}", "judgments": [said]}]
    found = read_both_ways(rows, {})
    assert found["comparisons"].num_rows > len(rows) / 2


@pytest.mark.parametrize("kind", ["listed", "in a row", "chosen"])
def test_rows_of_a_plain_form_are_read_together(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [plain_row(i) for i in range(200)]
    if kind != "listed":
        for row in rows:
            row.update({"annotator": "ann", "verdict": "b", "judgments": None})
    if kind == "chosen":
        for row in rows:
            row["chosen"], row["rejected"] = row.pop("response_a"), row.pop("response_b")
            del row["verdict"], row["model_a"]
    n_alone = 0
    take_one = read_comparisons._take_comparison

    def counted(*args: Any, **named: Any) -> None:
        nonlocal n_alone
        n_alone += 1
        take_one(*args, **named)

    monkeypatch.setattr(read_comparisons, "_take_comparison", counted)
    found = read_both_ways(rows, {})
    assert found["comparisons"].num_rows == 200
    assert n_alone <= 200 + 10  # one reading takes all of them one by one


TURN = st.fixed_dictionaries(
    {"role": mostly(st.sampled_from(["user", "assistant"])), "content": mostly(TEXT)},
    optional={"name": st.sampled_from([None, "bob"])},
)
CHAT = st.one_of(
    st.tuples(st.sampled_from(PLAIN), TEXT).map(
        lambda said: [
            {"role": "user", "content": said[0]},
            {"role": "assistant", "content": said[1]},
        ]
    ),
    st.tuples(st.sampled_from(PLAIN), TEXT).map(
        lambda said: [{"from": "human", "value": said[0]}, {"from": "gpt", "value": said[1]}]
    ),
    st.lists(TURN, max_size=3),
    TEXT,
)
CHATS = st.fixed_dictionaries(
    {"chosen": CHAT, "rejected": CHAT},
    optional={
        "prompt": mostly(st.sampled_from(PLAIN)),
        "judgments": st.lists(mostly(JUDGMENT), max_size=2),
        "chosen_model": st.sampled_from([None, "m1"]),
    },
)


@settings(max_examples=25, deadline=None)
@given(st.lists(CHATS, min_size=1, max_size=30), SETTINGS)
def test_chats_read_together_are_those_read_one_by_one(
    rows: list[Any], options: dict[str, Any]
) -> None:
    read_both_ways(rows, options)


def chat_row(i: int, keys: tuple[str, str] = ("role", "content")) -> dict[str, Any]:
    def turns(answer: str) -> list[dict[str, str]]:
        names = ("user", "assistant") if keys[0] == "role" else ("human", "gpt")
        said = zip(names, (f"what is {i}?", answer), strict=True)
        return [dict(zip(keys, turn, strict=True)) for turn in said]

    return {"chosen": turns(f"{i} is “odd”"), "rejected": turns(f"{i} is\n\na number")}


@pytest.mark.parametrize("has_prompt", [False, True])
def test_conversations_of_one_answer_are_read_together(
    has_prompt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [chat_row(i, ("from", "value") if i % 3 else ("role", "content")) for i in range(100)]
    rows[60]["chosen"] = rows[60]["chosen"][:1]
    rows[61]["rejected"][0]["content" if 61 % 3 == 0 else "value"] = "what else?"
    rows[62]["chosen"].append({"role": "user", "content": "and?"})
    for i, row in enumerate(rows if has_prompt else ()):
        row["prompt"] = f"what is {i}?"
    n_alone, take_one = 0, read_comparisons._take_comparison

    def counted(*args: Any, **named: Any) -> None:
        nonlocal n_alone
        n_alone += 1
        take_one(*args, **named)

    monkeypatch.setattr(read_comparisons, "_take_comparison", counted)
    found = read_both_ways(rows, {})
    assert found["comparisons"].num_rows == 97
    assert n_alone <= 100 + 15  # one reading takes all of them one by one
