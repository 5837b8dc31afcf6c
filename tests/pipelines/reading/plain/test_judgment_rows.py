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
from winnow.pipelines.reading import read_comparisons

ITEMS = [f"i{n}" for n in range(6)]
COMPARISONS = [
    *({"item_id": item, "prompt": item, "response_a": f"{n}", "response_b": f"{n * 7} x"} for n, item in enumerate(ITEMS)),
    {"item_id": "lost", "prompt": "lost", "response_a": "same", "response_b": "same"},
    {"item_id": "group", "prompt": "group", "responses": ["one", "two", "three"]},
    {"item_id": "named", "prompt": "named", "responses": [{"id": "x", "text": "1"}, {"id": "y", "text": "2"}]},
]  # fmt: skip
ROW = st.fixed_dictionaries(
    {
        "item_id": mostly(st.sampled_from([*ITEMS, "lost", "group", "named", "unknown"])),
        "annotator": mostly(st.sampled_from(["ann", "bob"])),
        "verdict": mostly(st.sampled_from(["a", "b", "tie", "left"])),
    },
    optional={
        "order": mostly(st.sampled_from(["ab", "ba"])),
        "probability": mostly(st.floats(0, 1)),
        "strength": mostly(st.integers(-3, 3)),
        "rationale": mostly(TEXT),
        "created_at": mostly(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02"])),
        "id": mostly(st.sampled_from(["j1", "j2"])),
        "judgment_id": mostly(st.sampled_from(["k1", "k2"])),
        "annotator_groups": st.sampled_from([None, "nurses"]),
        "ranking": st.sampled_from([None, ["b", "a"]]),
        "other": ANY,
    },
)


def read_both_ways(rows: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = write_lines(Path(folder) / "a.jsonl", tuple(COMPARISONS))
        votes = write_lines(Path(folder) / "votes.jsonl", tuple(map(json.dumps, rows)))
        judgments = {"path": votes, "max_malformed": 1, **options}
        source = {"path": path, "max_malformed": 1, "judgments": judgments}
        return same_both_ways({"comparisons": source})


@settings(max_examples=25, deadline=None)
@given(
    st.lists(ROW, min_size=1, max_size=40),
    st.sampled_from([{}, {"annotator": "someone", "verdicts": {"left": "a"}, "kind": "llm"}]),
)
def test_judgments_read_together_are_those_read_one_by_one(
    rows: list[Any], options: dict[str, Any]
) -> None:
    read_both_ways(rows, options)


def test_rows_of_a_plain_form_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"item_id": item, "annotator": f"person {n}", "verdict": "a"}
        for n in range(40)
        for item in [*ITEMS, "named"]
    ]
    n_alone = 0
    take_one = read_comparisons._take_judgment

    def counted(*args: Any, **named: Any) -> None:
        nonlocal n_alone
        n_alone += 1
        take_one(*args, **named)

    monkeypatch.setattr(read_comparisons, "_take_judgment", counted)
    found = read_both_ways(rows, {})
    assert found["judgments"].num_rows == 280
    assert n_alone <= 280 + 10  # one reading takes all of them one by one
