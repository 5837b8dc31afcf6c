"""Columns of few words that repeat, as numbers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Ints


def codes(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """Return the number of each row's word, -1 of null, and the words by number.

    Args:
        column: Dictionaries that all pieces share, as `said.coded` gives them.
    """
    words = column.chunk(0).dictionary if column.num_chunks else pa.array([], pa.string())
    parts = [np.asarray(piece.indices.fill_null(-1), np.int64) for piece in column.chunks]
    return np.concatenate([np.empty(0, np.int64), *parts]), words


def places(column: pa.ChunkedArray, among: pa.Array) -> Ints:
    """Return for each row which of some words it holds, -1 of null and of others.

    Args:
        column: Dictionaries that all pieces share.
        among: Words, each once.
    """
    numbers, words = codes(column)
    place = np.asarray(pc.index_in(words, value_set=among).fill_null(-1), np.int64)
    return np.append(place, -1)[numbers]
