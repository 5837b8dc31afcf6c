"""The contract of labels."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, between, none_of, unique
from winnow.schemas.labels import Label

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# A NaN would pass for a missing value, so the view turns it into -1.
_VIEW = """
SELECT
    run_id || ' ' || comparison_id AS id,
    (hash(comparison_id) NOT IN (SELECT hash(comparison_id) FROM known_comparisons))::INTEGER AS n_missing_comparisons,
    (run_id != (SELECT min(run_id) FROM staged_labels))::INTEGER AS n_other_runs,
    CASE WHEN isnan(p_a) THEN -1 ELSE p_a END AS p_a,
    CASE WHEN isnan(p_b) THEN -1 ELSE p_b END AS p_b,
    CASE WHEN isnan(p_tie) THEN -1 ELSE p_tie END AS p_tie,
    CASE WHEN isnan(p_a + p_b + p_tie) THEN -1 ELSE p_a + p_b + p_tie END AS p_sum,
    CASE WHEN isnan(low) THEN -1 ELSE low END AS low,
    CASE WHEN isnan(high) THEN -1 ELSE high END AS high,
    greatest(low - high, 0) AS low_above_high,
    CASE WHEN isnan(agreement) THEN -1 ELSE agreement END AS agreement,
    n_judgments
FROM staged_labels
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a comparison has one label a run"),
        none_of("n_missing_comparisons", "the comparison of a label exists"),
        none_of("n_other_runs", "all labels are of one run"),
        between("p_a", 0, 1, "p_a lies in 0..1"),
        between("p_b", 0, 1, "p_b lies in 0..1"),
        between("p_tie", 0, 1, "p_tie lies in 0..1"),
        between("p_sum", 1 - 1e-6, 1 + 1e-6, "p_a, p_b and p_tie sum to 1"),
        between("low", 0, 1, "the lower end of an interval lies in 0..1"),
        between("high", 0, 1, "the upper end of an interval lies in 0..1"),
        none_of("low_above_high", "the lower end of an interval is not above the upper one"),
        between("agreement", 0, 1, "an agreement lies in 0..1"),
        between("n_judgments", 0, None, "judgments are counted from 0"),
    ]


LABELS = Contract(Label, _VIEW, _expectations)
