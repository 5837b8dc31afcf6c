"""The contracts of rubrics, criteria, what they rest on and what was shown of them."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, between, none_of, one_of, unique
from winnow.schemas.rubrics import (
    Criterion,
    CriterionKind,
    CriterionSource,
    Importance,
    Proof,
    Refused,
    Rubric,
    SourceKind,
)

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

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
    CASE WHEN isnan(validity) THEN -1 ELSE validity END AS validity,
    importance,
    (SELECT count(*) FROM (SELECT unnest(requires) AS other) WHERE other NOT IN (SELECT criterion_id FROM known_criteria))
        AS n_missing_required
FROM staged_criteria
"""

_SOURCE_VIEW = r"""
SELECT
    source_id AS id,
    (criterion_id NOT IN (SELECT criterion_id FROM known_criteria))::INTEGER AS n_missing_criteria,
    kind,
    (NOT regexp_matches(subject_id, '\S'))::INTEGER AS n_empty_subjects
FROM staged_criterion_sources
"""

_PROOF_VIEW = r"""
SELECT
    proof_id AS id,
    (rubric_id NOT IN (SELECT rubric_id FROM known_rubrics))::INTEGER AS n_missing_rubrics,
    (criterion_id IS NOT NULL AND criterion_id NOT IN (SELECT criterion_id FROM known_criteria))::INTEGER
        AS n_missing_criteria,
    reason,
    (is_kept = (reason IS NOT NULL))::INTEGER AS n_unreasoned,
    (n_comparisons < 0 OR n_tried < 1)::INTEGER AS n_impossible_counts,
    CASE WHEN isnan(accuracy.value) THEN -1 ELSE accuracy.value END AS accuracy
FROM staged_proofs
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
        one_of("kind", get_args(CriterionKind), "the kind is a known one"),
        none_of("n_empty_texts", "a criterion says something"),
        none_of("n_unusable_weights", "a weight is a finite number"),
        between("validity", 0, 1, "a validity lies in 0..1"),
        one_of("importance", get_args(Importance), "the importance is a known one"),
        none_of("n_missing_required", "what a criterion requires exists"),
    ]


def _source_expectations() -> "list[Expectation]":
    return [
        unique("no source comes twice"),
        none_of("n_missing_criteria", "the criterion of a source exists"),
        one_of("kind", get_args(SourceKind), "the kind of a source is a known one"),
        none_of("n_empty_subjects", "a source says what it is"),
    ]


def _proof_expectations() -> "list[Expectation]":
    return [
        unique("no proof comes twice"),
        none_of("n_missing_rubrics", "the rubric of a proof exists"),
        none_of("n_missing_criteria", "the criterion of a proof exists"),
        one_of("reason", get_args(Refused), "the reason of a proof is a known one"),
        none_of("n_unreasoned", "what is not kept has a reason, and nothing else has one"),
        none_of("n_impossible_counts", "counts of a proof are possible"),
        between("accuracy", 0, 1, "an accuracy lies in 0..1"),
    ]


RUBRICS = Contract(Rubric, _RUBRIC_VIEW, _rubric_expectations)
CRITERIA = Contract(Criterion, _CRITERION_VIEW, _criterion_expectations)
CRITERION_SOURCES = Contract(CriterionSource, _SOURCE_VIEW, _source_expectations)
PROOFS = Contract(Proof, _PROOF_VIEW, _proof_expectations)
