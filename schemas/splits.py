"""Splits that do not leak: the id of a prompt alone decides where it goes."""

import hashlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

DEFAULT_SHARES = {"train": 0.9, "test": 0.1}
"""Share of the prompts by split where the settings of a run name none; stored settings leave defaults out, so it stays."""

_DIGITS = 13
_NUMBERS = f"SELECT ('0x' || sha256('split:' || prompt_id)[:{_DIGITS}])::UBIGINT AS n FROM prompts"


def split_of(prompt_id: str, shares: Mapping[str, float]) -> str:
    """Return the split of a prompt, the same on every machine and in every release.

    Held-out splits keep their place whatever else is asked for: "test" takes the top of the range, "validation"
    the part below. So a prompt that once was in a test split stays there as long as its share does not shrink.

    Args:
        prompt_id: Id of the prompt; all rows of one prompt land in one split.
        shares: Share of the prompts by split, positive, summing to 1.
    """
    digest = hashlib.sha256(f"split:{prompt_id}".encode()).hexdigest()
    names, (rank,) = _placed(np.array([int(digest[:_DIGITS], 16)]), shares)
    return names[rank]


def splits_of(prompt_ids: pa.Array, shares: Mapping[str, float]) -> pa.Array:
    """Return the split of each prompt; shape (n,)."""
    import duckdb

    with duckdb.connect() as con:
        con.register("prompts", pa.table({"prompt_id": prompt_ids}))
        numbers = np.asarray(con.execute(_NUMBERS).fetchnumpy()["n"])
    names, ranks = _placed(numbers, shares)
    return pa.array(names, pa.string()).take(pa.array(ranks))


def _placed(
    numbers: npt.NDArray[np.integer], shares: Mapping[str, float]
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the names of the splits, and for each number which of them it falls into."""
    places = np.asarray(numbers, np.float64) / 16**_DIGITS
    names = sorted(shares, key=_rank)
    # The first split takes what the others leave.
    ranks, top = np.zeros(len(places), np.int64), 1.0
    for rank in range(len(names) - 1, 0, -1):
        bottom = top - shares[names[rank]]
        ranks[(places >= bottom) & (places < top)] = rank
        top = bottom
    return names, ranks


def _rank(name: str) -> tuple[int, str]:
    return {"train": 0, "validation": 2, "test": 3}.get(name, 1), name
