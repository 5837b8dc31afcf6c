"""Tables in a terminal of 80 columns, in one of 40, and in a pipe."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from tests import orchard
from winnow.reports.terminal.tables import RowTable, facts_table, number, prose

ROOT = Path(__file__).parents[3]
_ACTS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Printed(NamedTuple):
    lines: list[str]
    rows: list[list[str]]
    makers: list[str]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "warehouse"
    long = {"GOOD": "pairwise@1:some-laboratory/a-large-model-70b-instruct", "PERSON": "human:a-long-pseudonym"}  # fmt: skip
    with patch.multiple(orchard, **long), orchard.publish_orchard(folder):
        return folder


def printed(warehouse: Path, record: Path, width: int | None) -> Printed:
    """Print every table in a terminal this wide, or in a pipe."""
    ours, theirs = pty.openpty() if width else os.pipe()
    if width:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    usual = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "FORCE_COLOR")}
    command = [sys.executable, "-m", "tests.flows.every_table", str(warehouse), str(record)]
    # In a pipe, what a shell exports of its own window must not count.
    window = {} if width else {"COLUMNS": "60"}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, cwd=ROOT,
        env=usual | window | {"TERM": "xterm", "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        os.close(theirs)
        said = b"".join(_read(ours))
    os.close(ours)
    assert process.returncode == 0, said.decode()
    lines = _ACTS.sub("", said.decode().replace("\r\n", "\n")).splitlines()
    return Printed(lines, **json.loads(record.read_text()))


def _read(file: int) -> Iterator[bytes]:
    while True:
        try:
            part = os.read(file, 1 << 16)
        except OSError:  # the other end of a terminal is closed
            return
        if not part:
            return
        yield part


@pytest.fixture(scope="module")
def pipe(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    return printed(warehouse, tmp_path_factory.mktemp("pipe") / "record.json", None)


def test_in_a_pipe_every_cell_stands_whole_on_the_line_of_its_row(pipe: Printed) -> None:
    for row in pipe.rows:
        cells = [re.escape(cell.strip()) for cell in row]
        whole = re.compile(r"\s*" + r"\s+".join(cell for cell in cells if cell) + r"\s*")
        assert any(whole.fullmatch(line) for line in pipe.lines), row
    assert not [line for line in pipe.lines if "…" in line]


@pytest.mark.parametrize("width", [80, 40])
def test_in_a_terminal_no_line_is_too_long_and_no_word_is_broken(
    warehouse: Path, tmp_path: Path, pipe: Printed, width: int
) -> None:
    shown = printed(warehouse, tmp_path / "record.json", width)
    assert [line for line in shown.lines if cell_len(line) > width] == []
    known = {word for line in pipe.lines for word in line.split()}
    cells = {word for row in pipe.rows for cell in row for word in cell.split()}
    labels = {f"{word}:" for word in known}
    # A word that is longer than a line of its own is folded, and only such a word.
    folded = " ".join(word for word in known if cell_len(word) > width - 2)
    words = {word for line in shown.lines for word in line.split()}
    assert {word for word in words - known - labels if word not in folded} == set()
    assert {word for word in cells - words if cell_len(word) <= width - 2} == set()


def test_every_table_of_every_command_was_looked_at(pipe: Printed) -> None:
    makes = re.compile(r"\b(RowTable|facts_table)\(")
    ours = [f for name in ("flows", "reports") for f in (ROOT / name).rglob("*.py")]
    files = {f for f in ours if makes.search(f.read_text())}
    names = {".".join(["winnow", *f.relative_to(ROOT).with_suffix("").parts]) for f in files}
    assert names - {"winnow.reports.terminal.tables"} == set(pipe.makers)
    others = re.compile(r"rich\.table import .*\bTable\b|rich\.columns")
    assert [f.name for f in ours if others.search(f.read_text())] == []


def lines(table: RowTable, width: int) -> list[str]:
    console = Console(width=width, no_color=True)
    with console.capture() as said:
        console.print(table)
    return said.get().splitlines()


def example() -> RowTable:
    table = RowTable("judge", number("right"), number("of those read"), prose("what to know"))
    table.add_row("a-judge", "82%", "1,200", "it leans to the first place, and to the longer one")
    table.add_row("b", "7%", "3", "")
    return table


def test_a_table_that_fits_stands_side_by_side() -> None:
    assert lines(example(), 90) == [
        "judge    right  of those read  what to know",
        "a-judge    82%          1,200  it leans to the first place, and to the longer one",
        "b           7%              3",
    ]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (56, """\
                  of
                those
judge    right   read  what to know
a-judge    82%  1,200  it leans to the first place, and
                       to the longer one
b           7%      3"""),
        (30, """\
judge    right  of those read
a-judge    82%          1,200
  what to know: it leans to
  the first place, and to the
  longer one
b           7%              3"""),
        (18, """\
judge
           of
         those
  right   read
a-judge
    82%  1,200
  what to know: it
  leans to the
  first place, and
  to the longer
  one
b
     7%      3"""),
    ],
    ids=["prose narrowed", "prose below", "name above"],
)  # fmt: skip
def test_a_table_that_does_not_fit_goes_on_below_its_rows(width: int, shown: str) -> None:
    assert lines(example(), width) == shown.splitlines()


def test_a_table_that_fits_in_no_other_form_is_shown_a_column_a_line() -> None:
    table = RowTable("judge", number("position"), number("unreadable"), is_keyed=False)
    table.add_row("a-judge", "3", "4")
    table.add_row("b", "1", "")
    assert lines(table, 20) == [
        "judge       a-judge",
        "position    3",
        "unreadable  4",
        "",
        "judge       b",
        "position    1",
        "unreadable",
    ]


@pytest.mark.parametrize("table", [RowTable("a", prose("b")), RowTable(is_keyed=False)])
def test_a_table_without_rows_or_columns_is_shown_as_well(table: RowTable) -> None:
    assert lines(table, 2) in ([], ["a"])


def test_an_id_that_fits_no_line_beside_its_name_gets_lines_of_its_own() -> None:
    assert lines(facts_table({"run": "0123456789abcdef01 (birds)"}), 20) == [
        "run",
        "  0123456789abcdef01",
        "  (birds)",
    ]


def test_what_acts_on_a_terminal_is_measured_as_it_is_shown() -> None:
    table = RowTable("who", "what")
    table.add_row("\x1b[2J", Text("漢字"))
    table.add_row("b", "c")
    console = Console(width=80, force_terminal=True, color_system=None)
    with console.capture() as said:
        console.print(table)
    assert said.get().splitlines() == ["who   what", "␛[2J  漢字", "b     c"]
