-- What the criteria shown rest on: of each the first three sources with a quote, and how many there are.
SELECT s.criterion_id, s.kind, s.subject_id, s.quote, s.annotator_id, count(*) OVER of_it AS n_sources
FROM criterion_sources AS s
JOIN criteria AS c USING (criterion_id)
WHERE c.rubric_id IN ($rubrics)
WINDOW of_it AS (PARTITION BY s.criterion_id)
QUALIFY row_number() OVER (PARTITION BY s.criterion_id ORDER BY s.quote IS NULL, s.kind = 'criterion', s.subject_id, s.source_id) <= 3
ORDER BY s.criterion_id, s.quote IS NULL, s.kind = 'criterion', s.subject_id, s.source_id
