-- How often the longer response was chosen, and the median lengths in characters.
SELECT
    count(*) FILTER (WHERE length(chosen) <> length(rejected)) AS n,
    count(*) FILTER (WHERE length(chosen) > length(rejected)) AS n_longer_chosen,
    median(length(chosen)) AS median_chosen,
    median(length(rejected)) AS median_rejected
FROM preference_texts
WHERE release = $release AND NOT is_tied
