"""The requests of one step to one model, as Parquet files that workers read by their addresses."""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.pipelines.asking.sample_reader import SampleReader
from winnow.pipelines.inference.requests import ChatRequest, Failure
from winnow.pipelines.inference.segment_keys import keys_of
from winnow.pipelines.one_ahead import one_ahead
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile, placed_files

REQUESTS = pa.schema(
    {
        "request_id": pa.string(),
        "request": pa.string(),
        "subject": pa.string(),
        "place": pa.int32(),
        "max_tokens": pa.int32(),
        "attempt": pa.int32(),
    }
)
"""Columns of a shard: the request as `ChatRequest.canonical` writes it and its id, which is the SHA-256 of that text; what the
step asks about, by a key of its own, and the place among the requests of that subject; the tokens that may be generated; how often
the same was asked before with a reply that could not be read."""

SHARDS = "requests"
"""Name of the shards' place, in the place of the requests."""

ROW_GROUP = 1024
"""Rows of a row group, at most."""

_LEAST_ROW_GROUP = 32
_GROUPS_OF_FEW = 16
_READ_ROWS = 4096
_MOST_ROWS = 65_536
_MOST_BYTES = 64 * 2**20


Repeated = dict[str, tuple[str, int]]
"""Ids of requests that stand in shards several times, each with the file's name of the first shard and the row there."""


class ShardSlice(NamedTuple):
    """Part of a shard."""

    shard: PlacedFile
    """The shard."""

    first: int
    """Its first row group."""

    end: int
    """The row group behind its last."""


def request_rows(
    requests: Sequence[ChatRequest],
    subjects: Sequence[str] | None = None,
    places: Sequence[int] | None = None,
) -> pa.Table:
    """Put requests into rows of a shard; without subjects each is a subject of its own."""
    columns = {
        "request_id": [r.request_id for r in requests],
        "request": [r.canonical() for r in requests],
        "subject": [r.request_id for r in requests] if subjects is None else subjects,
        "place": [0] * len(requests) if places is None else places,
        "max_tokens": [r.most_tokens for r in requests],
        "attempt": [r.attempt for r in requests],
    }
    return pa.table(columns, schema=REQUESTS)


class RequestFolder:
    """Shards of requests in a place that every worker can reach, and beside them what became of those that failed.

    The requests of a subject stand in one shard. Within it, those with a common beginning stand next to each other, for the
    prefix cache. A request may stand there several times: it is answered once.
    """

    def __init__(self, root: Place | Path) -> None:
        self.root = as_place(root)

    def write(self, batches: Iterable[pa.Table], part: str = "all") -> None:
        """Write shards in place of those that the part held.

        Args:
            batches: Rows as `REQUESTS` says, those of a subject behind one another; never held whole.
            part: Name of the part, where several workers write, each its own.
        """
        written = set()
        for number, rows in enumerate(one_ahead(_cut(batches))):
            name = f"{part}-{number:06d}.parquet"
            written.add(name)
            with self._shards.draft(name, is_durable=False) as file:
                pq.write_table(
                    _ordered(rows), file, row_group_size=_group_rows(len(rows)), compression="lz4"
                )
        # Only at the end, for a runner may try one part twice at once.
        for old in self.shards(f"{part}-"):
            if old.name not in written and old.name.removeprefix(f"{part}-")[0].isdigit():
                self._shards.remove(old.name)

    def shards(self, part: str = "") -> list[PlacedFile]:
        """List the shards by name, all or those of parts whose names begin so."""
        return placed_files(self._shards, part)

    def repeated(self) -> Repeated:
        """Find the requests that stand there several times, holding 8 bytes of each."""
        shards = self.shards()
        keys = [keys_of(ids_of(shard)).view(">u8")[::2] for shard in shards]
        ordered = np.sort(np.concatenate([np.empty(0, ">u8"), *keys]))
        alike = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(alike):
            return {}
        places: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for shard, its_keys in zip(shards, keys, strict=True):
            rows = np.flatnonzero(np.isin(its_keys, alike))
            for row, request_id in zip(
                rows.tolist(), ids_of(shard).take(rows).to_pylist(), strict=True
            ):
                places[request_id].append((shard.name, row))
        return {i: min(found) for i, found in places.items() if len(found) > 1}

    @property
    def failures(self) -> Place:
        """Where Parquet files say which requests got no answer."""
        return self.root.within("failures")

    def forget_failures(self) -> None:
        """Remove what an earlier job told of them."""
        self.failures.clear()

    def read_failures(self) -> dict[str, Failure]:
        """Read all failures, by request_id."""
        tables = [file.read() for file in placed_files(self.failures)]
        return {f.request_id: f for table in tables for f in Failure.from_table(table)}

    @property
    def _shards(self) -> Place:
        return self.root.within(SHARDS)


