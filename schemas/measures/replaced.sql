-- Judgments that no longer count: a later one names them as superseded, or the person answered the same question again.
-- The second rule stands in where the chain has a gap: of three answers a warehouse may have met the first and the last.
-- An answer without a time is older than one with; of answers to one question that are equally old, none replaces another.
SELECT supersedes AS judgment_id
FROM judgments
WHERE supersedes IS NOT NULL
UNION
SELECT judgment_id
FROM (
    SELECT
        judgment_id,
        coalesce(created_at, '-infinity'::TIMESTAMPTZ) AS said_at,
        max(said_at) OVER (PARTITION BY subject_kind, subject_id, annotator_id, request_id) AS last_at
    FROM judgments
    WHERE kind = 'human' AND request_id IS NOT NULL
)
WHERE said_at < last_at
