-- Ten preferences, the domains in turn.
SELECT t.preference_id, t.domain, t.split, t.confidence, t.margin, t.is_tied, t.prompt, t.tools, q.contexts,
    t.chosen, t.chosen_model, t.chosen_tool_calls, chosen.turns AS chosen_turns, chosen.parts AS chosen_parts,
    t.rejected, t.rejected_model, t.rejected_tool_calls, rejected.turns AS rejected_turns, rejected.parts AS rejected_parts,
    p.chosen_id, c.response_ids
FROM preference_texts AS t
JOIN preferences AS p ON p.release = t.release AND p.preference_id = t.preference_id
JOIN prompts AS q ON q.prompt_id = t.prompt_id
JOIN comparisons AS c ON c.comparison_id = t.comparison_id
JOIN responses AS chosen ON chosen.response_id = p.chosen_id
JOIN responses AS rejected ON rejected.response_id = p.rejected_id
WHERE t.release = $release
QUALIFY row_number() OVER (PARTITION BY t.domain ORDER BY t.preference_id) <= 10
ORDER BY row_number() OVER (PARTITION BY t.domain ORDER BY t.preference_id), t.domain
LIMIT 10
