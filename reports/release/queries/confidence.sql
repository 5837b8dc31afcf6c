-- Labels of the run by the probability of their likeliest verdict, in steps of 0.05: published ones and the rest.
SELECT
    least(floor(greatest(l.p_a, l.p_b, l.p_tie) * 20)::BIGINT, 19) / 20 AS from_probability,
    count(*) FILTER (WHERE p.comparison_id IS NOT NULL) AS n_published,
    count(*) FILTER (WHERE p.comparison_id IS NULL) AS n_rest
FROM labels AS l
LEFT JOIN (SELECT DISTINCT comparison_id FROM preferences WHERE release = $release) AS p USING (comparison_id)
WHERE l.run_id = $run
GROUP BY ALL
ORDER BY from_probability
