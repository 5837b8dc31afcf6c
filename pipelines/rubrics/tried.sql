-- What rubrics are tried on, and what was said by them. Reads candidates, criteria, sources, pairs, divided, gold, labels,
-- lengths, judgments, first_words and baselines; makes trials, met_rows and vote_rows.
CREATE TABLE labelled AS
WITH known AS (
    SELECT comparison_id, any_value(verdict) AS verdict
    FROM gold
    GROUP BY ALL
    HAVING count(DISTINCT verdict) = 1
)
SELECT comparison_id, CASE verdict WHEN 'a' THEN 1 ELSE -1 END AS sign
FROM known
WHERE verdict IN ('a', 'b')
UNION ALL
SELECT comparison_id, CASE WHEN p_a > p_b THEN 1 ELSE -1 END AS sign
FROM labels
ANTI JOIN known USING (comparison_id)
WHERE p_a <> p_b AND greatest(p_a, p_b) > p_tie;

-- A rubric is never proven on what it, or a version before it, was derived from, nor on what nearly repeats that.
CREATE TABLE seen AS
WITH RECURSIVE versions AS (
    SELECT rubric_id, rubric_id AS version_id
    FROM candidates
    UNION
    SELECT v.rubric_id, r.replaces AS version_id
    FROM versions AS v
    JOIN all_rubrics AS r ON r.rubric_id = v.version_id
    WHERE r.replaces IS NOT NULL
),
rests_on AS (
    SELECT DISTINCT v.rubric_id, s.kind, s.subject_id
    FROM versions AS v
    JOIN all_criteria AS c ON c.rubric_id = v.version_id
    JOIN sources AS s USING (criterion_id)
),
rests_on_judgments AS (
    SELECT s.rubric_id, j.comparison_id, j.subject_kind, j.subject_id
    FROM rests_on AS s
    JOIN first_words AS j ON s.kind = 'judgment' AND j.judgment_id = s.subject_id
),
named AS (
    SELECT rubric_id, subject_id AS comparison_id
    FROM rests_on
    WHERE kind = 'comparison'
    UNION
    SELECT rubric_id, comparison_id
    FROM rests_on_judgments
    WHERE comparison_id IS NOT NULL
    UNION
    SELECT s.rubric_id, p.comparison_id
    FROM (
        SELECT rubric_id, subject_id
        FROM rests_on
        WHERE kind = 'response'
        UNION ALL
        SELECT rubric_id, subject_id
        FROM rests_on_judgments
        WHERE subject_kind = 'response'
    ) AS s
    JOIN (SELECT comparison_id, unnest(response_ids) AS response_id FROM pairs) AS p ON p.response_id = s.subject_id
)
SELECT DISTINCT
    n.rubric_id,
    CASE WHEN r.prompt_id IS NULL THEN d.prompt_group WHEN r.prompt_id = d.prompt_id THEN d.responses END AS nearby
FROM named AS n
JOIN candidates AS r USING (rubric_id)
JOIN divided AS d USING (comparison_id);

-- Joined by what a rubric is for, each by itself: one condition for all would compare all with all.
CREATE TABLE reached AS
SELECT r.*, d.comparison_id
FROM candidates AS r
JOIN divided AS d ON d.prompt_id = r.prompt_id
WHERE (r.domain IS NULL OR r.domain = d.domain) AND (r.derived_from IS NULL OR d.of_prompt)
UNION ALL
SELECT r.*, d.comparison_id
FROM candidates AS r
JOIN divided AS d ON d.domain = r.domain
WHERE r.prompt_id IS NULL AND (r.derived_from IS NULL OR d.of_others)
UNION ALL
SELECT r.*, d.comparison_id
FROM candidates AS r
JOIN divided AS d ON r.derived_from IS NULL OR d.of_others
WHERE r.prompt_id IS NULL AND r.domain IS NULL;

CREATE TABLE trials AS
SELECT
    r.rubric_id, row_number() OVER (PARTITION BY r.rubric_id ORDER BY comparison_id) - 1 AS place, p.comparison_id,
    d.prompt_group, d.responses::VARCHAR[] AS said, p.response_ids[1] AS a_id, p.response_ids[2] AS b_id, l.sign, a.length AS a_length,
    b.length AS b_length, r.prompt_id IS NOT NULL AS is_of_prompt
