"""The contract of annotators."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, between, none_of, one_of, unique
from winnow.schemas.judgments import Kind
from winnow.schemas.labels import Annotator

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# A NaN would pass for a missing value, so the view turns it into -1.
_VIEW = r"""
SELECT
    run_id || ' ' || annotator_id AS id,
    (run_id != (SELECT min(run_id) FROM staged_annotators))::INTEGER AS n_other_runs,
    kind,
    n_judgments,
    n_invalid,
    greatest(n_invalid - n_judgments, 0) AS n_invalid_beyond_judgments,
    CASE WHEN isnan(order_consistency) THEN -1 ELSE order_consistency END AS order_consistency,
    CASE WHEN isnan(position_bias) THEN -1 ELSE position_bias END AS position_bias,
    CASE WHEN isnan(accuracy) THEN -1 ELSE accuracy END AS accuracy,
    CASE WHEN isnan(gold_accuracy) THEN -1 ELSE gold_accuracy END AS gold_accuracy,
    n_gold,
    len(groups) - len(list_distinct(groups)) AS n_repeated_groups,
    len(list_filter(groups, g -> NOT regexp_matches(g, '\S'))) AS n_nameless_groups,
    (NOT isfinite(weight))::INTEGER AS n_unusable_weights,
    coalesce(NOT regexp_matches(model, '\S'), false)::INTEGER AS n_nameless_models,
    annotator_version
FROM staged_annotators
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("an annotator is measured once a run"),
        none_of("n_other_runs", "all annotators are of one run"),
        one_of("kind", get_args(Kind), "the kind is a known one"),
        between("n_judgments", 0, None, "judgments are counted from 0"),
        between("n_invalid", 0, None, "invalid judgments are counted from 0"),
        none_of("n_invalid_beyond_judgments", "no more judgments are invalid than were given"),
        between("order_consistency", 0, 1, "an order consistency lies in 0..1"),
        between("position_bias", -0.5, 0.5, "a position bias lies in -0.5..0.5"),
        between("accuracy", 0, 1, "an accuracy lies in 0..1"),
        between("gold_accuracy", 0, 1, "a gold accuracy lies in 0..1"),
        between("n_gold", 0, None, "gold comparisons are counted from 0"),
        none_of("n_repeated_groups", "an annotator belongs to a group once"),
        none_of("n_nameless_groups", "a group has a name"),
        none_of("n_unusable_weights", "a weight is a finite number"),
        none_of("n_nameless_models", "a model has a name"),
        between("annotator_version", 0, None, "a version is no less than 0"),
    ]


ANNOTATORS = Contract(Annotator, _VIEW, _expectations)
