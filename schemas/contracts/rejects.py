"""The contract of rejects."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, none_of, unique
from winnow.schemas.rejects import Reject

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = r"""
SELECT
    run_id || ' ' || stage || ' ' || record_id AS id,
    (run_id != (SELECT min(run_id) FROM staged_rejects))::INTEGER AS n_other_runs,
    (NOT regexp_full_match(stage, '[a-z][a-z0-9_]*(-[0-9]+)?'))::INTEGER AS n_unnamed_stages,
    (NOT regexp_matches(reason, '\S'))::INTEGER AS n_empty_reasons,
    (record IN ('comparison', 'label') AND record_id IN (SELECT comparison_id FROM staged_preferences))::INTEGER
        AS n_published_all_the_same
FROM staged_rejects
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a stage rejects a record once, for one reason"),
        none_of("n_other_runs", "all rejects are of one run"),
        none_of("n_unnamed_stages", "the stage is the name of a step"),
        none_of("n_empty_reasons", "a reject has a reason"),
        none_of("n_published_all_the_same", "a rejected comparison is not published"),
    ]


REJECTS = Contract(Reject, _VIEW, _expectations)
