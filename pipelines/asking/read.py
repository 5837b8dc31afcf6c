"""The last move of asking: what came back, read shard by shard into files."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.counts import failures_of
from winnow.pipelines.beam import BeamSettings, for_each
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.whole_files import whole_file
from winnow.warehouse.places.place import Place

Read = Callable[[pa.Table], Mapping[str, pa.Table]]
"""Makes tables, by name, of requests and their answers: a row a request, those of a subject behind one another in their
order and never in two batches. Columns are those of a shard, those of `Completion` but its key and model, and `failure` and
`detail`, the reason and the words of one that got no answer; what there is not is null. Where an answer was only looked up, all
of them may be."""

_BATCH_ROWS = 4096
_ANSWER = [n for n in Completion.model_fields if n not in ("request_id", "model", "revision")]


def read(
    answered: AnsweredRequests, function: Read, schemas: Mapping[str, pa.Schema], beam: BeamSettings
) -> dict[str, list[Path]]:
    """Read what became of requests.

    Args:
        answered: The requests, and where their answers are.
        function: Makes the tables of a batch of requests, whatever the other batches hold; needs to be a module's own, so that
            it can travel to workers.
        schemas: Columns of each table, by name.
        beam: Where it runs.

    Returns:
        Parquet files by the table's name, in the folder of the requests; only those that hold rows.
    """
    out = answered.requests.root / "read"
    shutil.rmtree(out, ignore_errors=True)
    for name in schemas:
        (out / name).mkdir(parents=True)
    stores = [store.place for store in answered.stores]
    one = partial(
        _read_one,
        function=function,
        schemas=dict(schemas),
        stores=stores,
        failures=answered.requests.failures,
        out=out,
    )
    for_each(one, [str(shard) for shard in answered.requests.shards()], beam)
    return {name: sorted((out / name).glob("*.parquet")) for name in schemas}


def _read_one(
    shard: str,
    function: Read,
    schemas: dict[str, pa.Schema],
    stores: list[Place],
    failures: Path,
    out: Path,
) -> None:
    asked = pq.read_table(shard, partitioning=None)
    in_order = asked.sort_by([("subject", "ascending"), ("place", "ascending")])
    joined = with_answers(in_order, [CompletionStore(place) for place in stores], failures)
    with ExitStack() as open_files:
        writers: dict[str, pq.ParquetWriter] = {}
        for batch in _by_subject(joined):
            for name, table in function(batch).items():
                if not table.num_rows:
                    continue
                if name not in writers:
                    # A runner may try one shard twice at once.
                    draft = open_files.enter_context(whole_file(out / name / Path(shard).name))
                    file = open_files.enter_context(draft.open("wb"))
                    writers[name] = open_files.enter_context(pq.ParquetWriter(file, schemas[name]))
                writers[name].write_table(table.select(schemas[name].names).cast(schemas[name]))


def with_answers(
    asked: pa.Table,
    stores: Iterable[CompletionStore],
    failures: Path,
    columns: Sequence[str] = _ANSWER,
) -> pa.Table:
    """Put the answer or failure of each request beside it; what there is not is null.

    Args:
        asked: Requests, with `request_id` among their columns.
        stores: Where completions are.
        failures: Folder of the failures of these requests.
        columns: Columns of `Completion` to add, beside `failure` and `detail`.
    """
    ids = asked["request_id"]
    answers = pa.concat_tables([store.table(ids, ["request_id", *columns]) for store in stores])
    places = pc.index_in(ids, answers["request_id"])
    failed = failures_of(ids.filter(pc.is_null(places)), failures)
    failed_at = pc.index_in(ids, failed["request_id"])
    for name in columns:
        asked = asked.append_column(name, answers[name].take(places))
    asked = asked.append_column("failure", failed["reason"].take(failed_at))
    return asked.append_column("detail", failed["detail"].take(failed_at))


def _by_subject(rows: pa.Table) -> Iterator[pa.Table]:
    """Cut rows into batches between subjects."""
    subjects = rows["subject"]
    begin = 0
    while begin < len(rows):
        end = min(begin + _BATCH_ROWS, len(rows))
        while end < len(rows) and subjects[end].as_py() == subjects[end - 1].as_py():
            end += 1
        yield rows.slice(begin, end - begin)
        begin = end
