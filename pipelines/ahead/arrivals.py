"""Prompts whose samples are all in, found while a model is asked for them."""

from collections.abc import Sequence
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.inference.store import CompletionStore
from winnow.warehouse.places.placed_file import PlacedFile


class Arrivals:
    """Gives each prompt once; one of which a request failed is never given."""

    def __init__(
        self, requests: RequestFolder, before: Sequence[RequestFolder], store: CompletionStore
    ) -> None:
        """Look at nothing yet.

        Args:
            requests: What a model is being asked; subjects are prompts.
            before: What other models were asked of the same prompts.
            store: Where their answers are.
        """
        self._store, self._before = store, before
        self._open = requests.shards()
        self._given = {shard: _none() for shard in self._open}

    def new(self, most: int) -> pa.Array:
        """List prompts that are complete and were not listed before, `most` at most."""
        found = _none()
        for shard in tuple(self._open):
            subjects = _column(shard, "subject").unique()
            is_open = pc.is_in(subjects, self._open_subjects(shard))
            if pc.all(is_open).as_py():  # shards are asked one after the other
                break
            done = subjects.filter(pc.invert(is_open))
            new = _without(done, [self._given[shard], *self._lacking]).slice(0, most - len(found))
            found = pa.concat_arrays([found, new])
            self._given[shard] = pa.concat_arrays([self._given[shard], new])
            if len(self._given[shard]) == len(subjects):
                self._open.remove(shard)
                del self._given[shard]
            if len(found) == most:
                break
        return found

    @cached_property
    def _lacking(self) -> list[pa.Array]:
        return [self._open_subjects(shard) for one in self._before for shard in one.shards()]

    def _open_subjects(self, shard: PlacedFile) -> pa.Array:
        """List the subjects of a shard that lack an answer."""
        ids = _column(shard, "request_id")
        answered = self._store.table(ids, ["request_id"])["request_id"]
        is_open = pc.invert(pc.is_in(ids, answered))
        return _column(shard, "subject").filter(is_open).unique()


def _none() -> pa.Array:
    return pa.array([], pa.string())


def _column(shard: PlacedFile, name: str) -> pa.Array:
    return shard.read([name])[name].combine_chunks()


def _without(subjects: pa.Array, others: Sequence[pa.Array]) -> pa.Array:
    return subjects.filter(pc.invert(pc.is_in(subjects, pa.concat_arrays([_none(), *others]))))
