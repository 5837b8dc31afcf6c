-- Position bias: of the decisive verdicts whose order is known, the share for the response shown first. Without bias
-- and with orders drawn at random it is 0.5; an interval that leaves 0.5 out tells of a bias.
SELECT
    annotator,
    kind,
    count(*) FILTER (WHERE verdict = left("order", 1)) AS hits,
    count(*) AS n,
    count(DISTINCT answer) AS n_answers
FROM votes
WHERE verdict IN ('a', 'b') AND "order" IS NOT NULL
GROUP BY ALL
ORDER BY ALL
