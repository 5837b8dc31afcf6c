-- Decided preferences by who wrote the responses: how often each was chosen over another writer's.
WITH sides AS (
    SELECT chosen_model AS model, 1 AS won FROM preference_texts
    WHERE release = $release AND NOT is_tied AND chosen_model <> rejected_model
    UNION ALL
    SELECT rejected_model, 0 FROM preference_texts
    WHERE release = $release AND NOT is_tied AND chosen_model <> rejected_model
)
SELECT model, count(*) AS n, sum(won)::BIGINT AS n_won
FROM sides
GROUP BY model
ORDER BY n_won / n DESC, model
LIMIT 12
