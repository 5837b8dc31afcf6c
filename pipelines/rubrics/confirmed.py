"""Pairs of criteria that a model is asked about: whether they say the same."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.annotation.rubrics.merging.confirming import confirmation, read_confirmation
from winnow.annotation.rubrics.merging.pooled import NearPair
from winnow.annotation.rubrics.quotes import key_of
from winnow.annotation.similarity import Embed
from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.read import read
from winnow.pipelines.asking.shards import REQUESTS
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.request_frame import RequestFrame, WrittenRequest
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.rubrics.near_criteria import near_criteria
from winnow.warehouse.places.placed_file import on_disk
from winnow.warehouse.sql import parquet, quote

_PAIRS = pa.schema(
    {
        "subject": pa.string(),
        "place": pa.int32(),
        "batch": pa.int32(),
        "others": pa.list_(pa.string()),
        "similarities": pa.list_(pa.float64()),
    }
)
_SAID = pa.schema(
    {
        "subject": pa.string(),
        "place": pa.int32(),
        "request_id": pa.string(),
        "relations": pa.list_(pa.string()),
        "reason": pa.string(),
        "detail": pa.string(),
    }
)
_SAID_NAME = "said"
_AT_ONCE = 8
"""Criteria that one request asks about beside the one."""

_MOST_REQUESTS = 2048
"""Requests that are written, answered and read at a time."""

_SHOWN = 200


class Confirming:
    """Asks a model about the pairs of criteria that are near, and gives what it said."""

    def __init__(
        self, model: ModelRef, scratch: Path, *, threshold: float, embed: Embed | None = None
    ) -> None:
        """Be ready.

        Args:
            model: Who is asked.
            scratch: Folder for the pairs.
            threshold: Similarity from which on two criteria are asked about.
            embed: Tells which texts mean the same; None compares their words.
        """
        self._model = model
        self._near = partial(near_criteria, threshold=threshold, nearest=_AT_ONCE, embed=embed)
        self._pairs, self._scratch = scratch / "pairs.parquet", scratch
        self._joined = scratch / "joined.parquet"
        self._said: list[Path] = []
        self.n_requests = 0
        self._frames: dict[int, RequestFrame] = {}

    def requests(self, batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Write the requests about pools, some thousand in each table, as `RequestFolder` takes them; `said` is for the same batches in the same order."""
        with pq.ParquetWriter(self._pairs, _PAIRS) as writer:
            for rows, requests in self._written(batches):
                self.n_requests += len(requests)
                writer.write_table(rows)
                yield pa.table(
                    {
                        "request_id": [r.request_id for r in requests],
                        "request": [r.text for r in requests],
                        "subject": rows["subject"],
                        "place": rows["place"],
                        "max_tokens": [r.most_tokens for r in requests],
                        "attempt": [r.attempt for r in requests],
                    },
                    schema=REQUESTS,
                )

    def read(self, answered: AnsweredRequests, beam: BeamSettings) -> pa.Table:
        """Read what came back; returns the requests without an answer that can be read: request_id, reason and detail."""
        files = read(answered, _read, ("text",), {_SAID_NAME: _SAID}, beam)[_SAID_NAME]
        self._said = on_disk(files, self._scratch)
        if not self._said:
            return _SAID.empty_table().select(["request_id", "reason", "detail"])
        with duckdb.connect() as con:
            # In the order of the batches, so that each is found without reading the others.
            con.execute(
                f"COPY (SELECT batch, subject, others, similarities, relations FROM {parquet([self._pairs])} AS pairs"
                f" JOIN {parquet(self._said)} AS said USING (subject, place) WHERE relations IS NOT NULL"
                f" ORDER BY batch, subject, place) TO {quote(str(self._joined))} (FORMAT parquet, ROW_GROUP_SIZE 8192)"
            )
            return con.execute(
                "SELECT request_id, min(reason) AS reason, min(detail) AS detail"
                f" FROM {parquet(self._said)} WHERE reason IS NOT NULL GROUP BY request_id ORDER BY request_id"
            ).to_arrow_table()

    def said(self, number: int) -> Mapping[str, list[tuple[str, NearPair]]]:
        """Return what was said of the pairs of a batch, by the one's criterion_id, with the other's.

        A pair of which nothing can be read counts as different. Places are filled in by `placed`.
        """
        found: dict[str, list[tuple[str, NearPair]]] = defaultdict(list)
        if not self._said:
            return found
        with duckdb.connect() as con:
            rows = con.execute(
                "SELECT subject, others, similarities, relations"
                f" FROM {parquet([self._joined])} WHERE batch = ? ORDER BY subject",
                [number],
            ).fetchall()
        for one, others, similarities, relations in rows:
            if len(relations) != len(others):
                continue
            for other, similarity, relation in zip(others, similarities, relations, strict=True):
                found[one].append((other, NearPair(-1, -1, similarity, relation)))
        return found

    def _written(
        self, batches: Iterable[pa.Table]
    ) -> Iterator[tuple[pa.Table, list[WrittenRequest]]]:
        """Write the requests about batches, some thousand at a time, with the pairs that they are about."""
        made: dict[str, list[Any]] = {name: [] for name in _PAIRS.names}
        requests: list[WrittenRequest] = []
        for number, batch in enumerate(batches):
            for row, request in self._ask(batch, number):
                if len(requests) >= _MOST_REQUESTS and row["place"] == 0:
                    yield pa.table(made, schema=_PAIRS), requests
                    made, requests = {name: [] for name in _PAIRS.names}, []
                for name, value in row.items():
                    made[name].append(value)
                requests.append(request)
        if requests:
            yield pa.table(made, schema=_PAIRS), requests

    def _ask(self, batch: pa.Table, number: int) -> Iterator[tuple[dict[str, Any], WrittenRequest]]:
        rows = _distinct(batch)
        texts, ids = rows.texts.to_pylist(), rows.ids
        near = self._near(rows.texts, rows.target)
        begins = np.flatnonzero(np.diff(near.one, prepend=-1))
        for begin, end in pairwise([*begins, len(near.one)]):
            one = int(near.one[begin])
            for place, first in enumerate(range(begin, end, _AT_ONCE)):
                some = slice(first, min(first + _AT_ONCE, end))
                others = near.other[some].tolist()
                row = {
                    "subject": ids[one],
                    "place": place,
                    "batch": number,
                    "others": [ids[other] for other in others],
                    "similarities": near.similarity[some].tolist(),
                }
                yield row, self._request(texts[one], [texts[other] for other in others])

    def _request(self, text: str, others: list[str]) -> WrittenRequest:
        question = confirmation(text, others)
        if len(others) not in self._frames:  # all of one number differ in their messages alone
            sampling = Sampling(temperature=question.temperature, max_tokens=question.max_tokens)
            frame = RequestFrame(self._model, json_schema=question.json_schema, sampling=sampling)
            self._frames[len(others)] = frame
        return self._frames[len(others)].write(question.messages)


