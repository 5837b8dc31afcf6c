-- By pair of annotators: over the comparisons that both judged, how often one verdict of each names the same.
WITH votes AS (
    SELECT j.annotator_id, j.comparison_id, coalesce(k.verdict, j.verdict) AS verdict
    FROM judgments AS j
    SEMI JOIN run_judgments AS h ON h.judgment_id = j.judgment_id AND h.run_id = $run
    JOIN labels AS l ON l.comparison_id = j.comparison_id AND l.run_id = $run
    LEFT JOIN combined_verdicts AS k ON k.judgment_id = j.judgment_id AND k.run_id = $run
    WHERE coalesce(k.verdict, j.verdict) <> 'invalid'
)
SELECT
    one.annotator_id AS one,
    other.annotator_id AS other,
    count(DISTINCT comparison_id) AS n_comparisons,
    count(*) AS n,
    count(*) FILTER (WHERE one.verdict = other.verdict) AS n_same
FROM votes AS one
JOIN votes AS other USING (comparison_id)
WHERE one.annotator_id < other.annotator_id
GROUP BY ALL
ORDER BY one, other
