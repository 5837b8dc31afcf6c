-- Decided preferences by the length of each response, in ten steps a factor of ten (characters).
WITH sides AS (
    SELECT 'chosen' AS side, length(chosen) AS n FROM preference_texts WHERE release = $release AND NOT is_tied
    UNION ALL
    SELECT 'rejected', length(rejected) FROM preference_texts WHERE release = $release AND NOT is_tied
)
SELECT
    floor(log10(greatest(n, 1)) * 10)::BIGINT AS step,
    count(*) FILTER (WHERE side = 'chosen') AS n_chosen,
    count(*) FILTER (WHERE side = 'rejected') AS n_rejected
FROM sides
GROUP BY ALL
ORDER BY step
