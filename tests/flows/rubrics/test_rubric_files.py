"""Files of rubrics are read in every form and come out equal; what is wrong in one is said with its place."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from winnow.flows.rubrics.files import read_rubrics, write_rubrics
from winnow.schemas.errors import CurationError

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Why do tides come?"},
]
TIDES = {
    "name": "tides",
    "prompt": {"messages": TURNS, "reference": "The moon pulls.", "domain": "physics"},
    "source": "ann",
    "criteria": [
        "Names the moon.",
        {"text": "Explains the pull.", "kind": "principle", "title": "Pull", "weight": 2.0},
        {"text": "Speaks of magic.", "importance": "pitfall", "turn": 1, "source": "bob"},
        {"text": "Is clear.", "levels": [{"score": 1.0, "text": "No."}, {"score": 5.0, "text": "Yes."}]},
        {"text": "Says how strong the pull is.", "requires": ["Pull", "Names the moon."]},
    ],
}  # fmt: skip
UNITS = {"name": "units", "domain": "physics", "criteria": ["States the unit."]}
LEVELS = {
    "item_id": "tides_1", "capability": "physics", "task": "tides", "system_prompt": "Be brief.",
    "prompt": "Why do tides come?", "reference_answer": "The moon pulls.",
    "rubric": json.dumps({"criteria": "Is it right?", "score1_description": "Nö.", "score2_description": "Yes."}, ensure_ascii=False),
}  # fmt: skip
ROWS: dict[str, dict[str, Any]] = {
    "levels": LEVELS,
    "rubrichub": {"id": 7, "question": "Why?", "rubrics": [{"criterion": "Is short.", "points": -5.0}], "topic": "sky"},
    "oumi": {"prompt": "Why?", "rubrics": [{"name": "Short", "description": "Is short.", "weight": 2.0}], "system_prompt": "Be kind."},
    "verl": {
        "data_source": "physics", "prompt": TURNS, "ability": "science",
        "reward_model": {"style": "model", "ground_truth": "The moon."},
        "extra_info": {"index": 3, "split": "train", "rubric": [{"criterion": "Names the moon.", "weight": 1.0}]},
    },
}  # fmt: skip


def write(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["yaml", "json", "jsonl", "parquet"])
def test_all_that_the_own_form_says_comes_out_equal_from_each_kind_of_file(
    tmp_path: Path, ending: str
) -> None:
    found = read_rubrics(write(tmp_path / "in.json", {"rubrics": [TIDES, UNITS]}))
    assert not write_rubrics([one.written for one in found], tmp_path / f"out.{ending}")
    again = read_rubrics(tmp_path / f"out.{ending}")
    assert [(w.rubric, w.criteria) for _, w in again] == [(w.rubric, w.criteria) for _, w in found]
    if ending == "yaml":
        said = yaml.safe_load((tmp_path / "out.yaml").read_text(encoding="utf-8"))
        assert said == {"rubrics": [TIDES, UNITS]}


@pytest.mark.parametrize("form", sorted(ROWS))
def test_a_row_of_another_form_is_known_by_its_keys_and_comes_out_equal(
    tmp_path: Path, form: str
) -> None:
    found = read_rubrics(write(tmp_path / "in.jsonl", ROWS[form]))
    assert not write_rubrics([one.written for one in found], tmp_path / "out.jsonl", form)
    row = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert {key: row[key] for key in ROWS[form]} == ROWS[form] or form == "verl"
    assert read_rubrics(tmp_path / "out.jsonl")[0].written.criteria == found[0].written.criteria
    if form == "verl":
        assert (row["data_source"], row["ability"]) == ("physics", "science")
        assert (row["extra_info"]["index"], row["extra_info"]["split"]) == (3, "train")


def test_what_a_form_cannot_carry_is_left_out_with_the_reason(tmp_path: Path) -> None:
    found = read_rubrics(write(tmp_path / "in.json", {"rubrics": [TIDES, UNITS]}))
    level = read_rubrics(write(tmp_path / "in.jsonl", LEVELS))
    written = [one.written for one in (*found, *level)]
    left_out = write_rubrics(written, tmp_path / "out.parquet", "levels")
    assert left_out == [("tides", "it has 5 criteria"), ("units", "it is for no single prompt")]
    with pytest.raises(
        CurationError, match=r"form 'oumi' can carry none .*choose another with --form"
    ):
        write_rubrics([found[1].written], tmp_path / "out.jsonl", "oumi")


def test_the_same_words_about_two_turns_are_two_criteria_and_come_out_equal(tmp_path: Path) -> None:
    twins: list[Any] = [{"text": "Is brief.", "turn": turn} for turn in (1, 2)]
    (one,) = read_rubrics(write(tmp_path / "in.json", {"name": "turns", "criteria": twins}))
    assert not write_rubrics([one.written], tmp_path / "out.yaml")
    assert read_rubrics(tmp_path / "out.yaml")[0].written.criteria == one.written.criteria
    requires = (one.written.criteria[1].criterion_id,)
    first = one.written.criteria[0].model_copy(update={"requires": requires})
    asks = one.written._replace(criteria=(first, one.written.criteria[1]))
    with pytest.raises(CurationError, match=r"several criteria say 'Is brief\.'.* title"):
        write_rubrics([asks], tmp_path / "out.yaml")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({**UNITS, "criterai": []}, r"in\.json: unknown key 'criterai'; did you mean 'criteria'"),
    ({**UNITS, "criteria": []}, r"in\.json: criteria .*at least"),
    ({**UNITS, "criteria": ["a", " "]}, r"in\.json: criteria\[1\].*text.*empty"),
    ({**UNITS, "criteria": ["a", "b", "a"]}, r"criteria\[2\] says the same as criteria\[0\]; leave one out"),
    ({**UNITS, "criteria": [{"text": "a", "requires": ["b"]}]}, r"criteria\[0\]\.requires\[0\] is 'b', wanted title or text"),
    ({**UNITS, "criteria": [{"text": "a", "kind": "rule"}]}, r"criteria\[0\].kind is 'rule', wanted"),
    ({**UNITS, "prompt": "Why?"}, r"'domain' stands beside a prompt"),
    ({"rubrics": [UNITS, {**UNITS, "name": "other"}]}, r"rubrics\[1\]: it has the criteria of in\.json: rubrics\[0\]"),
    ({"rubrics": []}, r"in\.json holds no rubric"),
    ({"lines": 1}, r"in\.json: the keys 'lines' are of no form that is known; name one with --form"),
    ({**LEVELS, "rubric": '{"criteria": "x", "score2_description": "y"}'}, r"rubric: it describes the scores 2, wanted"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_what_is_wrong_in_a_file_is_said_with_its_place_and_the_way_out(
    tmp_path: Path, data: dict[str, Any], said: str
) -> None:
    with pytest.raises(CurationError, match=said):
        read_rubrics(write(tmp_path / "in.json", data))
