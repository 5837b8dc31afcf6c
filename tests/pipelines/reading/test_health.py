from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.pipelines.reading.conftest import Read, write_lines
from winnow.pipelines.reading import Inputs
from winnow.schemas.errors import InvalidSettings, MalformedInput
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging

GOOD = [{"prompt": f"p{i}"} for i in range(8)]


def test_too_many_malformed_lines_stop_the_run_with_the_commonest_reasons(
    read: Read, tmp_path: Path
) -> None:
    bad = ("{", "[]", "[]", {"prompt": ""}, {"prompt": ""}, {"prompt": ""}, {"x": 1})
    path = write_lines(tmp_path / "a.jsonl", (*GOOD, *bad))
    with pytest.raises(MalformedInput) as caught:
        read(prompts={"path": path})
    assert str(caught.value) == (
        "a.jsonl: 7 of 15 lines are malformed, max_malformed allows 10%: "
        "3 empty_prompt, such as a.jsonl:12: every turn is empty or white space, wanted something to answer; "
        "2 not_an_object, such as a.jsonl:10: the line is a list, wanted an object; "
        "1 malformed_json, such as a.jsonl:9: expecting property name enclosed in double quotes "
        "at character 1; found '{'"
    )
    assert (caught.value.n_malformed, caught.value.n_lines) == (7, 15)


