import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.annotation.toy import view
from winnow.flows.rounds.sheet import COLUMNS, read_sheet, write_sheet
from winnow.schemas.errors import MalformedInput
from winnow.schemas.prompts import Message

VIEWS = [
    view("Yes.", "No.", messages=(Message(role="user", content=f"Question {i}?"),)).model_copy(
        update={"comparison_id": f"c{i}"}
    )
    for i in range(12)
]


def fill_in(path: Path, *cells: dict[str, str]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, said in zip(rows, cells, strict=False):
        row.update(said)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def test_the_verdict_names_the_response_whatever_its_place(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, VIEWS, seed=0)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    yes_is = ["1" if row["response_1"] == "Yes." else "2" for row in rows]
    assert {"1", "2"} == set(yes_is)  # shown first in some, second in others
    fill_in(path, *({"better": place} for place in yes_is))
    assert {j.verdict for j in read_sheet(path, VIEWS, seed=0)} == {"a"}


def fill_in_yes(path: Path, *, without: Sequence[str] = ()) -> None:
    """Say everywhere that the response "Yes." is better, and take columns out of the sheet."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["better"] = "1" if row["response_1"] == "Yes." else "2"
    kept = [column for column in rows[0] if column not in without]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("without", [(), ("shown",), ("response_1", "response_2")])
def test_another_seed_between_two_calls_turns_no_verdict_round(
    tmp_path: Path, without: tuple[str, ...]
) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, VIEWS, seed=0)
    fill_in_yes(path, without=without)
    found = read_sheet(path, VIEWS, seed=1)
    assert {j.verdict for j in found} == {"a"}
    assert {j.order for j in found} == {"ab", "ba"}


def test_an_order_that_nobody_wrote_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, VIEWS[:1], seed=0)
    fill_in(path, {"better": "1", "shown": "yes"})
    with pytest.raises(MalformedInput, match=r"to_label.csv:2: shown is 'yes', wanted ab or ba"):
        read_sheet(path, VIEWS[:1], seed=0)


def test_what_is_not_filled_in_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, VIEWS[:3], seed=0)
    fill_in(path, {"better": "tie", "why": "Both are right.", "who": "ann"})
    (judgment,) = read_sheet(path, VIEWS[:3], seed=0)
    assert (judgment.verdict, judgment.rationale) == ("tie", "Both are right.")
    assert judgment.annotator_id == "human:ann"
    assert judgment.request_id


def test_a_word_that_is_no_verdict_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, VIEWS[:2], seed=0)
    fill_in(path, {"better": "1"}, {"better": "left"})
    with pytest.raises(MalformedInput, match=r"to_label.csv:3: better is 'left', wanted 1, 2"):
        read_sheet(path, VIEWS[:2], seed=0)


def test_a_table_without_the_column_is_named_with_those_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    path.write_text("comparison,verdict\nc0,1\n")
    with pytest.raises(MalformedInput, match="has no column 'better'; keep the columns comparison"):
        read_sheet(path, VIEWS, seed=0)


@pytest.mark.parametrize(
    ("encoding", "delimiter", "better"),
    [
        ("utf-8-sig", ";", "1"),
        ("utf-16", "\t", " 1 "),
        ("utf-8", ",", "1.0"),
        ("utf-8", ";", "1,0"),
        ("utf-8", ",", "TIE"),
    ],
)
def test_a_sheet_is_read_as_spreadsheet_programs_hand_it_back(
    tmp_path: Path, encoding: str, delimiter: str, better: str
) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, VIEWS[:2], seed=0)
    fill_in(path, {"better": better, "who": " René "})
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    (judgment,) = read_sheet(path, VIEWS[:2], seed=0)
    assert (judgment.comparison_id, judgment.annotator_id) == ("c0", "human:René")
    assert (judgment.verdict == "tie") == (better == "TIE")


def test_a_sheet_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, VIEWS[:1], seed=0)
    fill_in(path, {"better": "1", "who": "René"})
    path.write_bytes(path.read_text().encode("cp1252"))
    with pytest.raises(
        MalformedInput, match=r"csv:2: byte 0xe9 in column 'who' is not UTF-8; save"
    ):
        read_sheet(path, VIEWS[:1], seed=0)
    (judgment,) = read_sheet(path, VIEWS[:1], seed=0, encoding="cp1252")
    assert judgment.annotator_id == "human:René"


def test_a_sheet_that_was_never_written_says_nothing(tmp_path: Path) -> None:
    assert read_sheet(tmp_path / "none.csv", VIEWS, seed=0) == []


def test_a_response_cannot_become_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    write_sheet(path, [view('=HYPERLINK("http://x")', "-1")], seed=0)
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert {row["response_1"], row["response_2"]} == {'\'=HYPERLINK("http://x")', "'-1"}


def test_a_folder_in_place_of_the_sheet_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match="cannot be read: is a directory"):
        read_sheet(tmp_path, VIEWS, seed=0)


def test_people_see_documents_and_tools_in_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "to_label.csv"
    shown = view("Yes.", "No.", contexts=("Ada wrote it.",), tools='[{"name":"look"}]')
    write_sheet(path, [shown], seed=0)
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (
        row["conversation"] == 'tools: [{"name":"look"}]\n\ndocument: Ada wrote it.\n\nuser: Why?'
    )
