"""Records in a folder of Parquet segments that only ever grows, safe against crashes and other processes.

A segment appears whole or not at all: it is written under a hidden name, synced, and renamed.
"""

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.pipelines.inference.disk_space import enough_space
from winnow.schemas.base import Record
from winnow.schemas.errors import MalformedInput
from winnow.schemas.whole_files import whole_file

R = TypeVar("R", bound=Record)

_KEY = "request_id"
_LEFTOVER_AGE_S = 3600


class Segments(Generic[R]):
    """Records of one kind by request_id; of several with one request_id the oldest counts."""

    def __init__(self, root: Path, kind: type[R]) -> None:
        self.root = root
        self._kind = kind
        self._schema = kind.arrow_schema()

    def append(self, records: Sequence[R]) -> None:
        """Store records durably as one segment; they survive a crash once this returns.

        Raises:
            StorageFull: There is no space left; what was stored before stays.
        """
        if records:
            self._write(self._kind.to_table(records), f"{time.time_ns():020d}")

    def get(self, request_ids: Iterable[str]) -> dict[str, R]:
        """Read the records that are there, by request_id.

        Raises:
            MalformedInput: A segment cannot be read.
        """
        found: dict[str, R] = {}
        wanted = pa.array(request_ids, pa.string())
        for record in self._kind.from_table(self._rows(wanted, self._schema.names)):
            found.setdefault(getattr(record, _KEY), record)
        return found

    def table(self, request_ids: pa.Array | pa.ChunkedArray, columns: Sequence[str]) -> pa.Table:
        """Read columns of the records that are there: a row for each request_id, in no order that one may rely on.

        Args:
            request_ids: Strings; one that stands there twice is read once.
            columns: Columns of the record, in the order in which they are wanted; those that older segments lack are null.

        Raises:
            MalformedInput: A segment cannot be read.
        """
        rows = self._rows(request_ids, list(dict.fromkeys([_KEY, *columns])))
        return _first_of_each(rows).select(list(columns))

    def known(self, request_ids: Iterable[str]) -> set[str]:
        """Tell which records are there, without reading the rest of them."""
        return set(self._rows(pa.array(request_ids, pa.string()), [_KEY])[_KEY].to_pylist())

    def files(self) -> list[Path]:
        """List the segments, oldest first."""
        return sorted(p for p in self.root.glob("*.parquet") if not p.name.startswith("."))

    def compact(self, *, at_least: int) -> None:
        """Put all segments into one where there are many, and clear away what killed writers left.

        Safe at any moment: another process may append and read, and when this is killed halfway some rows are
        there twice, which readers ignore and the next call puts right.

        Args:
            at_least: Leave the segments alone where there are fewer than this.
        """
        if not self.root.is_dir():
            return
        with self._alone() as is_alone:
            if not is_alone:
                return
            self._clear_leftovers()
            files = self.files()
            if len(files) < at_least:
                return
            table = self._read(files, self._schema.names, None)
            # The oldest time keeps the merged rows ahead of any that were appended meanwhile.
            self._write(_first_of_each(table), files[0].name.split("-")[0])
            for file in files:
                file.unlink(missing_ok=True)

    def _write(self, table: pa.Table, stamp: str) -> None:
        # By name the segments stand in the order of their times, so that the oldest record of an id comes first.
        path = self.root / f"{stamp}-{uuid.uuid4().hex}.parquet"
        with enough_space(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            with whole_file(path, is_durable=True) as draft, draft.open("wb") as file:
                pq.write_table(table, file, compression="zstd")

    def _rows(self, wanted: pa.Array | pa.ChunkedArray, columns: list[str]) -> pa.Table:
        is_wanted = pc.field(_KEY).isin(wanted)
        while True:
            try:
                return self._read(self.files() if len(wanted) else [], columns, is_wanted)
            except FileNotFoundError:  # compacted by another process since it was listed
                continue

    def _read(self, files: list[Path], columns: list[str], where: pc.Expression | None) -> pa.Table:
        if not files:
            return self._schema.empty_table().select(columns)
        import pyarrow.dataset as ds  # brings pandas along

        source = [os.fspath(f.absolute()) for f in files]
        try:
            return ds.dataset(source, schema=self._schema, format="parquet").to_table(
                columns, where
            )
        except pa.ArrowInvalid as error:
            raise MalformedInput(
                f"a file of {self.root} cannot be read: {error}; delete that file, and only the answers in it "
                "are asked for again"
            ) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        with (self.root / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # another process does the same work now
                yield False
            else:
                yield True

    def _clear_leftovers(self) -> None:
        for draft in self.root.glob(".*.tmp"):
            with contextlib.suppress(FileNotFoundError):
                # A younger one may still be written to.
                if time.time() - draft.stat().st_mtime > _LEFTOVER_AGE_S:
                    draft.unlink()


def _first_of_each(table: pa.Table) -> pa.Table:
    first: dict[str, int] = {}
    for place, request_id in enumerate(table[_KEY].to_pylist()):
        first.setdefault(request_id, place)
    return table.take(pa.array(first.values(), pa.int64()))
