"""The contracts of what labels rest on."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, none_of, one_of, unique
from winnow.schemas.heard import Anchor, Heard

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_HEARD = """
SELECT
    run_id || ' ' || judgment_id AS id,
    (run_id != (SELECT min(run_id) FROM staged_heard))::INTEGER AS n_other_runs,
    (hash(judgment_id) NOT IN (SELECT hash(judgment_id) FROM known_judgments))::INTEGER AS n_missing_judgments
FROM staged_heard
"""
_ANCHORS = """
SELECT
    run_id || ' ' || comparison_id || ' ' || basis AS id,
    (run_id != (SELECT min(run_id) FROM staged_anchors))::INTEGER AS n_other_runs,
    (comparison_id NOT IN (SELECT comparison_id FROM known_comparisons))::INTEGER AS n_missing_comparisons,
    verdict
FROM staged_anchors
"""


def _heard() -> "list[Expectation]":
    return [
        unique("a judgment is heard once a run"),
        none_of("n_other_runs", "all judgments that were heard are of one run"),
        none_of("n_missing_judgments", "a judgment that was heard exists"),
    ]


def _anchors() -> "list[Expectation]":
    return [
        unique("a gold verdict anchors once a run"),
        none_of("n_other_runs", "all anchors are of one run"),
        none_of("n_missing_comparisons", "the comparison of an anchor exists"),
        one_of("verdict", ("a", "b", "tie"), "an anchor is a, b or tie"),
    ]


HEARD = Contract(Heard, _HEARD, _heard)
ANCHORS = Contract(Anchor, _ANCHORS, _anchors)
