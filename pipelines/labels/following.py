"""Comparisons judged by those who rated each response by itself: nobody is asked again for each comparison."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.ratings import (
    mean_distribution,
    probability_of_ratings,
    verdict_of_ratings,
)
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import ContentIds, canonical_json, hole
from winnow.schemas.judgments import Judgment, Kind, Rating, ScoreShare, Verdict
from winnow.schemas.last_word import LINKS, last_words
from winnow.warehouse.staging import Staging

_PART = "following"
_READ = (*LINKS, "comparison_id", "verdict", "ratings", "rubric_id", "is_discarded")
_ROWS = 10_000
BY_ITSELF = "each response was rated by itself"
"""What stands in place of reasons where a verdict follows from ratings."""
_UNREAD = "what was said of one response could not be read"

_RATED_BOTH = """
with said as (
    select annotator_id, kind, judgment_id, subject_id as response_id, rubric_id, verdict, ratings
    from judgments
    where subject_kind = 'response' and not is_discarded and (len(ratings) > 0 or verdict = 'invalid')
),
rated as (
    select annotator_id, response_id, rubric_id, unnest(ratings) as rating
    from said
),
means as (
    select
        annotator_id,
        response_id,
        rubric_id,
        rating.attribute as attribute,
        avg(rating.score) as score,
        array_agg(rating.distribution) as distributions
    from rated
    group by all
),
scored as (
    select
        annotator_id,
        response_id,
        rubric_id,
        list(
            {
                'response_id': response_id,
                'attribute': attribute,
                'score': score,
                'distributions': distributions
            }
            order by attribute
        ) as ratings
    from means
    group by all
),
of_responses as (
    select
        s.annotator_id,
        any_value(s.kind) as kind,
        s.response_id,
        s.rubric_id,
        list(s.judgment_id) as judgment_ids,
        bool_and(coalesce(s.verdict = 'invalid', false)) as is_unread,
        coalesce(any_value(c.ratings), []) as ratings
    from said as s
    left join scored as c
        on
            c.annotator_id = s.annotator_id
            and c.response_id = s.response_id
            and c.rubric_id is not distinct from s.rubric_id
    group by s.annotator_id, s.response_id, s.rubric_id
),
pairs as (
    select comparison_id, response_ids, response_ids[1] as a_id, response_ids[2] as b_id
    from comparisons
    where len(response_ids) = 2
)
select
    p.comparison_id,
    p.response_ids,
    a.annotator_id,
    a.kind,
    a.rubric_id,
    a.is_unread or b.is_unread as is_unread,
    list_concat(a.ratings, b.ratings) as ratings,
    list_concat(a.judgment_ids, b.judgment_ids) as judgment_ids
from pairs as p
inner join of_responses as a on a.response_id = p.a_id
inner join of_responses as b
    on
        b.response_id = p.b_id
        and b.annotator_id = a.annotator_id
        and b.rubric_id is not distinct from a.rubric_id
