-- Ten preferences, the domains in turn.
WITH firsts AS (
    SELECT q.domain, min(p.preference_id, 10) AS ids
    FROM preferences AS p
    JOIN prompts AS q ON q.prompt_id = p.prompt_id
    WHERE p.release = $release
    GROUP BY q.domain
),
shown AS (
    SELECT domain, generate_subscripts(ids, 1) AS place, unnest(ids) AS preference_id
    FROM firsts
    ORDER BY place, domain
    LIMIT 10
)
SELECT p.preference_id, q.domain, p.split, p.confidence, p.margin, p.is_tied, q.messages AS prompt, q.tools, q.contexts,
    chosen.text AS chosen, chosen.model AS chosen_model, chosen.tool_calls AS chosen_tool_calls,
    chosen.turns AS chosen_turns, chosen.parts AS chosen_parts,
    rejected.text AS rejected, rejected.model AS rejected_model, rejected.tool_calls AS rejected_tool_calls,
    rejected.turns AS rejected_turns, rejected.parts AS rejected_parts,
    p.chosen_id, c.response_ids
FROM shown
JOIN preferences AS p ON p.release = $release AND p.preference_id = shown.preference_id
JOIN prompts AS q ON q.prompt_id = p.prompt_id
JOIN comparisons AS c ON c.comparison_id = p.comparison_id
JOIN responses AS chosen ON chosen.response_id = p.chosen_id
JOIN responses AS rejected ON rejected.response_id = p.rejected_id
ORDER BY shown.place, q.domain
