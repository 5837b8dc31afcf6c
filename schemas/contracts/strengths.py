"""The contracts of strengths and standings."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, between, none_of, unique
from winnow.schemas.strengths import Standing, Strength

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# A NaN would pass for a missing value, so the views turn it into -1.
_OTHER_COUNTS = """((abs(win_rate - (n_won + n_tied / 2) / (n_won + n_tied + n_lost)) < 1e-9) IS NOT TRUE)::INTEGER AS n_other_counts"""
_STRENGTHS = f"""
SELECT
    s.run_id || ' ' || s.response_id AS id,
    (s.run_id != (SELECT min(run_id) FROM staged_strengths))::INTEGER AS n_other_runs,
    (r.response_id IS NULL OR r.prompt_id != s.prompt_id)::INTEGER AS n_missing_responses,
    (NOT isfinite(s.strength))::INTEGER AS n_unusable_strengths,
    CASE WHEN isnan(s.win_rate) THEN -1 ELSE s.win_rate END AS win_rate,
    (s.rank NOT BETWEEN 1 AND s.n_ranked)::INTEGER AS n_unknown_places,
    {_OTHER_COUNTS},
    s.n_ranked,
    s.n_comparisons
FROM staged_strengths AS s
LEFT JOIN known_responses AS r USING (response_id)
"""
_STANDINGS = f"""
SELECT
    run_id || ' ' || model AS id,
    (run_id != (SELECT min(run_id) FROM staged_standings))::INTEGER AS n_other_runs,
    (model NOT IN (SELECT model FROM known_responses))::INTEGER AS n_missing_models,
    CASE WHEN isnan(win_rate) THEN -1 ELSE win_rate END AS win_rate,
    (win_rate_low > win_rate OR win_rate_high < win_rate OR NOT isfinite(win_rate_high - win_rate_low))::INTEGER
        + ((label_win_rate BETWEEN label_win_rate_low AND label_win_rate_high) IS NOT TRUE)::INTEGER
        + (strength_low > strength OR strength_high < strength OR NOT isfinite(strength_high - strength_low))::INTEGER
        AS n_broken_intervals,
    CASE WHEN isnan(tie_rate) THEN -1 ELSE tie_rate END AS tie_rate,
    (NOT isfinite(strength))::INTEGER AS n_unusable_strengths,
    {_OTHER_COUNTS},
    n_prompts,
    greatest(n_prompts - n_comparisons, 0) AS n_prompts_beyond_comparisons
FROM staged_standings
"""


def _of_responses() -> "list[Expectation]":
    return [
        unique("a response has one strength a run"),
        none_of("n_other_runs", "all strengths are of one run"),
        none_of("n_missing_responses", "the response of a strength exists and answers its prompt"),
        none_of("n_unusable_strengths", "a strength is a finite number"),
        between("win_rate", 0, 1, "a win rate lies in 0..1"),
        none_of("n_other_counts", "a win rate is that of the verdicts counted"),
        none_of("n_unknown_places", "a rank is one of the places there are"),
        between("n_ranked", 3, None, "three responses or more are ranked"),
        between("n_comparisons", 1, None, "a strength rests on a comparison"),
    ]


def _of_models() -> "list[Expectation]":
    return [
        unique("a model has one standing a run"),
        none_of("n_other_runs", "all standings are of one run"),
        none_of("n_missing_models", "the model of a standing has a response"),
        between("win_rate", 0, 1, "a win rate lies in 0..1"),
        none_of("n_other_counts", "a win rate is that of the verdicts counted"),
        none_of("n_broken_intervals", "an interval holds what it is of"),
        between("tie_rate", 0, 1, "a tie rate lies in 0..1"),
        none_of("n_unusable_strengths", "a strength is a finite number"),
        between("n_prompts", 1, None, "a standing rests on a prompt"),
        none_of("n_prompts_beyond_comparisons", "each prompt has a comparison"),
    ]


STRENGTHS = Contract(Strength, _STRENGTHS, _of_responses)
STANDINGS = Contract(Standing, _STANDINGS, _of_models)
