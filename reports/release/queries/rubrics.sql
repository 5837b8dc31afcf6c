-- Rubrics that the run derived or proved, or that responses of the release were judged by, each with its newest proof.
WITH subjects AS (
    SELECT unnest([comparison_id, chosen_id, rejected_id]) AS subject_id FROM preferences WHERE release = $release
),
used AS (
    SELECT rubric_id, count(*) AS n_judgments
    FROM judgments SEMI JOIN subjects USING (subject_id)
    WHERE rubric_id IS NOT NULL
    GROUP BY rubric_id
),
made AS (
    SELECT rubric_id FROM proofs WHERE run_id = $run
    UNION SELECT rubric_id FROM rubrics WHERE derived_from = $run
    EXCEPT SELECT replaces FROM rubrics
),
mine AS (SELECT rubric_id FROM used UNION SELECT rubric_id FROM made),
newest AS (
    SELECT p.*
    FROM proofs AS p LEFT JOIN runs AS u USING (run_id)
    SEMI JOIN mine ON mine.rubric_id = p.rubric_id
    QUALIFY row_number() OVER (
        PARTITION BY p.rubric_id, p.criterion_id
        ORDER BY p.run_id = $run DESC, u.started_at DESC NULLS LAST,
            -- Releases of before have no such column.
            (to_json(p) ->> 'step')::INTEGER DESC NULLS LAST, p.annotator_id NULLS FIRST, p.proof_id
    ) = 1
),
said AS (
    SELECT c.rubric_id, count(*) AS n_criteria,
        count(*) FILTER (s.subject_id IS NOT NULL) AS n_merged,
        count(*) FILTER (s.subject_id IS NULL AND (x.record_id IS NOT NULL OR NOT n.is_kept)) AS n_refused,
        count(*) FILTER (s.subject_id IS NULL AND x.record_id IS NULL AND n.is_kept) AS n_kept
    FROM criteria AS c
    SEMI JOIN mine USING (rubric_id)
    LEFT JOIN (SELECT DISTINCT subject_id FROM criterion_sources WHERE kind = 'criterion') AS s ON s.subject_id = c.criterion_id
    LEFT JOIN (SELECT DISTINCT record_id FROM rejects WHERE run_id = $run AND record = 'criterion') AS x ON x.record_id = c.criterion_id
    LEFT JOIN newest AS n ON n.criterion_id = c.criterion_id
    GROUP BY c.rubric_id
)
SELECT r.*, q.messages AS prompt, said.* EXCLUDE (rubric_id), coalesce(used.n_judgments, 0) AS n_judgments,
    n.proof_id IS NOT NULL AS is_proven, n.* EXCLUDE (rubric_id, criterion_id, proof_id)
FROM rubrics AS r
JOIN said USING (rubric_id)
LEFT JOIN prompts AS q USING (prompt_id)
LEFT JOIN used USING (rubric_id)
LEFT JOIN newest AS n ON n.rubric_id = r.rubric_id AND n.criterion_id IS NULL
ORDER BY n.is_kept DESC NULLS LAST, n_judgments DESC, n.accuracy.low DESC NULLS LAST, r.name, r.rubric_id