anti join judgments as j on j.comparison_id = p.comparison_id and j.annotator_id = a.annotator_id
order by p.comparison_id, a.annotator_id, a.rubric_id
"""


def follow(staging: Staging) -> list[str]:
    """Stage a judgment of each comparison of two whose responses an annotator judged one by one, and not side by side.

    What was said by one rubric and by another makes two judgments. It holds the ratings of both with their distributions, several of one attribute as their mean. The verdict is the higher sum; rules of `combine` may
    make another one of the same ratings. Where what was said of one response could not be read, it is "invalid".

    Args:
        staging: Holds comparisons and judgments; gets judgments.

    Returns:
        judgment_id of what was said of the responses, in order.
    """
    # What an earlier attempt of this stage made of them would hide that it is missing.
    staging.discard(Judgment, _PART)
    kinds = staging.batches(Judgment, ("subject_kind",))
    if not any(pc.any(pc.equal(piece["subject_kind"], "response")).as_py() for piece in kinds):
        return []
    used: set[str] = set()
    pieces = _followed(staging, used)
    first = next(pieces, None)
    if first is not None:
        schema = Judgment.arrow_schema()
        batches = (batch for piece in chain([first], pieces) for batch in piece.to_batches())
        staging.write(Judgment, pa.RecordBatchReader.from_batches(schema, batches), part=_PART)
    return sorted(used)


def _followed(staging: Staging, used: set[str]) -> Iterator[pa.Table]:
    """Yield the judgments in pieces, and note what was said of the responses."""
    with duckdb.connect() as con:
        con.register("judgments", last_words(staging.read(Judgment, _READ)))
        con.register("comparisons", staging.read(Comparison, ("comparison_id", "response_ids")))
        for batch in con.execute(_RATED_BOTH).to_arrow_reader(_ROWS):
            rows = batch.to_pylist()
            found = [_said_of_both(row) for row in rows]
            for row, said in zip(rows, found, strict=True):
                used.update(row["judgment_ids"] if said else ())
            if any(found):
                yield _table([said for said in found if said])


class _Followed(NamedTuple):
    """What follows for one comparison, as the columns of a judgment that differ from one to another."""

    comparison_id: str
    annotator_id: str
    kind: Kind
    rubric_id: str | None
    verdict: Verdict
    probability: float | None
    ratings: list[dict[str, Any]]
    rationale: str


def _said_of_both(row: Mapping[str, Any]) -> _Followed | None:
    """Do what `following` does, without a record: of many rows a tenth of the time."""
    who = row["comparison_id"], row["annotator_id"], row["kind"], row["rubric_id"]
    if row["is_unread"]:
        return _Followed(*who, "invalid", None, [], _UNREAD)
    ratings = [_mean_rating(one) for one in row["ratings"]]
    verdict = verdict_of_ratings(ratings, row["response_ids"])
    if verdict is None:
        return None
    probability = probability_of_ratings(ratings, row["response_ids"])
    plain = [
        {
            "response_id": one.response_id,
            "attribute": one.attribute,
            "score": one.score,
            "expected": one.expected,
            "distribution": one.distribution and [share.model_dump() for share in one.distribution],
        }
        for one in ratings
    ]
    return _Followed(*who, verdict, probability, plain, BY_ITSELF)


def _table(found: Sequence[_Followed]) -> pa.Table:
    like = following("-", ("-", "-"), "-", "llm", None)
    assert like is not None
    columns: dict[str, list[Any]] = {
        name: list(values)
        for name, values in zip(_Followed._fields, zip(*found, strict=True), strict=True)
    }
    texts = {name: list(map(canonical_json, values)) for name, values in columns.items()}
    texts["ratings"] = [canonical_json([_as_content(r) for r in said.ratings]) for said in found]
    ids = ContentIds(like.as_content() | {name: hole(name) for name in _Followed._fields})
    columns["judgment_id"] = [digest.hex() for digest in ids.digests(**texts)]
    columns["subject_id"] = columns["comparison_id"]
    return Judgment.from_columns(columns, like)


def _as_content(rating: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a rating what its judgment's id does not depend on where it is unknown."""
    return {
        name: value
        for name, value in rating.items()
        if value is not None or name not in ("expected", "distribution")
    }


def following(
    comparison_id: str,
    response_ids: Sequence[str],
    annotator_id: str,
    kind: Kind,
    ratings: Sequence[Rating] | None,
) -> Judgment | None:
    """Judge a comparison by what one annotator said of each of its responses; None where both were rated on nothing alike.

    Args:
        comparison_id: The comparison.
        response_ids: Its a and b.
        annotator_id: Who rated them.
        kind: What sort of annotator that is.
        ratings: Of both, one each on an attribute; None where those of one could not be read.
    """
    verdict = "invalid" if ratings is None else verdict_of_ratings(ratings, response_ids)
    if verdict is None:
        return None
    return Judgment(
        comparison_id=comparison_id,
        annotator_id=annotator_id,
        kind=kind,
        verdict=verdict,
        probability=probability_of_ratings(ratings or (), response_ids),
        ratings=tuple(ratings or ()),
        rationale=_UNREAD if ratings is None else BY_ITSELF,
    )


def _mean_rating(row: dict[str, Any]) -> Rating:
    said = [
        tuple(ScoreShare.model_validate(one) for one in distribution) if distribution else None
        for distribution in row["distributions"]
    ]
    shares = mean_distribution(said)
    # What was read from a staged judgment was checked as it was staged.
    return Rating.model_construct(
        response_id=row["response_id"],
        attribute=row["attribute"],
        score=row["score"],
        expected=sum(one.score * one.share for one in shares) if shares else None,
        distribution=shares,
    )
