from pathlib import Path

import pytest

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.outputs import ending_of, refuse_inputs, refuse_within


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "votes.csv"
    path.parent.mkdir()
    path.write_text("item_id\n")
    (tmp_path / "link.csv").symlink_to(path)
    (tmp_path / "hard.csv").hardlink_to(path)
    return path


@pytest.mark.parametrize(
    ("out", "how"),
    [
        ("data/votes.csv", "is"),
        ("data/../data/./votes.csv", "is"),
        ("link.csv", "is"),
        ("hard.csv", "is"),
        ("data", "holds"),
        (".", "holds"),
    ],
)
def test_an_output_that_is_or_holds_an_input_is_refused(
    tmp_path: Path, votes: Path, out: str, how: str
) -> None:
    with pytest.raises(InvalidSettings, match=rf"--out .* {how} judgments .*votes\.csv, which is"):
        refuse_inputs({"--out": tmp_path / out}, {"gold": None, "judgments": votes})


def test_a_relative_name_is_seen_through(
    tmp_path: Path, votes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "data")
    with pytest.raises(InvalidSettings, match=r"--out votes\.csv is judgments"):
        refuse_inputs({"--out": Path("votes.csv")}, {"judgments": votes})


def test_a_file_may_not_be_written_into_a_folder_that_is_read(tmp_path: Path, votes: Path) -> None:
    with pytest.raises(InvalidSettings, match="would stand in comparisons"):
        refuse_inputs({"sheet": tmp_path / "data" / "new.csv"}, {"comparisons": votes.parent})


def test_outputs_beside_inputs_pass(tmp_path: Path, votes: Path) -> None:
    outs = {"a": votes.with_name("labels.csv"), "b": tmp_path / "new" / "votes.csv"}
    refuse_inputs(outs, {"judgments": votes, "gold": tmp_path / "none.csv"})
    refuse_inputs({"export": votes.parent / "exports"}, {"comparisons": votes.parent})


def test_nothing_that_a_warehouse_holds_is_replaced_but_its_reports(
    tmp_path: Path, votes: Path
) -> None:
    (votes.parent / "reports").mkdir()
    (votes.parent / "reports" / "a.html").touch()
    for out in (votes, votes.parent, tmp_path, tmp_path / "link.csv"):
        with pytest.raises(InvalidSettings, match=r"would replace what the warehouse .*data holds"):
            refuse_within({"--out": out}, votes.parent, but=("reports",))
    for out in (votes.parent / "reports" / "a.html", votes.parent / "new.csv", tmp_path / "x"):
        refuse_within({"--out": out}, votes.parent, but=("reports",))


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("hf://datasets/me/x", "--out is hf://datasets/me/x, but it has to be a place on this machine; give a folder, and push it with `hf upload ME/NAME FOLDER --repo-type dataset`"),
        ("s3://bucket/x", "--out is s3://bucket/x, but it has to be a place on this machine; give a folder, and copy it with `aws s3 cp --recursive FOLDER s3://bucket/x`"),
        ("gs://bucket/x", "--out is gs://bucket/x, but it has to be a place on this machine; give a folder, and copy it with `gcloud storage cp --recursive FOLDER gs://bucket/x`"),
        ("abfs://c@a/x", "--out is abfs://c@a/x, but it has to be a place on this machine; give a folder, and copy it there"),
        ("file:///tmp/x", "--out is file://tmp/x, but it has to be a place on this machine; give the path alone: /tmp/x"),
    ],
)  # fmt: skip
def test_an_address_is_no_place_to_write_to(out: str, said: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        refuse_inputs({"--out": Path(out)}, {})
    assert str(refused.value) == said


@pytest.mark.parametrize("out", ["hf", "hf:x", "./s3:/x", "a/hf:/b", "C:/x"])
def test_a_folder_whose_name_looks_like_an_address_is_one(out: str) -> None:
    refuse_inputs({"--out": Path("here") / out}, {})
    if not out.startswith("./"):
        refuse_inputs({"--out": Path(out)}, {})


@pytest.mark.parametrize(
    ("name", "ending"), [("a.csv", ".csv"), ("a.b.CSV", ".csv"), ("a.csv.gz", ".csv.gz")]
)
def test_the_ending_of_a_name_says_the_format(name: str, ending: str) -> None:
    assert ending_of(Path(name), (".csv", ".csv.gz")) == ending
