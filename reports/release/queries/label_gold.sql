-- How many labels of the run name the verdict that gold names, and how many of those were published. What people
-- verified is the label itself: it is counted, and checks nothing.
SELECT
    count(*) FILTER (WHERE NOT is_verified) AS n,
    count(*) FILTER (WHERE NOT is_verified AND likeliest = verdict) AS n_right,
    count(*) FILTER (WHERE NOT is_verified AND is_published) AS n_published,
    count(*) FILTER (WHERE NOT is_verified AND is_published AND likeliest = verdict) AS n_published_right,
    count(*) FILTER (WHERE is_verified AND is_published) AS n_published_verified
FROM (
    SELECT DISTINCT
        l.comparison_id,
        g.verdict,
        g.basis = $verified AS is_verified,
        CASE
            WHEN l.p_tie >= greatest(l.p_a, l.p_b) THEN 'tie'
            WHEN l.p_a <> l.p_b THEN if(l.p_a > l.p_b, 'a', 'b')
        END AS likeliest,
        l.comparison_id IN (SELECT comparison_id FROM preferences WHERE release = $release) AS is_published
    FROM labels AS l
    JOIN gold AS g USING (comparison_id)
    WHERE l.run_id = $run
)
