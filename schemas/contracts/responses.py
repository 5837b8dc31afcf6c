"""The contract of responses."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, between, none_of, one_of, unique
from winnow.schemas.responses import FinishReason, Made, Response

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = """
WITH parents AS (
    SELECT response_id FROM known_responses WHERE response_id IN (SELECT parent_id FROM staged_responses)
)
SELECT
    response_id AS id,
    (hash(prompt_id) NOT IN (SELECT hash(prompt_id) FROM known_prompts))::INTEGER AS n_missing_prompts,
    sample_index,
    n_tokens,
    finish_reason,
    (coalesce(isnan(logprob) OR logprob > 0.001, false))::INTEGER AS n_impossible_logprobs,
    made,
    (text IS NULL AND (len(tool_calls) + len(coalesce(turns, [])) + len(coalesce(parts, [])) > 0
        OR coalesce(request_id, reasoning) IS NOT NULL))::INTEGER AS n_half_known,
    (parent_id IS NOT NULL AND (parent_id = response_id OR parent_id NOT IN (SELECT response_id FROM parents)))::INTEGER
        AS n_missing_parents,
    len(list_filter(coalesce(steps, []), s -> s.turn > len(coalesce(turns, []))))
        + (coalesce(len(steps), 0) > 0 AND steps != list_sort(list_distinct(steps)))::INTEGER AS n_misplaced_steps
FROM staged_responses
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("no response comes twice"),
        none_of("n_missing_prompts", "the prompt of a response exists"),
        between("sample_index", 0, None, "samples are counted from 0"),
        between("n_tokens", 0, None, "tokens are counted from 0"),
        one_of("finish_reason", get_args(FinishReason), "the finish reason is a known one"),
        one_of("made", get_args(Made), "how a response was made is a known way"),
        none_of("n_half_known", "a response without a text holds nothing else"),
        none_of(
            "n_missing_parents", "the response that another was made from exists, and is another"
        ),
        none_of(
            "n_misplaced_steps", "steps begin in turns of the response, each after the one before"
        ),
        none_of("n_impossible_logprobs", "a log-probability is a number up to 0"),
    ]


RESPONSES = Contract(Response, _VIEW, _expectations)
