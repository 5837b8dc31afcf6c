"""The contract of gold verdicts."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, none_of, one_of, unique
from winnow.schemas.judgments import Gold

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = """
SELECT
    comparison_id || ' ' || basis AS id,
    (comparison_id NOT IN (SELECT comparison_id FROM known_comparisons))::INTEGER AS n_missing_comparisons,
    verdict
FROM staged_gold
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("no gold verdict comes twice"),
        none_of("n_missing_comparisons", "the comparison of a gold verdict exists"),
        one_of("verdict", ("a", "b", "tie"), "a gold verdict is a, b or tie"),
    ]


GOLD = Contract(Gold, _VIEW, _expectations)
