-- By annotator: pairs judged in both orders and how often both name the same verdict; decisive verdicts and how often
-- they name the response shown first.
WITH votes AS (
    SELECT j.annotator_id, j.comparison_id, j."order" AS shown, coalesce(k.verdict, j.verdict) AS verdict
    FROM judgments AS j
    SEMI JOIN run_judgments AS h ON h.judgment_id = j.judgment_id AND h.run_id = $run
    JOIN labels AS l ON l.comparison_id = j.comparison_id AND l.run_id = $run
    LEFT JOIN combined_verdicts AS k ON k.judgment_id = j.judgment_id AND k.run_id = $run
    WHERE j."order" IS NOT NULL AND coalesce(k.verdict, j.verdict) <> 'invalid'
),
pairs AS (
    SELECT
        annotator_id,
        comparison_id,
        max(verdict) FILTER (WHERE shown = 'ab') AS ab,
        max(verdict) FILTER (WHERE shown = 'ba') AS ba,
        count(*) FILTER (WHERE verdict <> 'tie') AS n_decisive,
        count(*) FILTER (WHERE verdict = shown[1]) AS n_first
    FROM votes
    GROUP BY ALL
)
SELECT
    annotator_id,
    count(*) FILTER (WHERE ab IS NOT NULL AND ba IS NOT NULL) AS n_both,
    count(*) FILTER (WHERE ab = ba) AS n_same,
    sum(n_decisive)::BIGINT AS n_decisive,
    sum(n_first)::BIGINT AS n_first
FROM pairs
GROUP BY annotator_id
ORDER BY annotator_id
