"""The contract of shortcuts."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, between, none_of, one_of, unique
from winnow.schemas.shortcuts import SHORTCUTS, Finding, Shortcut

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# A NaN would pass for a missing value, so the view turns it into -2.
_VIEW = """
SELECT
    run_id || ' ' || shortcut AS id,
    (run_id != (SELECT min(run_id) FROM staged_shortcuts))::INTEGER AS n_other_runs,
    shortcut,
    (n != (SELECT count(*) FROM staged_preferences WHERE NOT is_tied))::INTEGER AS n_wrong_counts,
    n_differ,
    greatest(n_differ - n, 0) AS n_differ_beyond,
    greatest(n_gold - n, 0) AS n_gold_beyond,
    CASE WHEN isnan(accuracy) THEN -2 ELSE accuracy END AS accuracy,
    (isnan(low) OR isnan(high) OR low < 0 OR low > accuracy OR accuracy > high OR high > 1)::INTEGER AS n_outside,
    CASE WHEN isnan(auc) THEN -2 ELSE auc END AS auc,
    CASE WHEN isnan(gold_accuracy) THEN -2 ELSE gold_accuracy END AS gold_accuracy,
    (n_gold = 0 AND gold_accuracy IS NOT NULL)::INTEGER AS n_from_nothing,
    CASE WHEN isnan(excess) THEN -2 ELSE excess END AS excess,
    CASE WHEN isnan(threshold) THEN -2 ELSE threshold END AS threshold,
    finding,
    (is_warning AND finding = 'absent')::INTEGER AS n_idle_warnings
FROM staged_shortcuts
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a shortcut is measured once a run"),
        none_of("n_other_runs", "all shortcuts are of one run"),
        one_of("shortcut", tuple(SHORTCUTS), "the shortcut is a known one"),
        none_of("n_wrong_counts", "a shortcut is measured on every decided preference"),
        between("n_differ", 0, None, "preferences that differ are counted from 0"),
        none_of("n_differ_beyond", "no more preferences differ than there are"),
        none_of("n_gold_beyond", "no more preferences have gold than there are"),
        between("accuracy", 0, 1, "the accuracy of a shortcut lies in 0..1"),
        none_of("n_outside", "the accuracy lies in its interval, and that in 0..1"),
        between("auc", 0, 1, "an area under the curve lies in 0..1"),
        between("gold_accuracy", 0, 1, "an accuracy on gold lies in 0..1"),
        none_of("n_from_nothing", "an accuracy on gold comes from gold"),
        between("excess", -1, 1, "an excess over gold lies in -1..1"),
        between("threshold", 0.5, 1, "the threshold of a warning lies in 0.5..1"),
        one_of("finding", get_args(Finding), "the finding is a known one"),
        none_of("n_idle_warnings", "what occurs nowhere does not warn"),
    ]


SHORTCUT = Contract(Shortcut, _VIEW, _expectations)
