"""The contract of cycles."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, between, none_of, unique
from winnow.schemas.cycles import Cycle

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = """
WITH links AS (
    SELECT
        comparison_id AS broken_at,
        unnest(comparison_ids) AS comparison_id,
        unnest(response_ids) AS winner,
        unnest(list_concat(response_ids[2:], response_ids[:1])) AS loser
    FROM staged_cycles
),
judged AS (
    SELECT
        k.broken_at,
        count(*) FILTER (c.comparison_id IS NULL OR NOT list_has_all(c.response_ids, [k.winner, k.loser]))
            AS n_foreign_links,
        count(*) FILTER (l.comparison_id IS NULL) AS n_missing_labels,
        count(*) FILTER (CASE WHEN k.winner = c.response_ids[1] THEN l.p_a <= l.p_b ELSE l.p_b <= l.p_a END)
            AS n_contradicting_labels
    FROM links AS k
    LEFT JOIN known_comparisons AS c USING (comparison_id)
    LEFT JOIN staged_labels AS l USING (comparison_id)
    GROUP BY k.broken_at
)
SELECT
    y.run_id || ' ' || y.comparison_id AS id,
    (y.run_id != (SELECT min(run_id) FROM staged_cycles))::INTEGER AS n_other_runs,
    (y.prompt_id NOT IN (SELECT prompt_id FROM known_prompts))::INTEGER AS n_missing_prompts,
    len(y.response_ids) AS n_responses,
    len(y.response_ids) - len(list_distinct(y.response_ids)) AS n_repeats,
    abs(len(y.comparison_ids) - len(y.response_ids)) + abs(len(y.evidence) - len(y.response_ids)) AS n_unpaired,
    (y.comparison_ids[1] != y.comparison_id)::INTEGER AS n_misplaced,
    len(list_filter(y.evidence, e -> NOT e >= y.evidence[1] OR NOT isfinite(e))) AS n_weaker_links,
    coalesce(j.n_foreign_links, 0) AS n_foreign_links,
    coalesce(j.n_missing_labels, 0) AS n_missing_labels,
    coalesce(j.n_contradicting_labels, 0) AS n_contradicting_labels
FROM staged_cycles AS y
LEFT JOIN judged AS j ON j.broken_at = y.comparison_id
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a comparison breaks one cycle a run"),
        none_of("n_other_runs", "all cycles are of one run"),
        none_of("n_missing_prompts", "the prompt of a cycle exists"),
        between("n_responses", 3, None, "a cycle has three responses or more"),
        none_of("n_repeats", "no response stands in a cycle twice"),
        none_of("n_unpaired", "each link of a cycle has a comparison and its evidence"),
        none_of("n_misplaced", "the comparison that breaks a cycle is its first link"),
        none_of("n_weaker_links", "a cycle is broken where evidence is least"),
        none_of("n_foreign_links", "the comparison of a link compares its two responses"),
        none_of("n_missing_labels", "the comparison of a link has a label"),
        none_of("n_contradicting_labels", "each response of a cycle beats the next by the label"),
    ]


CYCLES = Contract(Cycle, _VIEW, _expectations)
