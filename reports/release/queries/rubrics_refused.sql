-- Why criteria and rubrics were refused, by reason, whether on paper or by their proof, with three of each. What was merged into
-- another one is not refused.
WITH rejected AS (
    SELECT reason, record_id, detail, stage FROM rejects WHERE run_id = $run AND record IN ('criterion', 'rubric')
),
disproved AS (
    SELECT reason, coalesce(criterion_id, rubric_id) AS record_id, detail, 'prove' AS stage
    FROM proofs
    WHERE run_id = $run AND NOT is_kept
    QUALIFY row_number() OVER (PARTITION BY rubric_id, criterion_id ORDER BY annotator_id NULLS FIRST, proof_id) = 1
)
SELECT reason, count(*) AS n, min({text: coalesce(c.text, r.name), detail: detail, stage: stage}, 3) AS examples
FROM (FROM rejected UNION ALL FROM disproved ANTI JOIN rejected USING (record_id)) AS x
LEFT JOIN criteria AS c ON c.criterion_id = record_id
LEFT JOIN rubrics AS r ON r.rubric_id = record_id
WHERE reason <> 'duplicate' OR record_id NOT IN (SELECT subject_id FROM criterion_sources WHERE kind = 'criterion')
GROUP BY reason
ORDER BY n DESC, reason