def placed(
    said: Mapping[str, list[tuple[str, NearPair]]], criterion_ids: Iterable[str]
) -> Iterator[NearPair]:
    """Give the pairs of a pool by the places of their criteria in it."""
    places = {criterion_id: place for place, criterion_id in enumerate(criterion_ids)}
    for criterion_id, place in places.items():
        for other, pair in said.get(criterion_id, ()):
            yield pair._replace(one=place, other=places[other])


class _Distinct(NamedTuple):
    """Criteria of which no two of a target are worded alike."""

    ids: list[str]
    texts: pa.Array
    target: np.ndarray


def _distinct(batch: pa.Table) -> _Distinct:
    """Keep of criteria that are worded alike the first; graded ones are compared by their levels, not by a model."""
    first: dict[tuple[Any, ...], int] = {}
    columns = ("text", "target", "turn", "importance", "levels")
    for row, (text, target, turn, importance, levels) in enumerate(
        zip(*(batch[name].to_pylist() for name in columns), strict=True)
    ):
        if not levels:
            first.setdefault((target, key_of(text), turn, importance == "pitfall"), row)
    rows = batch.take(pa.array(first.values(), pa.int64()))
    return _Distinct(
        rows["criterion_id"].to_pylist(),
        rows["text"].combine_chunks(),
        rows["target"].to_numpy().astype(np.int64),
    )


def _read(asked: pa.Table) -> Mapping[str, pa.Table]:
    """Read replies: how criteria relate, or why nobody knows."""
    relations, reasons, details = [], [], []
    columns = (asked[name].to_pylist() for name in ("request", "text", "failure", "detail"))
    for request, text, failure, detail in zip(*columns, strict=True):
        found = None if text is None else read_confirmation(text, _n_asked(request))
        relations.append(found)
        is_unread = text is not None and found is None
        reasons.append("unreadable" if is_unread else failure)
        details.append(text[:_SHOWN] if is_unread else detail)
    table = asked.select(["subject", "place", "request_id"])
    for name, values in (("relations", relations), ("reason", reasons), ("detail", details)):
        table = table.append_column(name, pa.array(values, _SAID.field(name).type))
    return {_SAID_NAME: table}


def _n_asked(request: str) -> int:
    """Count the criteria that a request asks about."""
    return len(orjson.loads(orjson.loads(request)["json_schema"])["properties"]) - 1
