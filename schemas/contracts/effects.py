"""The contract of what filters do."""

from typing import TYPE_CHECKING

from winnow.schemas.contracts.contract import Contract, between, none_of, unique
from winnow.schemas.effects import FilterEffect

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_PARTS = ("passed", "kept", "without")
_VIEW = f"""
SELECT
    run_id || ' ' || position AS id,
    (run_id != (SELECT min(run_id) FROM staged_filter_effects))::INTEGER AS n_other_runs,
    position,
    greatest({", ".join(f"n_{part} - n_labels" for part in _PARTS)}, 0) AS n_beyond_labels,
    greatest(n_right - n_gold, {", ".join(f"n_right_{part} - n_gold_{part}" for part in _PARTS)}, 0) AS n_beyond_gold
FROM staged_filter_effects
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a filter's place is taken once a run"),
        none_of("n_other_runs", "all filter effects are of one run"),
        between("position", 1, None, "a filter's place is counted from 1"),
        none_of("n_beyond_labels", "a filter keeps no more labels than there are"),
        none_of("n_beyond_gold", "no more gold labels are right than there are"),
    ]


FILTER_EFFECTS = Contract(FilterEffect, _VIEW, _expectations)
