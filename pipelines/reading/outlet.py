"""Outlet: rows on their way into staging, written while others are still read."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Self

import pyarrow as pa

from winnow.schemas.base import Record
from winnow.warehouse.staging import Staging

_ROWS = 100_000
_BYTES = 1 << 24
"""Rows of a table, or bytes, that are written at once."""

_PATIENCE = 0.1
"""Seconds between two looks whether a writer that takes nothing more has failed."""


class _Abandoned(Exception):
    """Raised in a writer whose rows are not wanted any more."""


class Outlet:
    """Writes one part of some tables of staging, a thread a table; each part is whole at the end, or as it was."""

    def __init__(self, staging: Staging, records: tuple[type[Record], ...], part: str) -> None:
        self._staging = staging
        self._part = part
        self._tables: dict[type[Record], _Table] = {}
        self._records = records
        self._threads = ThreadPoolExecutor(len(records), thread_name_prefix="staging")

    def __enter__(self) -> Self:
        for record in self._records:
            self._tables[record] = _Table(record, self._staging, self._part, self._threads)
        return self

    def put(self, record: type[Record], rows: pa.Table) -> None:
        """Have rows written behind those that came before.

        Raises:
            StorageFull: There is no space left.
        """
        self._tables[record].put(rows)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                for table in self._tables.values():
                    table.finish()
                for table in self._tables.values():
                    table.wait()
        finally:
            for table in self._tables.values():
                table.abandon()
            self._threads.shutdown()


class _Table:
    def __init__(
        self, record: type[Record], staging: Staging, part: str, threads: ThreadPoolExecutor
    ) -> None:
        self._schema = record.arrow_schema()
        self._gathered: list[pa.Table] = []
        self._n_rows = self._n_bytes = 0
        self._queue: Queue[pa.Table | type[_Abandoned] | None] = Queue(maxsize=1)
        reader = pa.RecordBatchReader.from_batches(self._schema, self._batches())
        self._writing: Future[object] = threads.submit(staging.write, record, reader, part)

    def put(self, rows: pa.Table) -> None:
        self._gathered.append(rows)
        self._n_rows += rows.num_rows
        self._n_bytes += rows.nbytes
        if self._n_rows >= _ROWS or self._n_bytes >= _BYTES:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._send(None)

    def wait(self) -> None:
        self._writing.result()

    def abandon(self) -> None:
        """Have the writer end, if it has not."""
        while not self._writing.done():
            try:
                self._queue.put(_Abandoned, timeout=_PATIENCE)
            except Full:
                with suppress(Empty):  # the writer took it in the meantime
                    self._queue.get_nowait()

    def _flush(self) -> None:
        if self._gathered:
            self._send(pa.concat_tables(self._gathered))
            self._gathered, self._n_rows, self._n_bytes = [], 0, 0

    def _send(self, rows: pa.Table | None) -> None:
        while not self._writing.done():
            try:
                self._queue.put(rows, timeout=_PATIENCE)
                return
            except Full:
                continue
        self._writing.result()  # it has failed, which is said here

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while (rows := self._queue.get()) is not None:
            if not isinstance(rows, pa.Table):
                raise _Abandoned
            yield from rows.cast(self._schema).combine_chunks().to_batches()
