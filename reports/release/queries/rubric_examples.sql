-- Of each criterion shown one response that meets it and one that does not, those with the smallest ids that have evidence.
SELECT v.criterion_id, v.verdict, v.evidence, v.n, r.text, r.model, q.messages AS prompt
FROM (
    SELECT said.criterion_id, said.verdict, said.response_id, said.evidence, count(*) OVER of_it AS n
    FROM (
        SELECT DISTINCT unnest(criteria) AS said
        FROM judgments ANTI JOIN replaced_judgments USING (judgment_id)
        WHERE rubric_id IN ($rubrics) AND NOT is_discarded
    )
    WHERE said.verdict IN ('yes', 'no')
    WINDOW of_it AS (PARTITION BY said.criterion_id, said.verdict)
    QUALIFY row_number() OVER (
        PARTITION BY said.criterion_id, said.verdict ORDER BY said.evidence IS NULL, said.response_id, said.evidence
    ) = 1
) AS v
JOIN responses AS r USING (response_id)
LEFT JOIN prompts AS q USING (prompt_id)
ORDER BY v.criterion_id, v.verdict DESC
