"""What became of requests, as far as files say: counted shard by shard."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.asking.shards import Repeated, own_ids, whole
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import OWED, Completion, Failure
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.runs import ModelUse
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile, placed_files

_COUNTS = ["request_id", "n_prompt_tokens", "n_cached_tokens", "n_tokens"]


@dataclass(frozen=True)
class RequestCounts:
    """Counts of requests, each once."""

    use: ModelUse
    """Requests answered and their tokens."""

    n_requests: int = 0
    """Requests."""

    n_failed: int = 0
    """Requests that failed."""

    n_first: int = 0
    """Requests that repeat none whose reply could not be read."""

    n_owed: int = 0
    """Of the first requests, those that failed and may succeed later."""

    failed: Counter[str] = field(default_factory=Counter)
    """Of the first requests, those that failed, by what the server said."""

    n_missing: int = 0
    """Requests that are not over."""

    missing: str = ""
    """One of them."""

    n_tokens_missing: int = 0
    """Tokens that may be generated for them."""

    most_tokens: int = 0
    """Tokens that may be generated for one of them."""

    def __add__(self, more: "RequestCounts") -> "RequestCounts":
        """Count what became of other requests to the same model besides."""
        return RequestCounts(
            use=self.use + more.use,
            n_requests=self.n_requests + more.n_requests,
            n_failed=self.n_failed + more.n_failed,
            n_first=self.n_first + more.n_first,
            n_owed=self.n_owed + more.n_owed,
            failed=self.failed + more.failed,
            n_missing=self.n_missing + more.n_missing,
            missing=self.missing or more.missing,
            n_tokens_missing=self.n_tokens_missing + more.n_tokens_missing,
            most_tokens=max(self.most_tokens, more.most_tokens),
        )


def together(model: ModelRef, outcomes: Iterable[RequestCounts]) -> RequestCounts:
    """Add up what became of the requests of shards to a model."""
    nothing = RequestCounts(_use(model, Completion.arrow_schema().empty_table().select(_COUNTS)))
    return reduce(RequestCounts.__add__, outcomes, nothing)


def counts_of(
    shard: PlacedFile,
    repeated: Repeated,
    model: ModelRef,
    stores: Iterable[CompletionStore],
    failures: Place,
) -> RequestCounts:
    """Count what became of the requests of a shard.

    Args:
        shard: The shard.
        repeated: Requests that stand elsewhere as well.
        model: Who was asked.
        stores: Where completions are.
        failures: Where the failures of these requests are.
    """
    rows = shard.read(["request_id", "max_tokens", "attempt"])
    rows = _each_once(rows, own_ids(whole(shard), repeated), bool(repeated))
    ids = rows["request_id"]
    is_first = pc.equal(rows["attempt"], 0)
    completed = pa.concat_tables([store.table(ids, _COUNTS) for store in stores])
    is_open = pc.invert(pc.is_in(ids, completed["request_id"]))
    failed = failures_of(ids.filter(is_open), failures)
    of_first = failed.filter(pc.is_in(failed["request_id"], ids.filter(is_first)))
    is_owed = pc.is_in(of_first["reason"], pa.array(OWED))
    is_missing = pc.and_(is_open, pc.invert(pc.is_in(ids, failed["request_id"])))
    missing = rows.filter(is_missing)
    return RequestCounts(
        use=_use(model, completed),
        n_requests=len(rows),
        n_failed=len(failed),
        n_first=pc.sum(is_first, min_count=0).as_py(),
        n_owed=pc.sum(is_owed, min_count=0).as_py(),
        failed=Counter(of_first["detail"].to_pylist()),
        n_missing=len(missing),
        missing=missing["request_id"][0].as_py() if len(missing) else "",
        n_tokens_missing=pc.sum(missing["max_tokens"].cast(pa.int64()), min_count=0).as_py(),
        most_tokens=pc.max(missing["max_tokens"]).as_py() or 0,
    )


def failures_of(request_ids: pa.Array | pa.ChunkedArray, failures: Place) -> pa.Table:
    """Read the failures of requests, each once."""
    found = [Failure.arrow_schema().empty_table()]
    for file in placed_files(failures) if len(request_ids) else ():
        told = file.read()
        found.append(told.filter(pc.is_in(told["request_id"], _array(request_ids))))
    table = pa.concat_tables(found)
    return table.take(_first_places(table["request_id"]))


class FailedIds:
    """Ids of the requests that failed: each file is read once for all who ask, since none of them ever changes."""

    def __init__(self, failures: Place) -> None:
        self._failures = failures
        self._read: dict[str, pa.ChunkedArray] = {}

    def among(self, request_ids: pa.Array) -> set[str]:
        """Tell which of some requests failed by now."""
        for file in placed_files(self._failures) if len(request_ids) else ():
            if file.name not in self._read:
                self._read[file.name] = file.read(["request_id"])["request_id"]
        chunks = [chunk for ids in list(self._read.values()) for chunk in ids.chunks]
        failed = pa.chunked_array(chunks, pa.string())
        return set(failed.filter(pc.is_in(failed, request_ids)).to_pylist())


def _use(model: ModelRef, completed: pa.Table) -> ModelUse:
    _, read, cached, made = completed.columns
    is_counted = pc.and_(pc.is_valid(read), pc.is_valid(made))
    return ModelUse(
        name=model.name,
        model=model.model,
        revision=model.revision,
        engine=model.settings.engine,
        n_requests=len(completed),
        n_prompt_tokens=_sum_known(read),
        n_tokens=_sum_known(made),
        n_cached_tokens=None if cached.null_count else _sum_known(cached),
        n_uncounted=len(completed) - pc.sum(is_counted, min_count=0).as_py(),
    )


def _sum_known(counts: pa.ChunkedArray) -> int | None:
    """Add up counts as `winnow.schemas.runs.sum_known` does."""
    found: int | None = pc.sum(counts, min_count=min(len(counts), 1)).as_py()
    return found


def _each_once(rows: pa.Table, ids: pa.Array, are_repeated: bool) -> pa.Table:
    if not are_repeated:
        return rows
    rows = rows.take(_first_places(rows["request_id"]))
    return rows.filter(pc.is_in(rows["request_id"], ids))


def _first_places(ids: pa.ChunkedArray) -> pa.Array:
    """Return where each id stands first."""
    places = pa.table({"id": ids, "place": pa.array(range(len(ids)), pa.int64())})
    return places.group_by("id").aggregate([("place", "min")])["place_min"].combine_chunks()


def _array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
