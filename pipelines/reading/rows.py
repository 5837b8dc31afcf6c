"""Rows of a source, whatever its format."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from winnow.pipelines.reading.choosing import Chooser
from winnow.pipelines.reading.formats.columnar import read_parquet
from winnow.pipelines.reading.formats.delimited import read_delimited
from winnow.pipelines.reading.formats.hub import read_hub, read_saved
from winnow.pipelines.reading.formats.jsonl import read_json, read_jsonl
from winnow.pipelines.reading.formats.row import Choose, Row
from winnow.pipelines.reading.formats.text import PACKED, SAVE_AS_CSV, WORKBOOKS
from winnow.pipelines.reading.settings import Format, Source
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.errors import InvalidSettings

FORMATS: tuple[Format, ...] = get_args(Format)
_SAVED = ("dataset_info.json", "dataset_dict.json")


def read_rows(source: Source, name: str, usage: Usage | None = None) -> Iterator[Row]:
    """Yield the rows of a source one by one, only a batch in memory at a time.

    Args:
        source: The settings.
        name: What the places begin with.
        usage: Where it is noted which columns a table has; None where nobody asks.

    Raises:
        InvalidSettings: The file is missing or its format unknown.
        MalformedInput: The file as a whole cannot be read.
    """
    choose = Chooser(source, name, usage or Usage())
    if source.path is None:
        dataset = str(source.dataset)
        yield from read_hub(dataset, source.config, source.split, source.revision, choose)
    elif is_saved(source.path):
        yield from read_saved(source.path, name, source.split, choose)
    else:
        for path in files_of(source):
            yield from _read_file(path, place_of(path, source, name), source, choose)


def place_of(path: Path, source: Source, name: str) -> str:
    """Return what the places of a file begin with, in a source of this name."""
    return name if path == source.path else f"{name}/{path.name}"


def _wanted(source: Source) -> set[str]:
    return {source.columns.get(c, c) or "" for c in source.known_columns} - {""} | {*source.kept}


def _read_file(path: Path, name: str, source: Source, choose: Choose) -> Iterator[Row]:
    if format_of(path, source.format) == "parquet":
        _check_options(name, "parquet", source)
        return read_parquet(path, name, choose)
    return read_text(path, name, source, choose)


def read_text(
    path: Path, name: str, source: Source, choose: Callable[[list[str]], object]
) -> Iterator[Row]:
    """Return the rows of one file of text.

    Args:
        path: The file.
        name: What the places begin with.
        source: Says format, delimiter and encoding, where the file does not, and the columns that are looked for.
        choose: Told the columns of a header.

    Raises:
        InvalidSettings: The format is unknown, or not one of text.
        MalformedInput: The file as a whole cannot be read.
    """
    kind, encoding = format_of(path, source.format), source.encoding
    _check_options(name, kind, source)
    match kind:
        case "jsonl":
            return read_jsonl(path, name, encoding=encoding)
        case "json":
            return read_json(path, name, _wanted(source), encoding=encoding)
        case "csv" | "tsv":
            usual = "," if kind == "csv" else "\t"
            return read_delimited(
                path, name, usual, choose, delimiter=source.delimiter, encoding=encoding
            )
        case "parquet":
            raise InvalidSettings(f"{name} is Parquet, wanted text")


def _check_options(name: str, kind: Format, source: Source) -> None:
    if source.delimiter and kind not in ("csv", "tsv"):
        raise InvalidSettings(f"{name} is read as {kind}, which has no delimiter; leave it out")
    if source.encoding and kind == "parquet":
        raise InvalidSettings(f"{name} is Parquet, whose texts are UTF-8; leave encoding out")


def is_saved(path: Path) -> bool:
    """Tell whether a folder was written by `save_to_disk`."""
    return any((path / name).is_file() for name in _SAVED)


def files_of(source: Source) -> list[Path]:
    """List the files of a source with a path, by name.

    Raises:
        InvalidSettings: There is no such file, or the folder holds none of a known format.
    """
    path = source.path
    if path is None:
        return []
    if is_saved(path):
        return sorted(p for p in path.rglob("*") if p.is_file())
    if path.is_dir():
        return _files_in(path, source.format)
    if not path.is_file():
        raise InvalidSettings(f"no file {path}{_nearest(path)}", path=str(path))
    return [path]


def _files_in(folder: Path, wanted: Format | None) -> list[Path]:
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and _named_format(p)]
    kinds = {wanted} if wanted else {_named_format(p) for p in files}
    if len(kinds) > 1:
        raise InvalidSettings(
            f"folder {folder} holds several formats: {', '.join(sorted(map(str, kinds)))}; choose one with format:"
        )
    files = [p for p in files if _named_format(p) in kinds]
    if not files:
        raise InvalidSettings(
            f"folder {folder} holds no file named .{wanted or ' or .'.join(FORMATS)}"
        )
    return files


def format_of(path: Path, wanted: Format | None) -> Format:
    """Return the format that the settings or the name of a file say.

    Raises:
        InvalidSettings: Neither says.
    """
    named = wanted or _named_format(path)
    if named is None and path.suffix.lower() in WORKBOOKS:
        raise InvalidSettings(f"{path} is {SAVE_AS_CSV}", path=str(path))
    if named is None:
        raise InvalidSettings(
            f"{path} has no known format; name it .{', .'.join(FORMATS)}, or set format:"
        )
    return named


def _named_format(path: Path) -> Format | None:
    suffixes = [s.lower() for s in path.suffixes if s.lower() not in PACKED]
    last = suffixes[-1].lstrip(".") if suffixes else ""
    return next((f for f in FORMATS if f == last), None)


def _nearest(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"; there is no folder {folder} either (searched from {Path.cwd()})"
    names = sorted(p.name for p in folder.iterdir())
    near = get_close_matches(path.name, names, n=1)
    if near:
        return f"; nearest in {folder}: {near[0]}"
    return f"; {folder} holds {', '.join(names[:5]) or 'nothing'}"
