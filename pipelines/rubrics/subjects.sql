-- What criteria are drawn from, by the names of `winnow.annotation.rubrics.deriving.deriver.Subject`. Reads `labelled` as well.
CREATE VIEW asked AS SELECT p AS prompt, p.prompt_id, p.domain FROM prompts AS p WHERE len(p.messages) > 0;
CREATE VIEW said_something AS SELECT r AS response, r.response_id, r.prompt_id FROM responses AS r WHERE r.text IS NOT NULL;

CREATE VIEW of_comparison AS
SELECT
    comparison_id AS subject_id, prompt, c.prompt_id, domain, [a.response, b.response] AS responses,
    CASE WHEN verdict IN ('a', 'b') THEN verdict END AS better, verdict IS NOT DISTINCT FROM 'tie' AS is_tie,
    strategy = 'edit' AS is_edit
FROM comparisons AS c
JOIN asked USING (prompt_id)
JOIN said_something AS a ON a.response_id = response_ids[1]
JOIN said_something AS b ON b.response_id = response_ids[2]
LEFT JOIN labelled USING (comparison_id)
WHERE len(response_ids) = 2 AND comparison_id IN (SELECT comparison_id FROM left_over);

-- A response may be drawn from where it stands in a comparison that is, or in none at all.
CREATE VIEW of_response AS
WITH sides AS (SELECT unnest(response_ids) AS response_id, comparison_id FROM comparisons),
places AS (SELECT response_id, bool_or(comparison_id IN (SELECT comparison_id FROM left_over)) AS is_left FROM sides GROUP BY response_id)
SELECT
    r.response_id AS subject_id, prompt, r.prompt_id, domain, [r.response] AS responses,
    NULL::VARCHAR AS better, false AS is_tie, false AS is_edit
FROM said_something AS r
JOIN asked USING (prompt_id)
LEFT JOIN places USING (response_id)
WHERE coalesce(is_left, r.prompt_id NOT IN (SELECT prompt_id FROM held_out_prompts));

CREATE VIEW spoken AS
SELECT
    subject_kind, subject_id,
    list({{judgment_id: judgment_id, annotator_id: annotator_id, kind: kind, verdict: verdict, "order": "order", text: rationale}}
        ORDER BY judgment_id) AS said
FROM judgments
LEFT JOIN (SELECT comparison_id AS subject_id, strategy FROM comparisons) USING (subject_id)
WHERE kind IN ({kinds}) AND subject_kind IN ('comparison', 'response') AND NOT is_discarded
    AND verdict IS DISTINCT FROM 'invalid' AND (trim(rationale) <> '' OR (strategy = 'edit' AND kind = 'human'))
    AND judgment_id NOT IN (SELECT judgment_id FROM replaced)
GROUP BY subject_kind, subject_id;

CREATE VIEW comparison_subjects AS
SELECT *, NULL AS said, NULL AS later FROM of_comparison WHERE better IS NOT NULL;

CREATE VIEW words_subjects AS
SELECT *, NULL AS later FROM of_comparison JOIN (SELECT * EXCLUDE (subject_kind) FROM spoken WHERE subject_kind = 'comparison') USING (subject_id)
UNION ALL BY NAME
SELECT *, NULL AS later FROM of_response JOIN (SELECT * EXCLUDE (subject_kind) FROM spoken WHERE subject_kind = 'response') USING (subject_id);

CREATE VIEW prompt_subjects AS
SELECT
    prompt_id AS subject_id, prompt, prompt_id, domain, NULL AS responses, NULL AS better, false AS is_tie, false AS is_edit, NULL AS said, later
FROM asked
LEFT JOIN (
    SELECT prompt_id, list_filter(arg_min(turns, response_id), turn -> turn.role = 'user') AS later
    FROM responses WHERE len(turns) > 0 GROUP BY prompt_id
) USING (prompt_id);
