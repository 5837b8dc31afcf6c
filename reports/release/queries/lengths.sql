-- Decided preferences by the length of each response, in ten steps a factor of ten (characters).
WITH $decided_lengths,
sides AS (
    SELECT 'chosen' AS side, n_chosen AS n FROM decided
    UNION ALL
    SELECT 'rejected', n_rejected FROM decided
)
SELECT
    floor(log10(greatest(n, 1)) * 10)::BIGINT AS step,
    count(*) FILTER (WHERE side = 'chosen') AS n_chosen,
    count(*) FILTER (WHERE side = 'rejected') AS n_rejected
FROM sides
GROUP BY ALL
ORDER BY step
