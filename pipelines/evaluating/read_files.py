"""Labelled comparisons from files: the long form, RewardBench 1 and RewardBench 2."""

from functools import partial
from pathlib import Path
from typing import Literal

from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.layouts import take_pair, take_ranked, take_several
from winnow.pipelines.evaluating.reader import Reader
from winnow.pipelines.evaluating.sources import find_long_form, form_of
from winnow.schemas.errors import InvalidSettings


def read_files(
    data: Path,
    judgments: Path | None,
    gold: Path | None,
    *,
    keep_views: bool,
    encoding: str | None = None,
    wants_gold: bool = True,
) -> Labelled:
    """Read labelled comparisons; what they are is told from their columns.

    Args:
        data: A folder with pairs, judgments and gold; or a file of pairs, of judgments, or of RewardBench rows.
        judgments: File of recorded judgments where `data` is no folder that holds them.
        gold: File of gold verdicts, likewise.
        keep_views: Whether judges are to look at the comparisons.
        encoding: Of text files; None for that of their byte-order marks, and UTF-8 where they have none.
        wants_gold: Whether comparisons of which nobody knows the better response are of no use.

    Raises:
        MalformedInput: A file has no known layout, is empty or is mostly malformed.
        InvalidSettings: A file is missing, or files do not go together.
    """
    reader = Reader(keep_views, encoding)
    if data.is_dir():
        files = find_long_form(data)
    else:
        form = form_of(data, encoding)
        if form in ("rewardbench", "rewardbench2"):
            return _read_benchmark(reader, data, form, judgments, gold)
        files = {form: data}
    files |= {name: path for name, path in (("judgments", judgments), ("gold", gold)) if path}
    return _read_long_form(reader, data, files, wants_gold)


def _read_long_form(
    reader: Reader, data: Path, files: dict[str, Path], wants_gold: bool
) -> Labelled:
    if "pairs" in files:
        reader.read(files["pairs"], "comparisons", partial(take_pair, reader))
    elif reader.keep_views:
        raise InvalidSettings(
            f"{data} holds no texts for judges to look at; name a folder or a file with item_id, prompt, response_a "
            "and response_b"
        )
    if wants_gold and "gold" not in files and not reader.gold:
        raise InvalidSettings(
            f"nothing says which response is better in {data}; name the gold with --gold gold.parquet "
            "(item_id, verdict)"
        )
    reader.is_closed = "pairs" in files
    if "gold" in files:
        reader.read(files["gold"], "gold", reader.take_gold)
    if "judgments" in files:
        reader.read(files["judgments"], "judgments", reader.take_judgment)
    return reader.labelled("long")


def _read_benchmark(
    reader: Reader,
    data: Path,
    form: Literal["rewardbench", "rewardbench2"],
    judgments: Path | None,
    gold: Path | None,
) -> Labelled:
    if judgments or gold:
        raise InvalidSettings(
            f"{data} has chosen and rejected responses, which say themselves what is right and name no a and b; "
            "recorded judgments and gold belong to the long form (item_id, prompt, response_a, response_b)"
        )
    take = take_ranked if form == "rewardbench" else take_several
    reader.read(data, "comparisons", partial(take, reader))
    return reader.labelled(form)
