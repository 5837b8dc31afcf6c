"""The contract of combined verdicts."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.contracts.contract import Contract, none_of, one_of, unique
from winnow.schemas.judgments import Verdict

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = """
SELECT
    v.run_id || ' ' || v.judgment_id AS id,
    (v.run_id != (SELECT min(run_id) FROM staged_combined_verdicts))::INTEGER AS n_other_runs,
    (j.judgment_id IS NULL)::INTEGER AS n_missing_judgments,
    coalesce(len(j.ratings) = 0, false)::INTEGER AS n_without_ratings,
    v.verdict
FROM staged_combined_verdicts AS v
LEFT JOIN known_judgments AS j USING (judgment_id)
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("the ratings of a judgment are combined once a run"),
        none_of("n_other_runs", "all combined verdicts are of one run"),
        none_of("n_missing_judgments", "the judgment of a combined verdict exists"),
        none_of("n_without_ratings", "what is combined was rated"),
        one_of("verdict", get_args(Verdict), "the verdict is a known one"),
    ]


COMBINED = Contract(CombinedVerdict, _VIEW, _expectations)
