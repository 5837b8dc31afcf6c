"""Which files judgments and gold are read from: those that `winnow evaluate` would read."""

from pathlib import Path
from typing import NamedTuple

from winnow.pipelines.evaluating.sources import columns_of, find_long_form, form_of
from winnow.pipelines.plain_tables.read import JUDGMENTS
from winnow.pipelines.reading.rows import is_saved
from winnow.schemas.errors import InvalidSettings, MalformedInput


class TableFiles(NamedTuple):
    """Where the tables lie."""

    judgments: Path
    gold: Path | None
    """None where there is none."""

    has_gaps: bool = False
    """Whether the gold stands among pairs, of which not all need have it."""


def find_files(judgments: Path, gold: Path | None, encoding: str | None) -> TableFiles:
    """Find judgments and gold in a folder of the long form, or take the files that are named.

    Args:
        judgments: A table of judgments, or a folder with judgments, gold and pairs as `winnow evaluate` takes it.
        gold: A table of gold verdicts; wins over the folder's.
        encoding: Of text files; None for that of their byte-order marks, and UTF-8 where they have none.

    Raises:
        MalformedInput: There is no such file or folder.
        InvalidSettings: The folder holds no judgments, or the file holds something else that an evaluation reads.
    """
    if not judgments.exists():
        raise MalformedInput(
            f"{judgments} is no file; wanted a table of judgments", path=str(judgments)
        )
    if not judgments.is_dir() or is_saved(judgments):
        _refuse_other_form(judgments, encoding)
        return TableFiles(judgments, gold)
    found = find_long_form(judgments)
    if "judgments" not in found:
        raise InvalidSettings(
            f"{judgments} holds {', '.join(sorted(path.name for path in found.values()))} and no judgments.parquet "
            "(or .jsonl, .json, .csv, .tsv); labels are made of verdicts: item_id, annotator, verdict"
        )
    if gold or "gold" in found:
        return TableFiles(found["judgments"], gold or found["gold"])
    pairs = found.get("pairs")
    is_gold = pairs is not None and "verdict" in columns_of(pairs, encoding)
    return TableFiles(found["judgments"], pairs if is_gold else None, has_gaps=is_gold)


def _refuse_other_form(path: Path, encoding: str | None) -> None:
    """Say by name what a file is that holds texts and no verdicts of annotators."""
    try:
        if columns_of(path, encoding) >= set(JUDGMENTS.required):
            return
        form = form_of(path, encoding)
    except (MalformedInput, InvalidSettings):  # no such table: whoever reads it says what is wrong
        return
    if form not in ("judgments", "gold"):
        raise InvalidSettings(
            f"{path} holds comparisons ({form}) and no verdicts of annotators; wanted a table of judgments: "
            f"{', '.join(JUDGMENTS.required)}; judges look at it in `winnow evaluate` or in a run"
        )
