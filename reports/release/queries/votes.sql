-- Each vote behind the preferences named, with the turns that led to it where a judge took several.
WITH evidence AS (
    SELECT preference_id, unnest(evidence) AS judgment_id
    FROM preferences
    WHERE release = $release AND preference_id IN ($preferences)
)
SELECT
    e.preference_id,
    j.judgment_id,
    j.annotator_id,
    j.kind,
    j."order" AS shown,
    coalesce(k.verdict, j.verdict) AS verdict,
    concat_ws(': ', k.why, nullif(j.rationale, '')) AS rationale,
    t.turns
FROM evidence AS e
JOIN judgments AS j ON j.judgment_id = e.judgment_id
LEFT JOIN combined_verdicts AS k ON k.judgment_id = j.judgment_id AND k.run_id = $run
LEFT JOIN (
    SELECT
        judgment_id,
        list({'turn': turn, 'role': role, 'model': model, 'saw': saw, 'verdict': verdict, 'note': note, 'text': text} ORDER BY turn)
            AS turns
    FROM panel_turns
    WHERE judgment_id IN (SELECT judgment_id FROM evidence)
    GROUP BY judgment_id
) AS t ON t.judgment_id = j.judgment_id
ORDER BY e.preference_id, j.kind, j.annotator_id, shown
