-- Agreement of each pair of annotators: on the items that both judged, how often the two verdicts are the same. The items of
-- one ranking are one answer.
SELECT
    one.annotator AS annotator,
    one.kind AS kind,
    other.annotator AS other,
    other.kind AS other_kind,
    count(*) FILTER (WHERE one.verdict = other.verdict) AS hits,
    count(*) AS n,
    least(count(DISTINCT one.answer), count(DISTINCT other.answer)) AS n_answers
FROM votes AS one
JOIN votes AS other USING (item_id)
WHERE one.annotator < other.annotator
    AND one.repeat = 0 AND other.repeat = 0
    AND one.verdict <> 'invalid' AND other.verdict <> 'invalid'
GROUP BY ALL
ORDER BY ALL
