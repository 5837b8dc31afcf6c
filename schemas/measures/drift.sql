-- Drift: for each annotator and week (named by its Monday), how often the verdict is that of the others of its kind
-- on the item, where the others have one most frequent verdict.
WITH valid AS (
    SELECT * FROM votes WHERE verdict <> 'invalid' AND repeat = 0 AND created_at IS NOT NULL
),
counts AS (
    SELECT one.item_id, one.annotator, other.verdict, count(*) AS n_votes
    FROM valid AS one
    JOIN valid AS other
        ON other.item_id = one.item_id AND other.kind = one.kind AND other.annotator <> one.annotator
    GROUP BY ALL
),
foremost AS (
    SELECT item_id, annotator, max(n_votes) AS n_most, arg_max(verdict, n_votes) AS verdict
    FROM counts
    GROUP BY ALL
),
others AS (
    SELECT foremost.item_id, foremost.annotator, foremost.verdict
    FROM foremost
    JOIN counts USING (item_id, annotator)
    WHERE counts.n_votes = foremost.n_most
    GROUP BY ALL
    HAVING count(*) = 1
)
SELECT
    annotator,
    kind,
    CAST(date_trunc('week', valid.created_at AT TIME ZONE 'UTC') AS DATE) AS week,
    count(*) FILTER (WHERE valid.verdict = others.verdict) AS hits,
    count(*) AS n,
    count(DISTINCT valid.answer) AS n_answers
FROM valid
JOIN others USING (item_id, annotator)
GROUP BY ALL
ORDER BY ALL
