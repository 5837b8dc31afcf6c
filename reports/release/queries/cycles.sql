-- Cycles among the labels of one prompt, what became of the comparison that breaks each, and where cycles could be.
WITH broken AS (
    SELECT
        y.prompt_id,
        r.reason,
        y.comparison_id IN (SELECT comparison_id FROM preferences WHERE release = $release) AS is_published
    FROM cycles AS y
    LEFT JOIN rejects AS r ON r.run_id = y.run_id AND r.stage = 'keep' AND r.record_id = y.comparison_id
    WHERE y.run_id = $run
),
compared AS (
    SELECT c.prompt_id
    FROM labels AS l JOIN comparisons AS c USING (comparison_id)
    WHERE l.run_id = $run AND l.p_a <> l.p_b AND l.p_tie < greatest(l.p_a, l.p_b)
    GROUP BY c.prompt_id
    HAVING count(*) > 2
)
SELECT
    count(*) AS n,
    count(DISTINCT prompt_id) AS n_prompts,
    (SELECT count(*) FROM compared) AS n_compared,
    count(*) FILTER (WHERE reason = 'intransitive') AS n_intransitive,
    count(*) FILTER (WHERE is_published) AS n_published
FROM broken
