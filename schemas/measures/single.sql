-- One verdict of each annotator on each item: of repeats the first, of the two orders of a judge the one that shows a
-- first. Which response is a follows from its hash, so that order favours nobody.
SELECT
    item_id,
    annotator,
    kind,
    arg_min(verdict, coalesce("order", '')) AS verdict,
    arg_min(answer, coalesce("order", '')) AS answer
FROM votes
WHERE verdict <> 'invalid' AND repeat = 0
GROUP BY ALL
ORDER BY ALL
