"""What sets the two responses of each preference apart on the surface."""

from collections.abc import Collection
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.shortcuts.surface import SURFACE, Floats, Integers, read_surface
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import LINKS, last_words
from winnow.warehouse.staging import Staging

_IDS = ("comparison_id", "prompt_id", "chosen_id", "rejected_id")

_SIDES = """
WITH shown AS (
    SELECT comparison_id, count(*) FILTER ("order" = 'ab') - count(*) FILTER ("order" = 'ba') AS n_first
    FROM judgments WHERE verdict != 'invalid' AND "order" IS NOT NULL GROUP BY comparison_id
)
SELECT
    CASE WHEN p.chosen_id = c.response_ids[1] THEN 1 ELSE -1 END AS place,
    coalesce(s.n_first, 0)::BIGINT AS n_first
FROM pairs AS p
JOIN comparisons AS c USING (comparison_id)
LEFT JOIN shown AS s USING (comparison_id)
ORDER BY p.i
"""


class Pairs(NamedTuple):
    """Preferences as numbers, one row each."""

    prompts: Integers
    """Number of the prompt, shape (n,)."""

    differences: dict[str, Floats]
    """Chosen minus rejected, shape (n,): of counts the logarithms, of `place` and `shown_first` the sign."""

    longer_by: Floats
    """Characters by which the chosen response is longer, shape (n,)."""

    chosen_model: Integers
    """Number of the model that wrote the chosen response, shape (n,)."""

    rejected_model: Integers
    """Number of the model that wrote the rejected response, shape (n,)."""

    models: list[str]
    """Names of the models, sorted."""


def read_pairs(
    staging: Staging, preferences: pa.Table, names: Collection[str] = tuple(SURFACE)
) -> Pairs:
    """Measure both sides of preferences.

    Args:
        staging: Holds their responses, comparisons and judgments.
        preferences: Columns comparison_id, prompt_id, chosen_id and rejected_id.
        names: Which counts to take, of `SURFACE`; place, order and model are always there.
    """
    ids = preferences.select(list(_IDS))
    both = pa.chunked_array([*ids["chosen_id"].chunks, *ids["rejected_id"].chunks], pa.string())
    surface = read_surface(staging, pc.unique(both), {"length", *names})
    chosen, rejected = surface.rows_of(ids["chosen_id"]), surface.rows_of(ids["rejected_id"])
    place, shown_first = _sides(staging, ids)
    logs = {name: np.log1p(counts) for name, counts in surface.counts.items()}
    models, model = np.unique(np.asarray(surface.models.to_pylist(), str), return_inverse=True)
    return Pairs(
        prompts=_numbers(ids["prompt_id"]),
        differences={name: logs[name][chosen] - logs[name][rejected] for name in names}
        | {"place": place, "shown_first": shown_first},
        longer_by=surface.counts["length"][chosen] - surface.counts["length"][rejected],
        chosen_model=model[chosen],
        rejected_model=model[rejected],
        models=models.tolist(),
    )


def _sides(staging: Staging, ids: pa.Table) -> tuple[Floats, Floats]:
    with duckdb.connect() as con:
        con.register("pairs", ids.append_column("i", pa.array(range(ids.num_rows), pa.int64())))
        con.register("comparisons", staging.read(Comparison, ("comparison_id", "response_ids")))
        said = staging.read(Judgment, {*LINKS, "comparison_id", "order", "verdict"})
        con.register("judgments", last_words(said))
        found = con.execute(_SIDES).fetchnumpy()
    place, n_first = (np.asarray(found[name], np.float64) for name in ("place", "n_first"))
    return place, np.sign(n_first) * place


def _numbers(column: pa.ChunkedArray) -> Integers:
    encoded = column.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices, np.int64)
