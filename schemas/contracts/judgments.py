"""The contract of judgments."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, between, none_of, one_of, unique
from winnow.schemas.judgments import Judgment, Kind, Order, SubjectKind, Verdict

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = r"""
WITH subjects AS (
    SELECT hash('prompt', prompt_id) AS subject FROM known_prompts
    UNION ALL
    SELECT hash('response', response_id) FROM known_responses
    UNION ALL
    SELECT hash('comparison', comparison_id) FROM known_comparisons
),
about AS NOT MATERIALIZED (
    -- A step is known where its response is.
    SELECT
        *,
        CASE WHEN subject_kind = 'step' THEN 'response' ELSE subject_kind END AS known_as,
        CASE WHEN subject_kind = 'step' THEN regexp_extract(subject_id, '^(.*):\d+$', 1) ELSE subject_id END AS known_id
    FROM staged_judgments
),
named AS (
    SELECT judgment_id, known_as, known_id, unnest(list_concat(
        list_transform(ratings, r -> r.response_id),
        list_transform(criteria, c -> c.response_id)
    )) AS response_id
    FROM about
    WHERE len(ratings) > 0 OR len(criteria) > 0
),
ranked AS (
    SELECT judgment_id, comparison_id, unnest(ranking) AS response_id FROM staged_judgments WHERE ranking IS NOT NULL
),
compared AS (
    SELECT comparison_id, response_ids FROM known_comparisons WHERE comparison_id IN (SELECT comparison_id FROM ranked)
),
strangers AS (
    SELECT r.judgment_id, count(*) AS n
    FROM ranked AS r
    JOIN known_comparisons AS c USING (comparison_id)
    LEFT JOIN known_responses AS a ON a.response_id = r.response_id AND a.prompt_id = c.prompt_id
    WHERE a.response_id IS NULL
    GROUP BY r.judgment_id
),
foreign_ones AS (
    SELECT n.judgment_id, count(*) AS n
    FROM named AS n
    LEFT JOIN known_comparisons AS c ON c.comparison_id = CASE WHEN n.known_as = 'comparison' THEN n.known_id END
    WHERE CASE n.known_as
        WHEN 'prompt' THEN n.known_id IN (SELECT prompt_id FROM known_prompts)
        WHEN 'response' THEN n.known_id != n.response_id AND n.known_id IN (SELECT response_id FROM known_responses)
        ELSE NOT list_contains(c.response_ids, n.response_id)
    END
    GROUP BY n.judgment_id
)
SELECT
    j.judgment_id AS id,
    (j.comparison_id IS NOT NULL AND hash(j.comparison_id) NOT IN (SELECT hash(comparison_id) FROM known_comparisons))::INTEGER
        AS n_missing_comparisons,
    (hash(j.known_as, j.known_id) NOT IN (SELECT subject FROM subjects))::INTEGER AS n_missing_subjects,
    (j.comparison_id IS DISTINCT FROM CASE WHEN j.subject_kind = 'comparison' THEN j.subject_id END)::INTEGER
        AS n_other_comparisons,
    (j.verdict IS NULL AND j.subject_kind = 'comparison' AND coalesce(len(j.ranking), 0) < 3)::INTEGER
        AS n_without_verdict,
    (j.subject_kind != 'comparison' AND (
        coalesce(j.verdict, 'invalid') != 'invalid' OR j."order" IS NOT NULL OR j.strength IS NOT NULL
        OR j.ranking IS NOT NULL OR j.ranks IS NOT NULL))::INTEGER AS n_comparing,
    (j.ranks IS NOT NULL AND (len(j.ranks) IS DISTINCT FROM len(j.ranking) OR j.ranks[1] != 1
        OR j.ranks != list_sort(j.ranks)))::INTEGER AS n_wrong_ranks,
    (j.rubric_id IS NOT NULL AND j.rubric_id NOT IN (SELECT rubric_id FROM known_rubrics))::INTEGER
        AS n_missing_rubrics,
    coalesce(f.n, 0) AS n_foreign_responses,
    coalesce(len(list_filter(c.response_ids, i -> NOT list_contains(j.ranking, i))), 0) AS n_unranked_responses,
    coalesce(r.n, 0) AS n_foreign_ranked,
    (NOT regexp_matches(j.annotator_id, '\S'))::INTEGER AS n_nameless_annotators,
    j.subject_kind,
    j.kind,
    j."order",
    j.verdict,
    j.strength,
    CASE WHEN isnan(j.probability) THEN -1 ELSE j.probability END AS probability
FROM about AS j
LEFT JOIN foreign_ones AS f USING (judgment_id)
LEFT JOIN strangers AS r USING (judgment_id)
-- One condition: beside another one on the left side alone, DuckDB compares every judgment with every comparison.
LEFT JOIN compared AS c ON c.comparison_id = CASE WHEN j.ranking IS NOT NULL THEN j.comparison_id END
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("no judgment comes twice"),
        none_of("n_missing_comparisons", "the comparison of a judgment exists"),
        none_of("n_missing_subjects", "what was judged exists"),
        none_of("n_other_comparisons", "a judgment names one subject"),
        none_of("n_without_verdict", "a comparison gets a verdict, or a ranking"),
        none_of("n_comparing", "only of a comparison is said which response is better"),
        none_of("n_missing_rubrics", "the rubric of a judgment exists"),
        none_of("n_foreign_responses", "a judgment names responses of its subject only"),
        none_of("n_unranked_responses", "a ranking holds the responses of its comparison"),
        none_of("n_wrong_ranks", "ranks go up from 1, one for each response that is ranked"),
        none_of("n_foreign_ranked", "all that is ranked answers one prompt"),
        none_of("n_nameless_annotators", "a judgment says who judged"),
        one_of("subject_kind", get_args(SubjectKind), "the kind of subject is a known one"),
        one_of("kind", get_args(Kind), "the kind is a known one"),
        one_of("order", get_args(Order), "the order is a known one"),
        one_of("verdict", get_args(Verdict), "the verdict is a known one"),
        between("strength", -3, 3, "a strength lies in -3..3"),
        between("probability", 0, 1, "a probability lies in 0..1"),
    ]


JUDGMENTS = Contract(Judgment, _VIEW, _expectations)
