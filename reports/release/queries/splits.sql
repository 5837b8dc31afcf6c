-- Preferences, prompts and ties by domain and split.
SELECT
    coalesce(domain, 'not stated') AS domain,
    split,
    count(*) AS n,
    count(DISTINCT prompt_id) AS n_prompts,
    count(*) FILTER (WHERE is_tied) AS n_tied
FROM preference_texts
WHERE release = $release
GROUP BY ALL
ORDER BY domain, split
