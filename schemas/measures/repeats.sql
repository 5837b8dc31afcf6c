-- Agreement with oneself: how often a later judgment of the same item by the same annotator repeats the first verdict.
SELECT
    first.annotator AS annotator,
    first.kind AS kind,
    count(*) FILTER (WHERE first.verdict = later.verdict) AS hits,
    count(*) AS n,
    count(DISTINCT later.answer) AS n_answers
FROM votes AS first
JOIN votes AS later
    ON later.item_id = first.item_id
    AND later.annotator = first.annotator
    AND later.repeat > 0
WHERE first.repeat = 0
    AND first.kind = 'human'
    AND first.verdict <> 'invalid' AND later.verdict <> 'invalid'
GROUP BY ALL
ORDER BY ALL
