"""The contracts of rubrics and criteria."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, between, none_of, one_of, unique
from winnow.schemas.rubrics import Criterion, Rubric

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_KINDS = ("hard_rule", "principle", "checklist")

_RUBRIC_VIEW = r"""
SELECT
    rubric_id AS id,
    (prompt_id IS NOT NULL AND prompt_id NOT IN (SELECT prompt_id FROM known_prompts))::INTEGER
        AS n_missing_prompts,
    (rubric_id NOT IN (SELECT rubric_id FROM known_criteria))::INTEGER AS n_without_criteria
FROM staged_rubrics
"""

_CRITERION_VIEW = r"""
SELECT
    criterion_id AS id,
    (rubric_id NOT IN (SELECT rubric_id FROM known_rubrics))::INTEGER AS n_missing_rubrics,
    kind,
    (NOT regexp_matches(text, '\S'))::INTEGER AS n_empty_texts,
    (NOT isfinite(weight))::INTEGER AS n_unusable_weights,
    CASE WHEN isnan(validity) THEN -1 ELSE validity END AS validity
FROM staged_criteria
"""


def _rubric_expectations() -> "list[Expectation]":
    return [
        unique("no rubric comes twice"),
        none_of("n_missing_prompts", "the prompt of a rubric exists"),
        none_of("n_without_criteria", "a rubric has a criterion"),
    ]


def _criterion_expectations() -> "list[Expectation]":
    return [
        unique("no criterion comes twice"),
        none_of("n_missing_rubrics", "the rubric of a criterion exists"),
        one_of("kind", _KINDS, "the kind is a known one"),
        none_of("n_empty_texts", "a criterion says something"),
        none_of("n_unusable_weights", "a weight is a finite number"),
        between("validity", 0, 1, "a validity lies in 0..1"),
    ]


RUBRICS = Contract(Rubric, _RUBRIC_VIEW, _rubric_expectations)
CRITERIA = Contract(Criterion, _CRITERION_VIEW, _criterion_expectations)
