"""The contract of comparisons."""

from typing import TYPE_CHECKING

from winnow.schemas.comparisons import Comparison
from winnow.schemas.contracts.contract import Contract, between, none_of, unique

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = """
WITH answers AS (
    SELECT hash(response_id) AS known, hash(prompt_id) AS asked FROM known_responses
),
odd AS (
    SELECT
        c.comparison_id,
        count(*) FILTER (r.known IS NULL) AS n_missing_responses,
        count(*) FILTER (r.asked != c.asked) AS n_foreign_responses
    FROM (
        SELECT comparison_id, hash(prompt_id) AS asked, hash(unnest(response_ids)) AS known FROM staged_comparisons
    ) AS c
    LEFT JOIN answers AS r ON r.known = c.known
    WHERE r.known IS NULL OR r.asked != c.asked
    GROUP BY c.comparison_id
)
SELECT
    c.comparison_id AS id,
    (hash(c.prompt_id) NOT IN (SELECT hash(prompt_id) FROM known_prompts))::INTEGER AS n_missing_prompts,
    len(c.response_ids) AS n_responses,
    (c.response_ids != list_sort(list_distinct(c.response_ids)))::INTEGER AS n_disorders,
    coalesce(f.n_missing_responses, 0) AS n_missing_responses,
    coalesce(f.n_foreign_responses, 0) AS n_foreign_responses
FROM staged_comparisons AS c
LEFT JOIN odd AS f USING (comparison_id)
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("no comparison comes twice"),
        none_of("n_missing_prompts", "the prompt of a comparison exists"),
        between("n_responses", 2, None, "a comparison has two responses or more"),
        none_of("n_disorders", "responses stand in the order of their ids, none twice"),
        none_of("n_missing_responses", "the responses of a comparison exist"),
        none_of("n_foreign_responses", "the responses of a comparison answer its prompt"),
    ]


COMPARISONS = Contract(Comparison, _VIEW, _expectations)
