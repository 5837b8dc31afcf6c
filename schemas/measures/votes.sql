-- Judgments in the long form that every measure reads. Superseded judgments are left out by `replaced_judgments`. Of several judgments of one
-- annotator on one item, the first has repeat 0; the others are repeats, by which the annotator is held against themselves.
-- Judges that see both orders have no repeats: the two orders are two questions. `answer` says which judgments came of one
-- answer, as those of a ranking do: they stand and fall together. What was said of other subjects is no vote, and a ranking
-- of a whole group, which has no verdict, counts as what it says of each two.
WITH standing AS (
    SELECT * FROM judgments
    WHERE comparison_id IS NOT NULL AND verdict IS NOT NULL AND judgment_id NOT IN (SELECT judgment_id FROM replaced_judgments)
)
SELECT
    comparison_id AS item_id,
    annotator_id AS annotator,
    kind,
    "order",
    verdict,
    strength,
    created_at,
    seconds,
    coalesce(request_id, judgment_id) AS answer,
    row_number() OVER (
        PARTITION BY comparison_id, annotator_id, CASE WHEN kind = 'human' THEN NULL ELSE "order" END
        ORDER BY created_at, judgment_id
    ) - 1 AS repeat
FROM standing
