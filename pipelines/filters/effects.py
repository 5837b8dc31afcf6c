"""What checks do to accuracy and coverage, alone and together, measured on gold."""

from collections.abc import Sequence

import numpy as np

from winnow.annotation.aggregation.target import Target
from winnow.pipelines.filters.case import name_of
from winnow.pipelines.filters.cross_validation import CrossValidation
from winnow.pipelines.filters.threshold import Threshold
from winnow.schemas.effects import FilterEffect

SWEEP_PARTS = 10


def effects_of(
    validated: CrossValidation,
    run_id: str,
    *,
    first: int = 0,
    targets: Sequence[Target | None] = (),
) -> list[FilterEffect]:
    """Count what each check keeps alone, with those before it, and what the others keep without it.

    Args:
        validated: The checks, tried.
        run_id: The run.
        first: Checks before this place are applied throughout, and not counted.
        targets: For each check that is counted, what its threshold was set for; empty where none was.
    """
    always, told = list(range(first)), list(range(first, len(validated.checks)))
    before = validated.count(always)
    found = []
    for place, check in enumerate(told):
        alone, so_far = (
            validated.count([*always, check]),
            validated.count([*always, *told[: place + 1]]),
        )
        without = validated.count([*always, *(other for other in told if other != check)])
        target = targets[place] if targets else None
        found.append(
            FilterEffect(
                run_id=run_id,
                position=place + 1,
                filter=name_of(validated.checks[check]),
                threshold=validated.checks[check].threshold,
                target=None if target is None else str(target),
                n_labels=before.n,
                n_gold=before.n_gold,
                n_right=before.n_right,
                n_passed=alone.n,
                n_gold_passed=alone.n_gold,
                n_right_passed=alone.n_right,
                n_kept=so_far.n,
                n_gold_kept=so_far.n_gold,
                n_right_kept=so_far.n_right,
                n_without=without.n,
                n_gold_without=without.n_gold,
                n_right_without=without.n_right,
            )
        )
    return found


def sweep(validated: CrossValidation, check: int) -> list[float]:
    """Return thresholds of one check from lax to strict, each of which rejects about a tenth of the labels more.

    Figures that many labels share are stepped over, so there may be fewer than ten.
    """
    built = validated.checks[check]
    assert isinstance(built, Threshold)
    surplus = validated.surplus[check][np.isfinite(validated.surplus[check])]
    if not len(surplus):
        return [built.threshold]
    parts = np.quantile(surplus, np.arange(SWEEP_PARTS) / SWEEP_PARTS, method="lower")
    # Rounded to the lax side, so that the first threshold keeps everything.
    rounded = np.floor(parts * 1000) / 1000
    figures = np.maximum(rounded, 0) if built.wanted == "at least" else -rounded
    return list(dict.fromkeys(figures.round(3).tolist()))
