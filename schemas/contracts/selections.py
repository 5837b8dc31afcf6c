"""The contract of what runs chose to work on."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, none_of, one_of, unique
from winnow.schemas.selections import Selection

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = """
SELECT
    run_id || ' ' || name || ' ' || subject_id AS id,
    (run_id != (SELECT min(run_id) FROM staged_selections))::INTEGER AS n_other_runs,
    subjects,
    (CASE subjects
        WHEN 'prompts' THEN subject_id NOT IN (SELECT prompt_id FROM known_prompts)
        WHEN 'responses' THEN subject_id NOT IN (SELECT response_id FROM known_responses)
        ELSE subject_id NOT IN (SELECT comparison_id FROM known_comparisons)
    END)::INTEGER AS n_missing_subjects
FROM staged_selections
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a selection names a subject once"),
        none_of("n_other_runs", "all selections are of one run"),
        one_of(
            "subjects", ("prompts", "responses", "comparisons"), "a selection is of a known kind"
        ),
        none_of("n_missing_subjects", "what was selected exists"),
    ]


SELECTIONS = Contract(Selection, _VIEW, _expectations)
