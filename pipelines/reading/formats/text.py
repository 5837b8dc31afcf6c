"""Text files: unpacked and decoded, with what is no text at all found out early."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from winnow.schemas.errors import InvalidSettings, MalformedInput

PACKED = (".gz", ".zst")
"""Endings of packed text, after that of the format."""

UTF_8 = "utf-8"
"""Encoding of a text that has no byte-order mark and for which none is named."""

SAVE_AS_UTF8 = "save it as UTF-8 (Excel: 'CSV UTF-8'), or give its encoding, such as cp1252"
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
"""Endings of what spreadsheet programs save unless they are told otherwise."""
SAVE_AS_CSV = "a workbook; save the sheet as 'CSV UTF-8' and name that file"

# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_FOREIGN = {
    b"PK\x03\x04": SAVE_AS_CSV,
    b"\xd0\xcf\x11\xe0": SAVE_AS_CSV,
    b"\x1f\x8b": "packed with gzip; name it .gz",
    b"\x28\xb5\x2f\xfd": "packed with zstd; name it .zst",
    b"PAR1": "a Parquet file; name it .parquet",
}
_N_PEEKED = 64


@contextmanager
def opened(
    path: Path, name: str, encoding: str | None = None, *, newline: str = ""
) -> Iterator[io.TextIOWrapper]:
    """Open a text file for reading, behind its byte-order mark, line ends as they stand.

    A byte that the encoding does not know comes out as a lone surrogate, so that only its row is lost: see
    `foreign_byte`.

    Args:
        path: The file; the ending .gz or .zst says that it is packed.
        name: What messages call it.
        encoding: As Python names it; None for that of its byte-order mark, and UTF-8 where it has none.
        newline: Where lines end, as `open` takes it.

    Raises:
        MalformedInput: It may not be read, is no text, not packed as its name promises, or breaks off within a character.
        InvalidSettings: Its byte-order mark says another encoding.
    """
    try:
        with _open(path) as file:
            start = file.peek(_N_PEEKED)[:_N_PEEKED]
            found = _encoding(start, name, encoding)
            yield io.TextIOWrapper(file, encoding=found, errors="surrogateescape", newline=newline)
    except UnicodeError as error:
        raise MalformedInput(f"{name} cannot be decoded: {error}; save it as UTF-8") from error
    except (PermissionError, IsADirectoryError) as error:
        raise MalformedInput(f"{name} cannot be read: {str(error.strerror).lower()}") from error
    except (EOFError, zlib.error, OSError) as error:
        if path.suffix.lower() not in PACKED or (isinstance(error, OSError) and error.errno):
            raise
        reason = " ".join(str(error).split()).lower()
        raise MalformedInput(
            f"{name} cannot be unpacked: {reason}; pack it again, or drop {path.suffix} from a plain file's name"
        ) from error


def foreign_byte(text: str) -> int | None:
    """Return the first byte of a text from `opened` that its encoding does not know."""
    if text.isascii():
        return None
    return next((ord(c) - 0xDC00 for c in text if 0xDC80 <= ord(c) <= 0xDCFF), None)


def _open(path: Path) -> io.BufferedReader:
    match path.suffix.lower():
        case ".gz":
            return cast(io.BufferedReader, gzip.open(path, "rb"))
        case ".zst":
            raw: Any = pa.CompressedInputStream(pa.OSFile(str(path.absolute())), "zstd")
            return io.BufferedReader(raw)
        case _:
            return path.open("rb")


def _encoding(start: bytes, name: str, wanted: str | None) -> str:
    for magic, what in _FOREIGN.items():
        if start.startswith(magic):
            raise MalformedInput(f"{name} is {what}")
    marked = next((found for mark, found in _MARKS.items() if start.startswith(mark)), None)
    if marked is None:
        return wanted or _unmarked(start)
    plain = marked.removesuffix("-sig")
    if wanted and not codecs.lookup(wanted).name.startswith(plain):
        raise InvalidSettings(
            f"{name} begins with the mark of {plain.upper()}, but encoding is {wanted!r}; leave encoding out"
        )
    return marked


def _unmarked(start: bytes) -> str:
    """Tell UTF-16 without a mark by its NUL bytes: text has none, and its first letters are ASCII."""
    even, odd = start[::2], start[1::2]
    if odd and not any(odd) and all(even):
        return "utf-16-le"
    if odd and not any(even) and all(odd):
        return "utf-16-be"
    return UTF_8