def whole(shard: PlacedFile) -> ShardSlice:
    """Return all of a shard as a slice."""
    return ShardSlice(shard, 0, shard.metadata().num_row_groups)


def n_row_groups(shards: Iterable[PlacedFile]) -> int:
    """Count the row groups of shards."""
    return sum(whole(shard).end for shard in shards)


def slices(shard: PlacedFile, n_groups: int) -> list[ShardSlice]:
    """Cut a shard into slices of so many row groups."""
    *_, n = whole(shard)
    begins = range(0, n, n_groups)
    return [ShardSlice(shard, begin, min(begin + n_groups, n)) for begin in begins]


def own_ids(part: ShardSlice, repeated: Repeated) -> pa.Array:
    """Return the ids of a slice's requests, each once, without those that stand ahead of it as well."""
    with part.shard.opened() as file:
        groups = range(part.first, part.end)
        ids = file.read_row_groups(groups, columns=["request_id"])["request_id"].combine_chunks()
        first = sum(file.metadata.row_group(i).num_rows for i in range(part.first))
    if not repeated:
        return ids
    name, here = part.shard.name, range(first, first + len(ids))
    distinct = ids.unique()
    places = map(repeated.get, distinct.to_pylist())
    return distinct.filter(
        pa.array([p is None or (p[0] == name and p[1] in here) for p in places], pa.bool_())
    )


def requests_in(part: ShardSlice, wanted: set[str]) -> Iterator[ChatRequest]:
    """Read the requests of a slice one by one, each of the wanted ids once; these are taken out of the set."""
    read = SampleReader()
    with part.shard.opened() as file:
        groups = range(part.first, part.end)
        for rows in file.iter_batches(_READ_ROWS, groups, ["request_id", "request"]):
            for request_id, text in zip(*(c.to_pylist() for c in rows.columns), strict=True):
                if request_id in wanted:
                    wanted.remove(request_id)
                    yield read(text, request_id)


def ids_of(shard: PlacedFile) -> pa.ChunkedArray:
    """Read the ids of a shard's requests."""
    return shard.read(["request_id"])["request_id"]


def _group_rows(n_rows: int) -> int:
    """Return the rows of a row group: of few requests each worker of a cluster is to have some as well."""
    return min(ROW_GROUP, max(_LEAST_ROW_GROUP, -(-n_rows // _GROUPS_OF_FEW)))


def _cut(batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Put batches together to shards, and cut those between subjects."""
    held: list[pa.Table] = []
    for batch in batches:
        for begin in range(0, batch.num_rows, _MOST_ROWS):
            held.append(batch.slice(begin, _MOST_ROWS).select(REQUESTS.names).cast(REQUESTS))
            if sum(t.num_rows for t in held) >= _MOST_ROWS or _n_bytes(held) >= _MOST_BYTES:
                whole, rest = _at_last_subject(pa.concat_tables(held))
                held = [rest]
                if whole.num_rows:
                    yield whole
    table = pa.concat_tables(held) if held else REQUESTS.empty_table()
    if table.num_rows:
        yield table


def _n_bytes(tables: Sequence[pa.Table]) -> int:
    return sum(t["request"].nbytes for t in tables)


def _at_last_subject(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    subjects = table["subject"]
    last = subjects[-1].as_py()
    same = itertools.takewhile(
        lambda i: subjects[i].as_py() == last, range(len(subjects) - 1, -1, -1)
    )
    begin = len(subjects) - sum(1 for _ in same)
    return table.slice(0, begin), table.slice(begin)


def _ordered(rows: pa.Table) -> pa.Table:
    """Sort by what a model reads: tools first, then turns."""
    has_tools = pc.match_substring(rows["request"], '"tools":')
    keyed = rows
    keys = [("request", "ascending")]
    if pc.any(has_tools).as_py():
        tools = [
            json.loads(t).get("tools") or "" if has else ""
            for t, has in zip(rows["request"].to_pylist(), has_tools.to_pylist(), strict=True)
        ]
        keyed = rows.append_column("tools", pa.array(tools, pa.string()))
        keys = [("tools", "ascending"), *keys]
    return rows.take(pc.sort_indices(keyed, keys))
