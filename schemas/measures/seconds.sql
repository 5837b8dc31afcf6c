-- Time per answer, where it is known: the median and the quarter points, in seconds. A ranking is one answer.
SELECT
    annotator,
    kind,
    count(seconds) AS n,
    quantile_cont(seconds, 0.25) AS low,
    quantile_cont(seconds, 0.5) AS median,
    quantile_cont(seconds, 0.75) AS high
FROM (SELECT DISTINCT annotator, kind, answer, seconds FROM votes)
WHERE seconds IS NOT NULL
GROUP BY ALL
ORDER BY ALL
