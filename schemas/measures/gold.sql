-- Accuracy on gold: of the gold items an annotator judged, how often the verdict was the known one. A tie counts as
-- any other verdict; an invalid judgment is left out. Repeats count: each is one more answer to a known question.
SELECT
    annotator,
    kind,
    count(*) FILTER (WHERE votes.verdict = known.verdict) AS hits,
    count(*) AS n,
    count(DISTINCT answer) AS n_answers
FROM votes
JOIN known USING (item_id)
WHERE votes.verdict <> 'invalid'
GROUP BY ALL
ORDER BY ALL
