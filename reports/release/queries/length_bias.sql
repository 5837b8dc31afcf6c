-- How often the longer response was chosen, and the median lengths in characters.
WITH $decided_lengths
SELECT
    count(*) FILTER (WHERE n_chosen <> n_rejected) AS n,
    count(*) FILTER (WHERE n_chosen > n_rejected) AS n_longer_chosen,
    median(n_chosen) AS median_chosen,
    median(n_rejected) AS median_rejected
FROM decided
