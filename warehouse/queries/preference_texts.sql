-- One row a preference of a release, with the texts that training and reading need.
SELECT
    p.release,
    p.preference_id,
    p.comparison_id,
    p.prompt_id,
    q.messages AS prompt,
    q.tools,
    q.contexts,
    chosen.text AS chosen,
    rejected.text AS rejected,
    -- What a response of several turns said before its last one; rows from before there was this column hold null.
    coalesce(chosen.turns, []) AS chosen_turns,
    coalesce(rejected.turns, []) AS rejected_turns,
    coalesce(chosen.parts, []) AS chosen_parts,
    coalesce(rejected.parts, []) AS rejected_parts,
    coalesce(chosen.steps, []) AS chosen_steps,
    coalesce(rejected.steps, []) AS rejected_steps,
    chosen.tool_calls AS chosen_tool_calls,
    rejected.tool_calls AS rejected_tool_calls,
    chosen.model AS chosen_model,
    rejected.model AS rejected_model,
    p.is_tied,
    p.confidence,
    p.margin,
    p.split,
    q.domain,
    q.language,
    q.source,
    q.metadata,
    q.reference
FROM preferences AS p
JOIN prompts AS q USING (prompt_id)
JOIN responses AS chosen ON chosen.response_id = p.chosen_id
JOIN responses AS rejected ON rejected.response_id = p.rejected_id
