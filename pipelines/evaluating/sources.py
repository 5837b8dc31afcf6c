"""Files of labelled comparisons, and which of the known layouts a file has."""

from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow.parquet as pq

from winnow.pipelines.reading.rows import files_of, format_of, is_saved, read_rows
from winnow.pipelines.reading.settings import JUDGMENT_COLUMNS, PROMPT_COLUMNS, Source
from winnow.schemas.errors import InvalidSettings, MalformedInput

Form = Literal["pairs", "judgments", "gold", "rewardbench", "rewardbench2"]
"""What one file holds."""

_N_PEEKED = 20
_FORMS: dict[Form, tuple[str, ...]] = {
    "pairs": ("item_id", "prompt", "response_a", "response_b"),
    "judgments": ("item_id", "annotator", "verdict"),
    "gold": ("item_id", "verdict"),
    "rewardbench": ("prompt", "chosen", "rejected"),
    "rewardbench2": ("prompt", "chosen", "rejected", "num_correct"),
}


class EvaluationSource(Source):
    """A file of labelled comparisons, of gold or of judgments."""

    known_columns: ClassVar[tuple[str, ...]] = (
        "item_id", *PROMPT_COLUMNS, "response_a", "response_b", "model_a", "model_b", "chosen", "rejected",
        "chosen_model", "rejected_model", "subset", "num_correct", "total_completions", "basis", *JUDGMENT_COLUMNS,
        "score_a", "score_b", "n_prompt_tokens", "n_tokens",
    )  # fmt: skip


def evaluation_source(path: Path, encoding: str | None) -> EvaluationSource:
    """Return a file as a source; an encoding is that of text, and passed over for Parquet."""
    is_text = path.suffix.lower() != ".parquet"
    return EvaluationSource(path=path, encoding=encoding if is_text else None)


def form_of(path: Path, encoding: str | None = None) -> Form:
    """Tell from its columns what a file holds.

    Args:
        path: The file.
        encoding: Of a text file; None for that of its byte-order mark, and UTF-8 where it has none.

    Raises:
        MalformedInput: It has the columns of none of the layouts, or lists of texts that nothing says are responses.
        InvalidSettings: There is no such file.
    """
    columns, first = _peek(evaluation_source(path, encoding), path)
    if {"chosen", "rejected"} <= columns:
        return _benchmark(path, columns, first)
    if {"response_a", "response_b"} <= columns:
        return "pairs"
    if {"annotator", "verdict", "item_id"} <= columns:
        return "judgments"
    if {"verdict", "item_id"} <= columns:
        return "gold"
    wanted = "; ".join(f"{form}: {', '.join(names)}" for form, names in _FORMS.items())
    raise MalformedInput(
        f"{path} has the columns {', '.join(sorted(columns)) or 'none'}, which is no layout of labelled comparisons; "
        f"wanted {wanted}; rename the columns",
        path=str(path),
    )


def columns_of(path: Path, encoding: str | None = None) -> set[str]:
    """Name the columns of a file, as far as its first rows show them.

    Raises:
        MalformedInput: It cannot be read.
        InvalidSettings: There is no such file, or its name says no known format.
    """
    return _peek(evaluation_source(path, encoding), path)[0]


def _benchmark(path: Path, columns: set[str], first: dict[str, Any]) -> Form:
    """Tell RewardBench 1 from 2, which has several responses a side and says how many, or of which subset they are."""
    if columns & {"num_correct", "total_completions"}:
        return "rewardbench2"
    lists = [side for side in ("chosen", "rejected") if _is_list_of_texts(first.get(side))]
    if not lists:
        return "rewardbench"
    if "subset" in columns:
        return "rewardbench2"
    raise MalformedInput(
        f"{path}: {lists[0]!r} is a list of texts, which may be several responses or the turns of a conversation; "
        "for several responses (RewardBench 2) the column num_correct, total_completions or subset is missing; "
        "for a conversation write its turns as {role, content}, for one response the text alone",
        path=str(path),
    )


def find_long_form(folder: Path) -> dict[str, Path]:
    """Find pairs, judgments and gold in a folder, each a file of any format named so.

    Raises:
        InvalidSettings: Neither pairs nor judgments are there, or a name stands for two files.
    """
    found: dict[str, Path] = {}
    for path in _long_form_in(folder):
        name = path.name.partition(".")[0]
        if name in found:
            raise InvalidSettings(f"{folder} holds {found[name].name} and {path.name}; keep one")
        found[name] = path
    if not {"pairs", "judgments"} & set(found):
        names = ", ".join(sorted(p.name for p in folder.iterdir())[:5]) or "nothing"
        raise InvalidSettings(
            f"{folder} holds {names}; wanted pairs.parquet, gold.parquet and, for recorded judges, judgments.parquet "
            "(or .jsonl, .json, .csv), or name a file"
        )
    return found


def evaluated_files(data: Path) -> dict[str, Path]:
    """List what an evaluation of a file or folder reads, by what it is; nothing of what is no path."""
    if not data.is_dir():
        return {"the data": data}
    return {path.name: path for path in _long_form_in(data)}


def _long_form_in(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.iterdir() if p.is_file())
    return [p for p in files if p.name.partition(".")[0] in ("pairs", "judgments", "gold")]


def _peek(source: EvaluationSource, path: Path) -> tuple[set[str], dict[str, Any]]:
    if path.is_file() and format_of(path, None) == "parquet":
        files_of(source)
        columns = _parquet_columns(path)
        if not columns & set(source.known_columns):
            return columns, {}
    else:
        columns = set()
        if is_saved(path):
            raise InvalidSettings(f"{path} is a folder of save_to_disk; wanted a file")
    rows = [row.data for row in islice(read_rows(source, path.name), _N_PEEKED)]
    objects = [data for data in rows if isinstance(data, dict)]
    columns = columns.union(*(data.keys() for data in objects))
    return columns, objects[0] if objects else {}


def _parquet_columns(path: Path) -> set[str]:
    try:
        return set(pq.read_schema(path.absolute()).names)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise MalformedInput(
            f"{path} cannot be read as Parquet: {reason}", path=str(path)
        ) from error


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)
