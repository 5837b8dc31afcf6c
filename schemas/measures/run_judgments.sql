-- By run, the judgments that its labels rest on. Runs from before this was written down have no row in `heard`: for them
-- it is the last word of their annotators on their comparisons.
SELECT run_id, judgment_id
FROM heard
UNION ALL
SELECT a.run_id, j.judgment_id
FROM judgments AS j
JOIN annotators AS a USING (annotator_id)
SEMI JOIN (
    SELECT run_id, comparison_id FROM labels
    UNION ALL
    SELECT run_id, record_id FROM rejects WHERE stage = 'aggregate'
) AS c ON c.run_id = a.run_id AND c.comparison_id = j.comparison_id
ANTI JOIN heard AS h ON h.run_id = a.run_id
ANTI JOIN replaced_judgments AS r ON r.judgment_id = j.judgment_id
