"""How probable its verdict is to an annotator that said so by the distributions of its ratings alone."""

from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.ratings import probability_of_ratings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment, Rating
from winnow.warehouse.staging import Staging

_RATED = ("probability", "ratings")
_COLUMNS = ("judgment_id", "comparison_id", *_RATED)
_UNSTATED = """
select j.judgment_id, c.response_ids, j.ratings
from judgments as j
inner join comparisons as c using (comparison_id)
anti join combined as v using (judgment_id)
where j.probability is null
and len(c.response_ids) = 2
and len(list_filter(j.ratings, lambda rating: rating.distribution is not null)) > 0
order by j.judgment_id
"""


def probabilities_of_ratings(staging: Staging, combined: pa.Table) -> pa.Table:
    """Return judgment_id and probability of the judgments that give no probability, but the distributions of ratings.

    Left out are judgments whose verdict a rule made: their distributions are of another verdict.

    Args:
        staging: Holds judgments and comparisons.
        combined: judgment_id of those whose verdict a rule made.
    """
    ids, found = [], []
    rated = [piece for batch in staging.batches(Judgment, _COLUMNS) if len(piece := _rated(batch))]
    for row in _unstated(pa.concat_tables(rated), staging, combined) if rated else ():
        ratings = [Rating.model_validate(rating) for rating in row["ratings"]]
        probability = probability_of_ratings(ratings, row["response_ids"])
        if probability is not None:
            ids.append(row["judgment_id"])
            found.append(probability)
    return pa.table(
        {"judgment_id": pa.array(ids, pa.string()), "probability": pa.array(found, pa.float64())}
    )


def _rated(judgments: pa.Table) -> pa.Table:
    is_rated = pc.greater(pc.list_value_length(judgments["ratings"]), 0)
    return judgments.filter(pc.and_(is_rated, pc.is_null(judgments["probability"])))


def _unstated(rated: pa.Table, staging: Staging, combined: pa.Table) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        con.register("judgments", rated)
        con.register("combined", combined)
        con.register("comparisons", staging.read(Comparison, ("comparison_id", "response_ids")))
        return con.execute(_UNSTATED).to_arrow_table().to_pylist()
