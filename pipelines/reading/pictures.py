"""Pictures that the rows of a source name: their bytes belong to what a run reads, as the rows do."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.exact import read_exact
from winnow.pipelines.reading.formats.text import opened
from winnow.pipelines.reading.rows import files_of, format_of, is_saved, read_rows
from winnow.pipelines.reading.settings import Source
from winnow.schemas.errors import MalformedInput
from winnow.schemas.images import address_of, sealed

_KEYS = ("image", "image_url", "url", "value")
_WORD = "image"
_KEY = re.compile(r"""type[\\"']+\s*:""")
"""The key of objects that say what they are, as JSON has it, and as CSV and JSON hold JSON in a text."""

_SPELT = re.compile(r"\\u00(?:74|79|70|65)")
"""A letter of that key where it is written as a number."""


def pictures_of(source: Source) -> list[str]:
    """List the files that image parts in a source name, each with the hash of its bytes, by name.

    Rows are read for it only where a file holds the word "image" and a key "type" in its text, or the word in the schema of
    a Parquet file. Pictures of data sets, and in JSON text in Parquet, are not looked for.
    """
    if source.path is None or is_saved(source.path):
        return []
    if not any(_may_name_pictures(path, source) for path in files_of(source)):
        return []
    rows = (row.data for row in read_rows(source, source.name))
    named = {image for data in rows if not isinstance(data, Defect) for image in _images_in(data)}
    return sorted(image for image in map(sealed, named) if address_of(image).sha256)


def _may_name_pictures(path: Path, source: Source) -> bool:
    try:
        if format_of(path, source.format) == "parquet":
            return _WORD in str(pq.read_schema(path.absolute()))
        with opened(path, path.name, source.encoding) as file:
            return _holds_typed_image(file)
    except (pa.ArrowException, OSError, MalformedInput):
        return False  # said where the file is read


def _holds_typed_image(lines: Iterable[str]) -> bool:
    """Tell whether a text holds the word, and anything that may be the key beside which it makes a picture."""
    has_word = has_key = False
    for line in lines:
        has_word = has_word or _WORD in line
        has_key = (
            has_key or ("type" in line and bool(_KEY.search(line))) or bool(_SPELT.search(line))
        )
        if has_word and has_key:
            return True
    return False


def _images_in(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.lstrip().startswith(("[{", "{")) and "image" in value:
        value = _unpacked(value)
    if isinstance(value, list):
        for item in value:
            yield from _images_in(item)
    if not isinstance(value, dict):
        return
    if "image" in str(value.get("type")):
        found = (value.get(key) for key in _KEYS)
        yield from (image for image in found if isinstance(image, str))
    for item in value.values():
        yield from _images_in(item)


def _unpacked(text: str) -> Any:
    try:
        return read_exact(text)
    except (ValueError, RecursionError):
        return text
