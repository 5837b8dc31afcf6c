"""The contract of what became of requests for responses."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, between, none_of, unique
from winnow.schemas.sampled import Sampled

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = """
SELECT
    run_id || ' ' || stage || ' ' || model || ' ' || model_revision AS id,
    (run_id != (SELECT min(run_id) FROM staged_sampled))::INTEGER AS n_other_runs,
    abs(n_requests - n_failed - n_unfinished - n_responses) AS n_lost,
    n_responses - greatest(n_empty, n_cut_off + n_end_unknown, n_with_thought) AS n_other_responses
FROM staged_sampled
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a model stands once in a step of a run"),
        none_of("n_other_runs", "all requests are of one run"),
        none_of("n_lost", "every request failed, ended within a thought, or became a response"),
        between("n_other_responses", 0, None, "a part of the responses is no more than all"),
    ]


SAMPLED = Contract(Sampled, _VIEW, _expectations)
