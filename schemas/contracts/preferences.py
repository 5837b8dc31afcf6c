"""The contract of preferences."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, between, none_of, one_of, unique
from winnow.schemas.preferences import Preference, Split

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# A NaN would pass for a missing value, so the view turns it into -1.
_VIEW = r"""
WITH answers AS (
    -- Rows from before there were turns hold null.
    SELECT
        response_id,
        text IS NULL AS is_unknown,
        hash(text, tool_calls, coalesce(turns, [])) AS content
    FROM known_responses
    WHERE response_id IN (SELECT unnest([chosen_id, rejected_id]) FROM staged_preferences)
),
said AS (
    SELECT hash(judgment_id) AS known, hash(comparison_id) AS about, verdict = 'invalid' AS is_invalid
    FROM known_judgments
),
odd_evidence AS (
    SELECT
        e.preference_id,
        count(*) FILTER (j.known IS NULL) AS n_missing,
        count(*) FILTER (j.about != e.about) AS n_foreign,
        count(*) FILTER (j.is_invalid) AS n_invalid
    FROM (
        SELECT preference_id, hash(comparison_id) AS about, hash(unnest(evidence)) AS known FROM staged_preferences
    ) AS e
    LEFT JOIN said AS j ON j.known = e.known
    WHERE j.known IS NULL OR j.about != e.about OR j.is_invalid
    GROUP BY e.preference_id
),
prompts AS (
    SELECT prompt_id, len(list_filter(messages, m -> regexp_matches(coalesce(m.content, ''), '\S') OR len(m.parts) > 0
        OR len(m.tool_calls) > 0)) AS n_filled_messages
    FROM known_prompts WHERE prompt_id IN (SELECT prompt_id FROM staged_preferences)
),
splits AS (SELECT prompt_id, count(DISTINCT split) AS n FROM staged_preferences GROUP BY prompt_id),
groups AS (
    SELECT near_group, count(DISTINCT split) AS n FROM staged_preferences WHERE near_group != '' GROUP BY near_group
),
placed AS (SELECT DISTINCT release, prompt_id, split FROM known_preferences),
moves AS (
    SELECT p.preference_id AS id FROM staged_preferences AS p
    JOIN placed AS k ON k.prompt_id = p.prompt_id AND k.release != p.release
    GROUP BY p.preference_id HAVING NOT bool_or(k.split = p.split)
)
SELECT
    p.preference_id AS id,
    p.comparison_id,
    p.is_tied,
    (p.chosen_id = p.rejected_id)::INTEGER AS n_same_ids,
    (NOT p.is_tied AND coalesce(chosen.content = rejected.content, false))::INTEGER AS n_same_answers,
    (q.prompt_id IS NULL)::INTEGER AS n_missing_prompts,
    q.n_filled_messages,
    (c.comparison_id IS NULL)::INTEGER AS n_missing_comparisons,
    coalesce(c.prompt_id != p.prompt_id, false)::INTEGER AS n_foreign_prompts,
    (chosen.response_id IS NULL)::INTEGER + (rejected.response_id IS NULL)::INTEGER AS n_missing_responses,
    coalesce(chosen.is_unknown, false)::INTEGER + coalesce(rejected.is_unknown, false)::INTEGER AS n_unknown_texts,
    coalesce((NOT list_has_all(c.response_ids, [p.chosen_id, p.rejected_id])), false)::INTEGER
        AS n_foreign_responses,
    coalesce(NOT p.is_tied AND CASE WHEN p.chosen_id = c.response_ids[1] THEN l.p_a < l.p_b ELSE l.p_b < l.p_a END, false)::INTEGER
        AS n_contradicting_labels,
    len(p.evidence) AS n_evidence,
    coalesce(e.n_missing, 0) AS n_missing_evidence,
    coalesce(e.n_foreign, 0) AS n_foreign_evidence,
    coalesce(e.n_invalid, 0) AS n_invalid_evidence,
    CASE WHEN isnan(p.confidence) THEN -1 ELSE p.confidence END AS confidence,
    CASE WHEN isnan(p.margin) THEN -1 ELSE p.margin END AS margin,
    CASE WHEN isnan(p.length_controlled_margin) THEN -2 ELSE p.length_controlled_margin END
        AS length_controlled_margin,
    p.split,
    s.n AS n_splits_of_prompt,
    coalesce(g.n, 1) AS n_splits_of_group,
    (p.preference_id IN (SELECT id FROM moves))::INTEGER AS n_moves
FROM staged_preferences AS p
LEFT JOIN prompts AS q USING (prompt_id)
LEFT JOIN known_comparisons AS c USING (comparison_id)
LEFT JOIN answers AS chosen ON chosen.response_id = p.chosen_id
LEFT JOIN answers AS rejected ON rejected.response_id = p.rejected_id
LEFT JOIN staged_labels AS l ON l.comparison_id = p.comparison_id
LEFT JOIN odd_evidence AS e USING (preference_id)
LEFT JOIN splits AS s ON s.prompt_id = p.prompt_id
LEFT JOIN groups AS g ON g.near_group = p.near_group
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("no preference comes twice"),
        unique("a comparison is published once", column="comparison_id"),
        none_of("n_same_ids", "chosen and rejected are two responses"),
        none_of("n_same_answers", "chosen and rejected differ in what they say, unless tied"),
        none_of("n_missing_prompts", "the prompt of a preference exists"),
        between("n_filled_messages", 1, None, "the prompt of a preference is not empty"),
        none_of("n_missing_comparisons", "the comparison of a preference exists"),
        none_of("n_foreign_prompts", "a preference and its comparison have one prompt"),
        none_of("n_missing_responses", "chosen and rejected exist"),
        none_of("n_unknown_texts", "chosen and rejected are known"),
        none_of("n_foreign_responses", "chosen and rejected are of the comparison"),
        none_of("n_contradicting_labels", "chosen is the likelier one by the label"),
        between("n_evidence", 1, None, "a preference rests on evidence"),
        none_of("n_missing_evidence", "the evidence of a preference exists"),
        none_of("n_foreign_evidence", "the evidence of a preference is about its comparison"),
        none_of("n_invalid_evidence", "no unreadable judgment counts as evidence"),
        between("confidence", 0, 1, "a confidence lies in 0..1"),
        between("margin", 0, 1, "a margin lies in 0..1"),
        between("length_controlled_margin", -1, 1, "a length-controlled margin lies in -1..1"),
        one_of("split", get_args(Split), "the split is a known one"),
        between("n_splits_of_prompt", 1, 1, "all preferences of one prompt are in one split"),
        between("n_splits_of_group", 1, 1, "prompts that nearly say the same are in one split"),
        none_of("n_moves", "a prompt keeps the split that earlier releases gave it"),
    ]


PREFERENCES = Contract(Preference, _VIEW, _expectations)
