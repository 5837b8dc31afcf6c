-- Preferences of the release by margin, in steps of 0.05: decided ones and ties.
SELECT
    least(floor(margin * 20)::BIGINT, 19) / 20 AS from_margin,
    count(*) FILTER (WHERE NOT is_tied) AS n_decided,
    count(*) FILTER (WHERE is_tied) AS n_tied
FROM preferences
WHERE release = $release
GROUP BY ALL
ORDER BY from_margin
