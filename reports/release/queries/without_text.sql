-- Labels of comparisons of which nobody knows the texts: they count for how models stand, and make no preference.
SELECT count(*) AS n
FROM rejects
WHERE run_id = $run AND stage = 'keep' AND reason = 'no_text'
