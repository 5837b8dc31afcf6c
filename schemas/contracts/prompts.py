"""The contract of prompts."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, between, none_of, unique
from winnow.schemas.prompts import Prompt, Role

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_ROLES = ", ".join(f"'{role}'" for role in get_args(Role))

_VIEW = rf"""
WITH answered AS (
    SELECT prompt_id FROM known_responses
    WHERE text IS NOT NULL AND prompt_id IN (SELECT prompt_id FROM staged_prompts WHERE len(messages) = 0)
)
SELECT
    prompt_id AS id,
    (len(messages) = 0 AND prompt_id IN (SELECT prompt_id FROM answered))::INTEGER AS n_lost_messages,
    -- Of a prompt that nobody knows there is nothing to count.
    CASE WHEN len(messages) > 0 THEN len(list_filter(messages, m -> regexp_matches(coalesce(m.content, ''), '\S') OR len(m.parts) > 0
        OR len(m.tool_calls) > 0)) END AS n_filled_messages,
    len(list_filter(messages, m -> m.role NOT IN ({_ROLES}))) AS n_unknown_roles,
    (tools IS NOT NULL AND NOT json_valid(tools))::INTEGER AS n_unreadable_tools,
    CASE WHEN metadata IS NULL THEN 0 WHEN NOT json_valid(metadata) THEN 1
        ELSE (json_type(metadata) != 'OBJECT')::INTEGER END AS n_unreadable_metadata
FROM staged_prompts
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("no prompt comes twice"),
        none_of("n_lost_messages", "a prompt has a message where anybody knows an answer to it"),
        between("n_filled_messages", 1, None, "a prompt is not empty"),
        none_of("n_unknown_roles", "every role is a known one"),
        none_of("n_unreadable_tools", "tools are JSON"),
        none_of("n_unreadable_metadata", "metadata is a JSON object"),
    ]


PROMPTS = Contract(Prompt, _VIEW, _expectations)
