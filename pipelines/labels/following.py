"""Comparisons judged by those who rated each response by itself: nobody is asked again for each comparison."""

import duckdb

from winnow.annotation.ratings import verdict_of_ratings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment, Rating
from winnow.schemas.last_word import last_words
from winnow.warehouse.staging import Staging

_PART = "following"

_RATED_BOTH = """
with rated as (
    select annotator_id, kind, subject_id as response_id, unnest(ratings, recursive := true)
    from (select annotator_id, kind, subject_id, ratings from judgments where subject_kind = 'response')
),
means as (
    select annotator_id, any_value(kind) as kind, response_id, attribute, avg(score) as score
    from rated
    group by annotator_id, response_id, attribute
),
of_responses as (
    select
        annotator_id,
        any_value(kind) as kind,
        response_id,
        list({'response_id': response_id, 'attribute': attribute, 'score': score} order by attribute) as ratings
    from means
    group by annotator_id, response_id
),
pairs as (
    select comparison_id, response_ids, response_ids[1] as a_id, response_ids[2] as b_id
    from comparisons
    where len(response_ids) = 2
)
select p.comparison_id, p.response_ids, a.annotator_id, a.kind, list_concat(a.ratings, b.ratings) as ratings
from pairs as p
inner join of_responses as a on a.response_id = p.a_id
inner join of_responses as b on b.response_id = p.b_id and b.annotator_id = a.annotator_id
anti join judgments as j on j.comparison_id = p.comparison_id and j.annotator_id = a.annotator_id
order by p.comparison_id, a.annotator_id
"""


def follow(staging: Staging) -> None:
    """Stage a judgment of each comparison of two whose responses an annotator rated one by one, and not side by side.

    It holds the ratings of both, several of one attribute as their mean. The verdict is the higher sum; rules of `combine` may
    make another one of the same ratings.

    Args:
        staging: Holds comparisons and judgments; gets judgments.
    """
    # What an earlier attempt of this stage made of them would hide that it is missing.
    staging.discard(Judgment, _PART)
    with duckdb.connect() as con:
        con.register("judgments", last_words(staging.read(Judgment)))
        con.register("comparisons", staging.read(Comparison))
        rows = con.execute(_RATED_BOTH).to_arrow_table().to_pylist()
    found = []
    for row in rows:
        ratings = tuple(Rating.model_validate(rating) for rating in row["ratings"])
        verdict = verdict_of_ratings(ratings, row["response_ids"])
        if verdict is not None:
            found.append(
                Judgment(
                    comparison_id=row["comparison_id"],
                    annotator_id=row["annotator_id"],
                    kind=row["kind"],
                    verdict=verdict,
                    ratings=ratings,
                    rationale="each response was rated by itself",
                )
            )
    if found:
        staging.write(Judgment, found, part=_PART)
