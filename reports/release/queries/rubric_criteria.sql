-- Criteria of the rubrics shown, each with its newest proof, or the reason why it was put aside before.
SELECT c.*, p.* EXCLUDE (rubric_id, criterion_id, proof_id), p.proof_id IS NOT NULL AS is_proven,
    m.into_text, x.reason AS reject_reason, x.detail AS reject_detail
FROM criteria AS c
LEFT JOIN (
    SELECT p.*
    FROM proofs AS p LEFT JOIN runs AS u USING (run_id)
    WHERE p.criterion_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY p.criterion_id
        ORDER BY p.run_id = $run DESC, u.started_at DESC NULLS LAST,
            -- Releases of before have no such column.
            (to_json(p) ->> 'step')::INTEGER DESC NULLS LAST, p.annotator_id NULLS FIRST, p.proof_id
    ) = 1
) AS p ON p.criterion_id = c.criterion_id
LEFT JOIN (
    SELECT s.subject_id, min(k.text) AS into_text
    FROM criterion_sources AS s JOIN criteria AS k ON k.criterion_id = s.criterion_id
    WHERE s.kind = 'criterion' GROUP BY s.subject_id
) AS m ON m.subject_id = c.criterion_id
LEFT JOIN (
    SELECT record_id, min(reason) AS reason, min(detail) AS detail
    FROM rejects WHERE run_id = $run AND record = 'criterion' GROUP BY record_id
) AS x ON x.record_id = c.criterion_id
WHERE c.rubric_id IN ($rubrics)
ORDER BY p.is_kept DESC NULLS LAST, p.accuracy.low DESC NULLS LAST, abs(c.weight) DESC, c.text
