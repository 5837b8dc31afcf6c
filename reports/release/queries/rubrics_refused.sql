-- Why criteria and rubrics were refused, by reason, whether on paper or by their proof, with three of each.
WITH refused AS (
    SELECT p.reason, coalesce(c.text, r.name) AS text, p.detail, 'prove' AS stage
    FROM proofs AS p
    JOIN rubrics AS r USING (rubric_id)
    LEFT JOIN criteria AS c USING (criterion_id)
    WHERE p.run_id = $run AND NOT p.is_kept
    QUALIFY row_number() OVER (PARTITION BY p.rubric_id, p.criterion_id ORDER BY p.annotator_id NULLS FIRST, p.proof_id) = 1
    UNION ALL
    SELECT x.reason, c.text, x.detail, x.stage
    FROM rejects AS x
    LEFT JOIN criteria AS c ON c.criterion_id = x.record_id
    ANTI JOIN (SELECT * FROM proofs WHERE run_id = $run AND NOT is_kept) AS p ON p.criterion_id = x.record_id
    WHERE x.run_id = $run AND x.record = 'criterion'
)
SELECT reason, count(*) AS n, min({text: text, detail: detail, stage: stage}, 3) AS examples
FROM refused
GROUP BY reason
ORDER BY n DESC, reason
