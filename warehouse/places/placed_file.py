"""Parquet files by the places that they lie in, so that every machine finds them."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from winnow.warehouse.places.place import Place

ENDING = ".parquet"


class PlacedFile(NamedTuple):
    """A Parquet file in a place; it can travel to another process."""

    place: Place
    """Where it lies."""

    name: str
    """Its name there."""

    @contextmanager
    def opened(self) -> Iterator[pq.ParquetFile]:
        """Open it for as long as the block runs.

        Raises:
            FileNotFoundError: It is not there.
        """
        with self.place.open(self.name) as source, pq.ParquetFile(source) as file:
            yield file

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read its rows: all columns, or those that are named, in that order."""
        with self.opened() as file:
            table = file.read(columns=columns)
        return table if columns is None else table.select(columns)

    def metadata(self) -> pq.FileMetaData:
        """Read its footer."""
        with self.opened() as file:
            return file.metadata

    def write(self, table: pa.Table) -> None:
        """Write rows in place of what it held; it need not outlive a loss of power."""
        with self.place.draft(self.name, is_durable=False) as file:
            pq.write_table(table, file)


def placed_files(place: Place, beginning: str = "") -> list[PlacedFile]:
    """List the Parquet files that lie directly in a place, by name; all or those whose names begin so."""
    names = (entry.name for entry in place.entries())
    return [
        PlacedFile(place, name)
        for name in names
        if name.startswith(beginning) and name.endswith(ENDING)
    ]


def on_disk(files: Sequence[PlacedFile], folder: Path) -> list[Path]:
    """Return files of this machine for what reads no others: the files themselves, or copies of those in an object store.

    Args:
        files: The files.
        folder: Takes the copies.
    """
    return [
        _copied(file, folder / f"{number:06d}{ENDING}")
        if file.place.folder is None
        else file.place.folder / file.name
        for number, file in enumerate(files)
    ]


def _copied(file: PlacedFile, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with file.place.open(file.name) as source, path.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    return path