FROM reached AS r
JOIN divided AS d USING (comparison_id)
JOIN pairs AS p USING (comparison_id)
JOIN labelled AS l USING (comparison_id)
LEFT JOIN lengths AS a ON a.response_id = p.response_ids[1]
LEFT JOIN lengths AS b ON b.response_id = p.response_ids[2]
ANTI JOIN seen AS s
    ON s.rubric_id = r.rubric_id AND s.nearby = CASE WHEN r.prompt_id IS NULL THEN d.prompt_group ELSE d.responses END;

-- What went by a part of a rubric, such as what a proof left of it, says nothing of the whole.
CREATE TABLE by_whole_rubrics AS
SELECT j.*
FROM judgments AS j
LEFT JOIN (
    SELECT rubric_id, list(criterion_id) AS criterion_ids
    FROM criteria
    GROUP BY ALL
) AS whole USING (rubric_id)
WHERE NOT j.is_discarded
    AND (
        coalesce(len(j.criteria), 0) = 0
        OR coalesce(list_has_all([one.criterion_id FOR one IN j.criteria], whole.criterion_ids), true)
    );

-- A verdict that was read from the very words that the criterion was drawn from is no judge's.
CREATE TABLE met_rows AS
WITH checked AS (
    SELECT kind, annotator_id, request_id, unnest(criteria) AS one
    FROM judgments
    WHERE NOT is_discarded AND NOT is_control
),
-- What cannot be read is no answer, and not that a criterion does not apply.
met AS (
    SELECT
        c.rubric_id, one.criterion_id AS criterion_id, one.response_id AS response_id, checked.kind = 'human' AS is_person,
        annotator_id, avg(CASE one.verdict WHEN 'yes' THEN 1.0 WHEN 'no' THEN 0.0 END) AS met
    FROM checked
    JOIN criteria AS c ON c.criterion_id = one.criterion_id
    ANTI JOIN sources AS s ON s.criterion_id = one.criterion_id AND s.request_id = checked.request_id
    WHERE one.verdict <> 'invalid'
    GROUP BY ALL
),
sides AS (
    SELECT rubric_id, place, unnest([a_id, b_id]) AS response_id, unnest([0, 1]) AS side
    FROM trials
)
SELECT rubric_id, criterion_id, annotator_id, is_person, place, side, met
FROM met
JOIN sides USING (rubric_id, response_id);

-- Verdicts on two, and of those who rated both by themselves which they rated higher.
CREATE TABLE vote_rows AS
WITH ratings AS (
    SELECT annotator_id, rubric_id, is_control, subject_id AS response_id, unnest(ratings) AS rating
    FROM by_whole_rubrics
    WHERE kind <> 'human' AND subject_kind = 'response'
),
scores AS (
    SELECT annotator_id, rubric_id, is_control, response_id, avg(rating.score) AS score
    FROM ratings
    GROUP BY ALL
),
wanted AS (SELECT DISTINCT comparison_id, a_id, b_id FROM trials),
votes AS (
    SELECT
        comparison_id, annotator_id, rubric_id, is_control, coalesce("order", '') AS shown,
        avg(CASE verdict WHEN 'a' THEN 1.0 WHEN 'b' THEN -1.0 WHEN 'tie' THEN 0.0 END) AS vote
    FROM by_whole_rubrics
    JOIN wanted USING (comparison_id)
    WHERE kind <> 'human'
    GROUP BY ALL
    UNION ALL
    SELECT
        w.comparison_id, a.annotator_id, a.rubric_id, a.is_control, '' AS shown, sign(a.score - b.score)::DOUBLE AS vote
    FROM wanted AS w
    JOIN scores AS a ON a.response_id = w.a_id
    JOIN scores AS b
        ON b.response_id = w.b_id
            AND b.annotator_id = a.annotator_id
            AND b.is_control = a.is_control
            AND b.rubric_id IS NOT DISTINCT FROM a.rubric_id
)
SELECT t.rubric_id, 'votes' AS way, v.annotator_id, v.shown, t.place, v.vote
FROM votes AS v
JOIN trials AS t ON t.comparison_id = v.comparison_id AND t.rubric_id = v.rubric_id
WHERE NOT is_control
UNION ALL
SELECT t.rubric_id, 'control' AS way, v.annotator_id, v.shown, t.place, v.vote
FROM votes AS v
JOIN trials AS t USING (comparison_id)
WHERE is_control
UNION ALL
SELECT t.rubric_id, 'without' AS way, b.annotator_id, v.shown, t.place, v.vote
FROM votes AS v
JOIN trials AS t USING (comparison_id)
JOIN baselines AS b ON b.baseline_id = v.annotator_id
WHERE v.rubric_id IS NULL AND NOT is_control;
