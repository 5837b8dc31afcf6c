import csv
import re
from pathlib import Path

from tests.docs.pages import ROOT, command_on_path, walk_through
from winnow.annotation.aggregation import METHODS
from winnow.pipelines.plain_tables.read import GOLD, JUDGMENTS
from winnow.schemas.strengths import Standing

PAGE = ROOT / "docs" / "aggregate.md"
TEXT = PAGE.read_text("utf-8")


def first_column(heading: str) -> list[str]:
    """List the names in the first column of the table below a heading."""
    below = TEXT[TEXT.index(f"{heading}\n") :]
    rows = re.search(r"\|---.*\n((?:\|.*\n)+)", below)
    assert rows
    return [
        name for row in rows[1].splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]


def test_the_columns_on_the_page_are_those_that_are_read() -> None:
    assert tuple(first_column("### Judgments")) == JUDGMENTS.all
    assert tuple(first_column("### Gold")) == GOLD.all


def test_the_columns_of_models_on_the_page_are_those_that_are_written() -> None:
    assert first_column("### Models") == [n for n in Standing.model_fields if n != "run_id"]


def test_every_command_on_the_page_does_what_it_says(tmp_path: Path) -> None:
    walk_through(PAGE, tmp_path, command_on_path(tmp_path))
    for file, heading in (("kept.csv", "### Labels"), ("kept.annotators.csv", "### Annotators")):
        with (tmp_path / file).open() as lines:
            assert next(csv.reader(lines)) == first_column(heading)


def test_the_page_names_every_method() -> None:
    assert first_column("## Methods") == list(METHODS)
