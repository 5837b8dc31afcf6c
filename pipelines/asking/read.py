"""The last move of asking: what came back, read shard by shard into files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.counts import failures_of
from winnow.pipelines.beam import BeamSettings, for_each
from winnow.pipelines.inference.store import CompletionStore
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile, placed_files

Read = Callable[[pa.Table], Mapping[str, pa.Table]]
"""Makes tables, by name, of requests and their answers: a row a request, those of a subject behind one another in their
order and never in two batches. Columns are those of a shard, those of `Completion` that are asked for, and `failure` and
`detail`, the reason and the words of one that got no answer; what there is not is null. Where an answer was only looked up, all
of them may be."""

_BATCH_ROWS = 4096
_TRIED_ROWS = 256
_MOST_BYTES = 128 * 2**20
"""What the answers may take that are looked up at once; Arrow cannot put 2 GiB of texts into one column."""


def read(
    answered: AnsweredRequests,
    function: Read,
    columns: Sequence[str],
    schemas: Mapping[str, pa.Schema],
    beam: BeamSettings,
) -> dict[str, list[PlacedFile]]:
    """Read what became of requests.

    Args:
        answered: The requests, and where their answers are.
        function: Makes the tables of a batch of requests, whatever the other batches hold; needs to be a module's own, so that
            it can travel to workers.
        columns: Columns of `Completion` that it reads.
        schemas: Columns of each table, by name.
        beam: Where it runs.

    Returns:
        Parquet files by the table's name, in the place of the requests; only those that hold rows.
    """
    out = answered.requests.root.within("read")
    out.clear()
    stores = [store.place for store in answered.stores]
    one = partial(
        _read_one,
        function=function,
        columns=tuple(columns),
        schemas=dict(schemas),
        stores=stores,
        failures=answered.requests.failures,
        out=out,
    )
    for_each(one, answered.requests.shards(), beam)
    return {name: placed_files(out.within(name)) for name in schemas}


def _read_one(
    shard: PlacedFile,
    function: Read,
    columns: Sequence[str],
    schemas: dict[str, pa.Schema],
    stores: list[Place],
    failures: Place,
    out: Place,
) -> None:
    asked = shard.read()
    opened = [CompletionStore(place) for place in stores]
    with ExitStack() as open_files:
        writers: dict[str, pq.ParquetWriter] = {}
        for batch in with_answers(asked, opened, failures, columns):
            for name, table in function(batch).items():
                if not table.num_rows:
                    continue
                if name not in writers:
                    # A runner may try one shard twice at once.
                    draft = out.within(name).draft(shard.name, is_durable=False)
                    file = open_files.enter_context(draft)
                    writers[name] = open_files.enter_context(pq.ParquetWriter(file, schemas[name]))
                writers[name].write_table(table.select(schemas[name].names).cast(schemas[name]))


def with_answers(
    asked: pa.Table, stores: Sequence[CompletionStore], failures: Place, columns: Sequence[str]
) -> Iterator[pa.Table]:
    """Put the answer or failure of each request beside it; what there is not is null.

    Args:
        asked: Requests as they stand in a shard, with `request_id`, `subject` and `place` among their columns.
        stores: Where completions are.
        failures: Where the failures of these requests are.
        columns: Columns of `Completion` to add, beside `failure` and `detail`.

    Yields:
        Some thousand requests each, those of a subject behind one another in their order and never in two tables.
    """
    # What stands together in a shard was stored together: few answers tell how large they are for little.
    _, n_bytes = _joined(asked.slice(0, _TRIED_ROWS), stores, failures, columns)
    n_rows = _MOST_BYTES * min(_TRIED_ROWS, len(asked)) // max(n_bytes, 1)
    asked = asked.sort_by([("subject", "ascending"), ("place", "ascending")])
    begin = 0
    while begin < len(asked):
        end = _end_of_subject(asked["subject"], begin + max(1, n_rows))
        joined, n_bytes = _joined(asked.slice(begin, end - begin), stores, failures, columns)
        # A look-up goes through all of a store, so that few large ones are cheapest.
        n_rows = (end - begin) * _MOST_BYTES // max(n_bytes, 1)
        yield from _by_subject(joined)
        begin = end


def _joined(
    asked: pa.Table, stores: Iterable[CompletionStore], failures: Place, columns: Sequence[str]
) -> tuple[pa.Table, int]:
    """Put answers and failures beside requests; gives the answers' bytes as well."""
    ids = asked["request_id"]
    answers = pa.concat_tables([store.table(ids, ["request_id", *columns]) for store in stores])
    places = pc.index_in(ids, answers["request_id"])
    failed = failures_of(ids.filter(pc.is_null(places)), failures)
    failed_at = pc.index_in(ids, failed["request_id"])
    for name in columns:
        asked = asked.append_column(name, answers[name].take(places))
    asked = asked.append_column("failure", failed["reason"].take(failed_at))
    return asked.append_column("detail", failed["detail"].take(failed_at)), answers.nbytes


def _by_subject(rows: pa.Table) -> Iterator[pa.Table]:
    """Cut rows into batches between subjects."""
    begin = 0
    while begin < len(rows):
        end = _end_of_subject(rows["subject"], begin + _BATCH_ROWS)
        yield rows.slice(begin, end - begin)
        begin = end


def _end_of_subject(subjects: pa.ChunkedArray, end: int) -> int:
    """Return the first place from `end` on where a subject begins."""
    end = min(end, len(subjects))
    while end < len(subjects) and subjects[end].as_py() == subjects[end - 1].as_py():
        end += 1
    return end
