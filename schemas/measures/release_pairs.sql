-- How often each pair of people gave the same verdict in each release, as it was published.
SELECT release, pair.* REPLACE (coalesce(pair.n_answers, pair.n) AS n_answers)
FROM (
    SELECT
        release,
        unnest(from_json(
            json_extract(agreement, '$.pairs'),
            '[{"annotator": "VARCHAR", "other": "VARCHAR", "hits": "BIGINT", "n": "BIGINT", "n_answers": "BIGINT"}]'
        )) AS pair
    FROM releases
)
ORDER BY ALL
