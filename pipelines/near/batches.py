"""Many texts, looked at a few at a time."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.in_threads import in_threads
from winnow.pipelines.near.pieces import Ints

T = TypeVar("T")

_CHARACTERS = 1 << 14
"""Characters of a batch: what is made of them fits into a processor's cache. With 4 times as many all takes 3 times as long."""


class Texts(NamedTuple):
    """Distinct texts."""

    column: pa.Array
    """The texts, shape (n,)."""

    def __len__(self) -> int:
        return len(self.column)

    def some(self, places: Ints) -> pa.Array:
        """Return the texts at some places."""
        return self.column.take(pa.array(places))

    def each(self, function: Callable[[pa.Array], T]) -> Iterator[T]:
        """Apply a function to batches of the texts, and yield what it gives in their order."""
        return in_threads(lambda cut: function(self.column.slice(*cut)), self._cuts())

    def _cuts(self) -> list[tuple[int, int]]:
        """Return where each batch begins and how many texts it has."""
        batch = np.cumsum(np.asarray(pc.utf8_length(self.column), np.int64)) // _CHARACTERS
        begins = np.flatnonzero(np.diff(batch, prepend=-1) != 0)
        return list(
            zip(begins.tolist(), np.diff(np.append(begins, len(self))).tolist(), strict=True)
        )
