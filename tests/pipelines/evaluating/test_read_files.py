import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.read_files import read_files
from winnow.schemas.errors import InvalidSettings, MalformedInput

PAIRS = [
    {"item_id": "x", "prompt": "Sky?", "response_a": "Blue.", "response_b": "Green, I think.", "subset": "s",
     "language": "en"},
    {"item_id": "y", "prompt": "Sky?", "response_a": "Red.", "response_b": "Blue.", "subset": "t"},
]  # fmt: skip
GOLD = [{"item_id": "x", "verdict": "a"}, {"item_id": "y", "verdict": "b"}]
JUDGMENTS = [
    {
        "item_id": "x",
        "annotator": "j",
        "order": "ab",
        "verdict": "a",
        "cost": 0.5,
        "probability": None,
    },
    {"item_id": "y", "annotator": "j", "order": "ba", "verdict": "tie", "probability": 0.5},
]
RANKED = [
    {"prompt": f"What is {k}?", "chosen": f"It is {k}.", "rejected": f"No idea about {k}.", "subset": "s", "id": k}
    for k in range(40)
]  # fmt: skip


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows in the format that the name says."""
    match path.suffix:
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        case ".csv":
            pyarrow.csv.write_csv(pa.Table.from_pylist(rows), path)
        case ".json":
            path.write_text(json.dumps(rows))
        case _:
            path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def read(data: Path, judgments: Path | None = None, gold: Path | None = None) -> Labelled:
    return read_files(data, judgments, gold, keep_views=False)


def read_views(data: Path) -> Labelled:
    return read_files(data, None, None, keep_views=True)


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "json", "csv"])
def test_the_long_form_is_read_from_a_folder_of_any_format(tmp_path: Path, ending: str) -> None:
    for name, rows in (("pairs", PAIRS), ("gold", GOLD), ("judgments", JUDGMENTS)):
        write(tmp_path / f"{name}.{ending}", rows)
    found = read(tmp_path)
    assert (found.layout, found.rejects) == ("long", [])
    assert found.n_in == {"comparisons": 2, "gold": 2, "judgments": 2}
    x, y = found.items.to_pylist()
    assert (x["subset"], x["language"], x["n_chars_a"], x["n_chars_b"]) == ("s", "en", 5, 15)
    assert x["prompt"] == y["prompt"]
    assert found.gold.to_pylist() == GOLD
    first, second = found.judgments.to_pylist()
    assert (first["verdict"], first["order"], first["cost"]) == ("a", "ab", 0.5)
    assert (second["verdict"], second["probability"], second["kind"]) == ("tie", 0.5, None)


def test_judgments_and_gold_alone_are_enough(tmp_path: Path) -> None:
    judgments = write(tmp_path / "said.jsonl", JUDGMENTS)
    found = read(judgments, gold=write(tmp_path / "known.csv", GOLD))
    assert found.items["item_id"].to_pylist() == ["x", "y"]
    assert found.judgments.num_rows == 2


def test_pairs_may_hold_their_gold_verdict(tmp_path: Path) -> None:
    rows = [{**pair, "verdict": said["verdict"]} for pair, said in zip(PAIRS, GOLD, strict=True)]
    found = read_views(write(tmp_path / "labelled.jsonl", rows))
    assert found.gold.to_pylist() == GOLD
    assert [view.a.text for view in found.views] == ["Blue.", "Red."]


def test_the_chosen_response_is_a_as_often_as_b_and_always_on_the_same_side(tmp_path: Path) -> None:
    one = read_views(write(tmp_path / "one.jsonl", RANKED))
    other = read_views(write(tmp_path / "other.parquet", RANKED[::-1]))
    sides = dict(zip(*(c.to_pylist() for c in one.gold.columns), strict=True))
    assert (one.layout, len(sides)) == ("rewardbench", 40)
    assert 10 <= sum(side == "a" for side in sides.values()) <= 30
    assert sides == dict(zip(*(c.to_pylist() for c in other.gold.columns), strict=True))
    for view in one.views:
        better = view.a if sides[view.comparison_id] == "a" else view.b
        assert better.text.startswith("It is")


def test_the_same_id_in_two_subsets_is_two_comparisons(tmp_path: Path) -> None:
    rows = [{**RANKED[0], "subset": subset} for subset in ("s", "t")]
    found = read(write(tmp_path / "bench.jsonl", rows))
    assert found.items["item_id"].to_pylist() == ["0", "0#2"]
    assert found.items["subset"].to_pylist() == ["s", "t"]


def test_rewardbench_2_sets_each_correct_response_against_each_incorrect_one(
    tmp_path: Path,
) -> None:
    row = {
        "id": "tied:3", "prompt": "A colour?", "chosen": ["red", "blue"], "rejected": ["cat", "dog", "tree"],
        "num_correct": 2, "total_completions": 5, "subset": "Ties",
    }  # fmt: skip
    found = read_views(write(tmp_path / "bench.parquet", [row]))
    assert (found.layout, found.items.num_rows) == ("rewardbench2", 6)
    items = found.items.to_pylist()
    assert {(i["case"], i["correct"], i["incorrect"]) for i in items} == {
        ("tied:3", i, j) for i in range(2) for j in range(3)
    }
    sides = dict(zip(*(c.to_pylist() for c in found.gold.columns), strict=True))
    for view in found.views:
        better = view.a if sides[view.comparison_id] == "a" else view.b
        assert better.text in ("red", "blue")


def test_lists_of_responses_are_rewardbench_2_also_without_their_count(tmp_path: Path) -> None:
    row = {"id": 1, "prompt": "2 + 2?", "chosen": ["4"], "rejected": ["3", "5"], "subset": "Math"}
    assert read(write(tmp_path / "bench.jsonl", [row])).layout == "rewardbench2"


def test_votes_count_as_often_as_they_were_cast_but_an_event_once(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.csv", GOLD)
    said = [{"item_id": "x", "annotator": "j", "verdict": "a"}] * 3
    at = [{**said[0], "created_at": f"2026-01-0{day}"} for day in (1, 1, 2)]
    found = read(write(tmp_path / "said.jsonl", [*said, *at]), gold=gold)
    assert found.judgments.num_rows == 5
    assert [(r.record_id, r.reason) for r in found.rejects] == [
        ("said.jsonl:5", "duplicate_judgment")
    ]


def test_files_are_read_in_the_encoding_that_is_said(tmp_path: Path) -> None:
    write(tmp_path / "gold.parquet", GOLD)
    text = "item_id;annotator;verdict\nx;René;a\n"
    (tmp_path / "judgments.csv").write_bytes(text.encode("cp1252"))
    found = read_files(tmp_path, None, None, keep_views=False, encoding="cp1252")
    assert found.judgments["annotator"].to_pylist() == ["René"]


def test_a_list_of_texts_alone_does_not_make_a_benchmark(tmp_path: Path) -> None:
    turns = {"prompt": "Hi", "chosen": ["Hi", "Hello.", "Sky?", "Blue."], "rejected": ["Hi", "Yo."]}
    with pytest.raises(
        MalformedInput, match=r"'chosen' is a list of texts, .*subset is missing; for"
    ):
        read(write(tmp_path / "bench.jsonl", [turns]))


def test_lines_that_cannot_be_used_are_rejected_each_with_one_reason(tmp_path: Path) -> None:
    pairs = [*PAIRS * 10, {"item_id": "z", "prompt": "Sea?", "response_a": "Salt."}]
    for k, pair in enumerate(pairs[:20]):
        pairs[k] = {**pair, "item_id": f"{pair['item_id']}{k}"}
    ids = [pair["item_id"] for pair in pairs[:20]]
    gold = [{"item_id": i, "verdict": "a"} for i in ids] + [{"item_id": ids[0], "verdict": "b"}]
    said = [{"item_id": i, "annotator": "j", "verdict": "a"} for i in ids]
    said[1]["verdict"] = "the first"
    folder = tmp_path / "set"
    folder.mkdir()
    for name, rows in (("pairs", pairs), ("gold", gold), ("judgments", said)):
        write(folder / f"{name}.jsonl", rows)
    found = read(folder)
    assert [(r.record_id, r.reason) for r in found.rejects] == [
        ("pairs.jsonl:21", "bad_response"), ("gold.jsonl:21", "conflicting_gold"),
        ("judgments.jsonl:2", "bad_judgment"),
    ]  # fmt: skip
    assert (found.items.num_rows, found.gold.num_rows, found.judgments.num_rows) == (20, 20, 19)
    assert found.n_in == {"comparisons": 21, "gold": 21, "judgments": 20}


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("order", "first", "'order' is 'first', wanted ab, ba or nothing"),
        ("probability", 1.5, "'probability' is 1.5, wanted a number from 0 to 1"),
        ("strength", "much", "'strength' is 'much', wanted a number"),
        ("annotator", None, "'annotator' is missing"),
        ("item_id", "nobody", "no comparison has the item_id 'nobody'"),
    ],
)
def test_a_judgment_that_cannot_be_used_says_why(
    tmp_path: Path, field: str, value: Any, text: str
) -> None:
    for name, rows in (("pairs", PAIRS), ("gold", GOLD)):
        write(tmp_path / f"{name}.jsonl", rows)
    write(tmp_path / "judgments.jsonl", [*JUDGMENTS * 10, {**JUDGMENTS[0], field: value}])
    (reject,) = read(tmp_path).rejects
    assert text in reject.detail


def test_identical_sides_of_a_benchmark_are_rejected(tmp_path: Path) -> None:
    rows = [*RANKED, {"prompt": "Same?", "chosen": "Yes.", "rejected": "Yes.", "id": 99}]
    (reject,) = read(write(tmp_path / "bench.jsonl", rows)).rejects
    assert reject.reason == "identical_responses"


def test_unknown_columns_are_told_with_those_that_are_wanted(tmp_path: Path) -> None:
    odd = write(tmp_path / "odd.parquet", [{"question": "Sky?", "answer_1": "Blue."}])
    with pytest.raises(MalformedInput) as caught:
        read(odd)
    assert "odd.parquet has the columns answer_1, question, which is no layout" in str(caught.value)
    assert "rewardbench: prompt, chosen, rejected" in str(caught.value)


def test_without_gold_there_is_nothing_to_score_by(tmp_path: Path) -> None:
    write(tmp_path / "pairs.jsonl", PAIRS)
    with pytest.raises(InvalidSettings, match="nothing says which response is better"):
        read(tmp_path)


def test_a_benchmark_takes_no_recorded_judgments(tmp_path: Path) -> None:
    bench = write(tmp_path / "bench.jsonl", RANKED)
    with pytest.raises(InvalidSettings, match="belong to the long form"):
        read(bench, judgments=write(tmp_path / "said.jsonl", JUDGMENTS))


def test_a_folder_with_something_else_says_what_is_wanted(tmp_path: Path) -> None:
    write(tmp_path / "prompts.jsonl", PAIRS)
    with pytest.raises(InvalidSettings, match=r"holds prompts.jsonl; wanted pairs.parquet, gold"):
        read(tmp_path)


def test_judges_cannot_look_at_judgments_alone(tmp_path: Path) -> None:
    said = write(tmp_path / "said.jsonl", JUDGMENTS)
    with pytest.raises(InvalidSettings, match="holds no texts for judges to look at"):
        read_files(said, None, write(tmp_path / "known.jsonl", GOLD), keep_views=True)


def test_comparisons_of_the_same_texts_under_two_conditions_are_told(tmp_path: Path) -> None:
    texts = ("A short one.", "A longer one.")
    rows = [
        {
            "prompt": [
                {"role": "system", "content": f"The {condition} answer is better."},
                {"role": "user", "content": last},
            ],
            "chosen": texts[better],
            "rejected": texts[1 - better],
        }
        for condition, better, last in (
            ("short", 0, "Why?"),
            ("long", 1, "Why?"),
            ("long", 1, "How?"),
        )
    ]
    found = read(write(tmp_path / "conditions.jsonl", rows))
    assert found.rejects == []
    first, second, other = found.items.to_pylist()
    assert first["texts"] == second["texts"] != other["texts"]
    verdicts = [row["verdict"] for row in found.gold.to_pylist()]
    better = [
        (verdict == "a") == (not row["is_turned"])
        for row, verdict in zip(found.items.to_pylist(), verdicts, strict=True)
    ]
    assert better[0] != better[1]
