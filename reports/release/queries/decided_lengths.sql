spoken AS (
    -- All that the assistant said, a line for each turn that says something; most responses are of one turn.
    SELECT response_id, CASE WHEN coalesce(len(turns), 0) = 0 THEN coalesce(length(text), 0)
        ELSE length(array_to_string(list_filter(list_append(list_transform(
            list_filter(turns, t -> t.role = 'assistant'),
            t -> coalesce(nullif(t.content, ''), array_to_string(list_transform(t.parts, p -> p.text), ''))
        ), text), said -> said <> ''), chr(10)))
        END AS n
    FROM responses
),
decided AS (
    SELECT chosen.n AS n_chosen, rejected.n AS n_rejected
    FROM preferences AS p
    JOIN spoken AS chosen ON chosen.response_id = p.chosen_id
    JOIN spoken AS rejected ON rejected.response_id = p.rejected_id
    WHERE p.release = $release AND NOT p.is_tied
)
