"""The rows of a source in batches, read here or, where there are very many, by a team."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain, islice, starmap
from pathlib import Path
from typing import Any, NamedTuple

from winnow.annotation.processors import n_processors
from winnow.pipelines.reading.elsewhere.ranges import Range, RangeRows, ranges_of
from winnow.pipelines.reading.elsewhere.team import Team
from winnow.pipelines.reading.formats.jsonl import is_ranged, row_of
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.rows import files_of, format_of, is_saved, place_of, read_rows
from winnow.pipelines.reading.settings import Source
from winnow.pipelines.reading.usage import Usage

_ROWS = 2048
_CHARACTERS = 1 << 24
"""Rows of a batch, or characters."""

_FIRST_ROWS = 16
"""Rows of the first batch, which show what the others are like."""

_LEAST_BYTES = 1 << 26
"""Bytes of a source from which on a team is worth its start."""

_MOST_MEMBERS = 4
"""Members of a team beyond which one process cannot take in what they read."""


class Batch(NamedTuple):
    """Rows that follow each other."""

    rows: Sequence[Row]
    columns: Any = None
    """What a reader made of them elsewhere; None where they are to be read here, or none of them is plain."""


def read_batches(
    source: Source,
    name: str,
    usage: Usage,
    reader: Any,
    is_worth_it: Callable[[], bool],
) -> Generator[Batch, None, None]:
    """Yield the rows of a source in their order.

    Args:
        source: The settings.
        name: What the places begin with.
        usage: Where it is noted which columns a table has.
        reader: Makes of rows what can be taken in, and pickles; None where rows have to be read here.
        is_worth_it: Asked behind the first range, whether a team shall read the others.

    Raises:
        InvalidSettings: The file is missing or its format unknown.
        MalformedInput: The file as a whole cannot be read.
        ProcessLost: A process that read was killed.
    """
    files = _large_files(source, name) if reader else []
    n_members = min(n_processors(), _MOST_MEMBERS) if files else 0
    if n_members < 2:
        yield from map(Batch, in_batches(read_rows(source, name, usage)))
        return
    ranges = chain.from_iterable(starmap(ranges_of, files))
    with Team(reader, n_members) as team:
        yield from map(Batch, in_batches(_rows(islice(ranges, 1))))
        if is_worth_it():
            for of, found in team.read(ranges):
                yield Batch(RangeRows(of, found.n_rows), found.columns)
            return
    yield from map(Batch, in_batches(_rows(ranges)))


def _large_files(source: Source, name: str) -> list[tuple[Path, str]]:
    """List the files of a source, each with what its places begin with, where they are worth a team and can be read in ranges."""
    if source.path is None or is_saved(source.path) or source.delimiter or source.encoding:
        return []
    files = files_of(source)
    are_lines = all(format_of(path, source.format) == "jsonl" for path in files)
    if not are_lines or sum(path.stat().st_size for path in files) < _LEAST_BYTES:
        return []
    # A name such as /dev/stdin is of another file in another process.
    named = [(path.resolve(), place_of(path, source, name)) for path in files]
    are_ranged = all(_is_named(path) and is_ranged(path, place) for path, place in named)
    return named if are_ranged else []


def _is_named(path: Path) -> bool:
    return path.is_file() and path.parent != Path("/dev/fd")


def _rows(ranges: Iterable[Range]) -> Iterator[Row]:
    for of in ranges:
        yield from map(row_of, of.lines())


def in_batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows in batches, the first of them a small one."""
    batch: list[Row] = []
    size, most = 0, _FIRST_ROWS
    for row in rows:
        batch.append(row)
        size += row.n_characters()
        if len(batch) == most or size > _CHARACTERS:
            yield batch
            batch, size, most = [], 0, _ROWS
    if batch:
        yield batch
