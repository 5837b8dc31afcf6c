-- What a rubric shown says that the version which it replaces does not, and the other way round, with who wrote what is new.
SELECT r.rubric_id, c.text, c.source, c.rubric_id = r.rubric_id AS is_new, x.record_id IS NOT NULL AS is_voted_out
FROM rubrics AS r
JOIN criteria AS c ON c.rubric_id IN (r.rubric_id, r.replaces)
LEFT JOIN (SELECT DISTINCT record_id FROM rejects WHERE reason = 'rejected_in_review') AS x ON x.record_id = c.criterion_id
WHERE r.rubric_id IN ($rubrics) AND r.replaces IS NOT NULL
QUALIFY count(*) OVER (PARTITION BY r.rubric_id, c.text) = 1
ORDER BY r.rubric_id, is_new, c.text
