"""Which comparisons rubrics are derived from, and which are held out to prove them on.

It follows from the staged tables alone, so that the steps that derive and those that prove need not agree on anything.
"""

from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.near.neighbours import neighbours
from winnow.pipelines.near.texts import asked_texts
from winnow.pipelines.preferences.splits import MANY, NOTHING, place_asked
from winnow.schemas.comparisons import Comparison
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Reach
from winnow.schemas.splits import splits_of
from winnow.warehouse.staging import Staging

SHARE = 0.3
"""Share of the comparisons that is held out."""

NEAR = 0.8
"""Similarity from which on two prompts, or two responses, stand on one side."""

_TEXTS = """
    SELECT response_id AS prompt_id, lower(trim(regexp_replace(text, '\\s+', ' ', 'g'))) AS text
    FROM responses WHERE text IS NOT NULL ORDER BY response_id
"""

_DIVIDE = """
    WITH sides AS (
        SELECT comparison_id, prompt_id, unnest(response_ids) AS response_id FROM comparisons
    ), alike AS (
        SELECT comparison_id, prompt_id, list_sort(list(DISTINCT coalesce(said.first, response_id))) AS responses
        FROM sides LEFT JOIN said USING (response_id) GROUP BY ALL
    ), distinct_ones AS (
        SELECT prompt_id, responses, count(*) OVER (PARTITION BY prompt_id) AS n,
            row_number() OVER (PARTITION BY prompt_id ORDER BY sha256(responses::VARCHAR), responses) AS place
        FROM (SELECT DISTINCT prompt_id, responses FROM alike)
    )
    SELECT comparison_id, prompt_id, responses::VARCHAR AS responses,
        n > 1 AND place <= least(n - 1, greatest(1, round($share * n))) AS is_held_out
    FROM alike JOIN distinct_ones USING (prompt_id, responses) ORDER BY comparison_id
"""


class Division(NamedTuple):
    """The comparisons on their two sides, for narrow rubrics and for wide ones."""

    comparison_id: pa.Array
    """The comparisons, ascending; shape (n,)."""

    prompt_id: pa.Array
    """The prompt of each; shape (n,)."""

    of_prompt: pa.Array
    """Whether a rubric of its prompt alone is proven on it; shape (n,)."""

    of_others: pa.Array
    """Whether wider rubrics are proven on it: those of one prompt, and of prompts near to it, all or none; shape (n,)."""

    responses: pa.Array
    """What its responses say: of one prompt the same for comparisons whose responses nearly say the same; shape (n,)."""

    group: pa.Array
    """The first of the prompts that its prompt is near to, itself or through others; shape (n,)."""

    def to_prove(self, reach: Reach) -> pa.Array:
        """Return the ids of the comparisons on which rubrics are proven, ascending."""
        return self.comparison_id.filter(self._is_held_out(reach))

    def to_derive(self, reach: Reach) -> pa.Array:
        """Return the ids of the comparisons from which rubrics may be derived, ascending."""
        return self.comparison_id.filter(pc.invert(self._is_held_out(reach)))

    def to_weigh(self) -> pa.Array:
        """Return the ids of the comparisons on which no rubric is proven, narrow or wide, ascending."""
        return self.comparison_id.filter(pc.invert(pc.or_(self.of_prompt, self.of_others)))

    def _is_held_out(self, reach: Reach) -> pa.Array:
        return self.of_prompt if reach == "prompt" else self.of_others


def held_out(staging: Staging, share: float = SHARE) -> Division:
    """Divide the staged comparisons into those to derive from and those to prove on.

    For rubrics of one prompt its comparisons are divided: of two or more at least one is on each side; a comparison by
    itself is derived from, and its rubric cannot be proven. Comparisons whose responses nearly say the same count as one.
    For wider rubrics the prompts are divided, by their ids, those that are near to each other as one; the prompts of a
    test split of default size are among those held out.

    Args:
        staging: Holds prompts, responses and comparisons.
        share: Share that is held out, above 0 and below 1.
    """
    comparisons = staging.read(Comparison, ("comparison_id", "prompt_id", "response_ids"))
    prompts = comparisons["prompt_id"].unique()
    with duckdb.connect() as con:
        con.register("comparisons", comparisons)
        con.register("said", _said_alike(con, staging, comparisons))
        rows = con.execute(_DIVIDE, {"share": share}).to_arrow_table()
    placed = _placed(staging, prompts, share)
    place = pc.index_in(rows["prompt_id"], value_set=placed["prompt_id"])
    of_others, group = (placed[name].take(place) for name in ("is_held_out", "group"))
    own = (rows["comparison_id"], rows["prompt_id"], rows["is_held_out"])
    columns = (*own, of_others, rows["responses"], group)
    return Division(*(column.combine_chunks() for column in columns))


def _placed(staging: Staging, prompt_ids: pa.Array, share: float) -> pa.Table:
    """Say of each prompt which prompts it is near to, by the first of them, and whether they are held out."""
    placed = place_asked(
        asked_texts(staging, prompt_ids), NOTHING, {"train": 1 - share, "test": share}, NEAR
    )
    # Nobody knows what the others ask, so they are near to none.
    others = prompt_ids.filter(pc.invert(pc.is_in(prompt_ids, value_set=placed.prompt_id)))
    splits = splits_of(others, {"train": 1 - share, "test": share})
    return pa.table(
        {
            "prompt_id": pa.concat_arrays([placed.prompt_id, others]),
            "is_held_out": pc.equal(pa.concat_arrays([placed.split, splits]), "test"),
            "group": pa.concat_arrays([placed.group, others]),
        }
    )


def _said_alike(
    con: duckdb.DuckDBPyConnection, staging: Staging, comparisons: pa.Table
) -> pa.Table:
    """Return for each response of which a prompt has several comparisons the first one that nearly says the same."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    counts = comparisons["prompt_id"].value_counts()
    several = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    compared = comparisons.filter(pc.is_in(comparisons["prompt_id"], value_set=several))
    wanted = pc.unique(pc.list_flatten(compared["response_ids"].combine_chunks()))
    columns = ("response_id", "text")
    empty = Response.arrow_schema().empty_table().select(columns)
    con.register("responses", pa.concat_tables([empty, *staging.some(Response, columns, wanted)]))
    texts = con.execute(_TEXTS).to_arrow_table()
    found = neighbours(texts, NEAR, many=MANY)
    n = len(found.texts)
    edges = np.array([(one, other) for one in found.near for other in found.near[one]], np.int64)
    one, other = edges.reshape(-1, 2).T
    links = csr_array((np.ones(len(edges), bool), (one, other)), shape=(n, n))
    _, group = connected_components(links, directed=False)
    # Places stand in the order of their first ids, so the first place of a group has the first id of all its responses.
    _, first_place = np.unique(group, return_index=True)
    first = found.first[first_place[group[found.place]]] if n else found.place
    return pa.table(
        {"response_id": found.prompt_id, "first": found.prompt_id.take(pa.array(first))}
    )