def test_nothing_is_staged_where_reading_stops(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", ("[]", "[]"))
    with pytest.raises(MalformedInput, match="2 of 2 lines are malformed"):
        read(prompts={"path": path})
    assert Staging(tmp_path / "staging").tables() == []


def test_a_few_malformed_lines_do_not_stop_the_run(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", (*GOOD, "[]"))
    assert len(read(prompts={"path": path, "max_malformed": 0.2}).prompts) == 8


def test_lines_that_are_all_malformed_stop_the_run_whatever_is_allowed(
    read: Read, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "a.jsonl", ("[]",))
    with pytest.raises(MalformedInput, match="1 of 1 line is malformed"):
        read(prompts={"path": path, "max_malformed": 1})


def test_a_source_of_which_no_prompt_is_left_stops_the_run(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", ({"prompt": "long"},))
    with pytest.raises(MalformedInput) as caught:
        read(prompts={"path": path, "max_characters": 3})
    assert str(caught.value) == (
        "no prompt is left to work on: prompt_too_long: a.jsonl:1: the prompt has 4 characters, "
        "max_characters is 3; shorten it or raise that"
    )


def test_duplicates_are_not_malformed(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple([GOOD[0]] * 20))
    outcome = read(prompts={"path": path, "max_malformed": 0})
    assert (len(outcome.prompts), outcome.reasons) == (1, ["duplicate_prompt"] * 19)


def test_a_missing_file_names_the_nearest_one(read: Read, tmp_path: Path) -> None:
    write_lines(tmp_path / "prompts.jsonl", tuple(GOOD))
    with pytest.raises(InvalidSettings) as caught:
        read(prompts={"path": tmp_path / "prompt.jsonl"})
    assert str(caught.value) == (
        f"no file {tmp_path}/prompt.jsonl; nearest in {tmp_path}: prompts.jsonl"
    )


def test_a_missing_folder_says_so(read: Read, tmp_path: Path) -> None:
    with pytest.raises(
        InvalidSettings, match=r"no file .*/x/a.jsonl; there is no folder .*/x either"
    ):
        read(prompts={"path": tmp_path / "x" / "a.jsonl"})


def test_every_file_is_looked_for_before_any_is_read(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", ("[]",))
    with pytest.raises(InvalidSettings, match=r"no file .*gold.jsonl"):
        read(prompts={"path": path}, gold={"path": tmp_path / "gold.jsonl"})


def test_a_folder_of_several_formats_asks_which(read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.jsonl", "b.csv"):
        (folder / name).touch()
    with pytest.raises(
        InvalidSettings, match="holds several formats: csv, jsonl; choose one with format:"
    ):
        read(prompts={"path": folder})
    with pytest.raises(InvalidSettings, match=r"holds no file named .parquet"):
        read(prompts={"path": folder, "format": "parquet"})


def test_files_of_one_name_are_told_apart_by_their_folders(read: Read, tmp_path: Path) -> None:
    for folder in ("p", "c"):
        (tmp_path / folder).mkdir()
    pair = {"prompt": "q", "response_a": "x", "response_b": "y"}
    prompts = write_lines(tmp_path / "p" / "a.jsonl", (GOOD[0], "[]"))
    pairs = write_lines(tmp_path / "c" / "a.jsonl", (pair, "[]"))
    sources = ({"path": path, "max_malformed": 1} for path in (prompts, pairs))
    outcome = read(**dict(zip(("prompts", "comparisons"), sources, strict=True)))
    assert [r.record_id for r in outcome.rejects] == [
        f"prompts:{prompts}:2", f"comparisons:{pairs}:2",
    ]  # fmt: skip


def test_staging_again_replaces_what_an_earlier_attempt_left(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", (*GOOD, "[]"))
    read(prompts={"path": path, "max_malformed": 1})
    outcome = read(prompts={"path": write_lines(tmp_path / "a.jsonl", (GOOD[0],))})
    assert (len(outcome.prompts), outcome.rejects, outcome.responses) == (1, [], [])
    assert Staging(tmp_path / "staging").n_rows(Prompt) == 1


SETTINGS = [
    ({}, "give 'prompts', 'comparisons' or both"),
    ({"prompts": {}}, "give either 'path' or 'dataset'"),
    ({"prompts": {"path": "a", "dataset": "b"}}, "give either 'path' or 'dataset'"),
    ({"prompts": {"path": "a", "revision": "x"}}, "'revision' is for a data set of the hub, but 'path' is given"),
    ({"prompts": {"path": "a", "columns": {"promt": "x"}}},
     "no column named 'promt' \\(did you mean 'prompt'\\?\\); known columns: chosen, "),
    ({"prompts": {"path": "a", "max_malformed": 2}}, "less than or equal to 1"),
    ({"prompts": {"path": "a", "sampel": 2}}, "Extra inputs are not permitted"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "message"), SETTINGS)
def test_wrong_settings_are_found_before_anything_is_read(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Inputs.model_validate(settings)


def pairs(tmp_path: Path, *changes: dict[str, object]) -> Path:
    lines = ({"prompt": f"p{i}", "response_a": "x", "response_b": "y", **c} for i, c in enumerate(changes))  # fmt: skip
    return write_lines(tmp_path / "pairs.jsonl", tuple(lines))


def test_too_many_malformed_votes_in_rows_stop_the_run(read: Read, tmp_path: Path) -> None:
    path = pairs(tmp_path, {"verdict": "a"}, *[{"verdict": "A>B"}] * 39)
    with pytest.raises(MalformedInput) as caught:
        read(comparisons={"path": path, "annotator": "anna"})
    assert str(caught.value) == (
        "pairs.jsonl: 39 of 40 judgments are malformed, max_malformed allows 10%: 39 bad_judgment, such as "
        "pairs.jsonl:2#verdict: 'verdict' is 'A>B', wanted one of a, b, tie, invalid; "
        "map other words in the settings, such as verdicts: {left: a}"
    )
    outcome = read(comparisons={"path": path, "annotator": "anna", "max_malformed": 1})
    assert len(outcome.judgments) == 1


def test_too_many_malformed_responses_in_rows_stop_the_run(read: Read, tmp_path: Path) -> None:
    lines = tuple({"prompt": f"p{i}", "responses": ["x", {"answer": "y"}]} for i in range(4))
    path = write_lines(tmp_path / "a.jsonl", lines)
    with pytest.raises(MalformedInput, match=r"a.jsonl: 4 of 8 responses are malformed, .*#responses\[1\]"):  # fmt: skip
        read(prompts={"path": path})


def test_comparisons_of_a_response_with_itself_stop_the_run_where_they_are_most(
    read: Read, tmp_path: Path
) -> None:
    same = {"response_b": "x"}
    with pytest.raises(MalformedInput) as caught:
        read(comparisons={"path": pairs(tmp_path, {}, same, same)})
    assert str(caught.value) == (
        "pairs.jsonl: 2 of 3 lines are of no use: 2 identical_responses, such as pairs.jsonl:2: both sides are the same "
        "response; nothing to compare; mend them, or raise max_malformed to go on without them"
    )
    assert len(read(comparisons={"path": pairs(tmp_path, {}, {}, same)}).comparisons) == 2


def test_gold_on_rejected_comparisons_stops_the_run_where_it_is_most(
    read: Read, tmp_path: Path
) -> None:
    changes = [{"item_id": i, "response_b": "x" if i else "y"} for i in range(3)]
    gold = write_lines(tmp_path / "gold.jsonl", tuple({"item_id": i, "verdict": "a"} for i in range(3)))  # fmt: skip
    source = {"path": pairs(tmp_path, *changes), "max_malformed": 1}
    with pytest.raises(MalformedInput, match=r"gold.jsonl: 2 of 3 lines are of no use: 2 rejected_item"):  # fmt: skip
        read(comparisons=source, gold={"path": gold})
