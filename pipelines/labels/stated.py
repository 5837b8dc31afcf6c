"""How probable its verdict is to an annotator that said so by the distributions of its ratings alone."""

import duckdb
import pyarrow as pa

from winnow.annotation.ratings import probability_of_ratings
from winnow.schemas.judgments import Rating

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


def probabilities_of_ratings(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return judgment_id and probability of the judgments that give no probability, but the distributions of ratings.

    Left out are judgments whose verdict a rule made: their distributions are of another verdict.

    Args:
        con: Knows the tables judgments, comparisons and combined.
    """
    ids, found = [], []
    for row in con.execute(_UNSTATED).to_arrow_table().to_pylist():
        ratings = [Rating.model_validate(rating) for rating in row["ratings"]]
        probability = probability_of_ratings(ratings, row["response_ids"])
        if probability is not None:
            ids.append(row["judgment_id"])
            found.append(probability)
    return pa.table(
        {"judgment_id": pa.array(ids, pa.string()), "probability": pa.array(found, pa.float64())}
    )
