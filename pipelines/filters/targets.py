"""Thresholds that are given as a target: set on gold before anything is kept, or refused."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.folds import share_as_sure
from winnow.annotation.aggregation.target import Decision, Target, decide, round_between
from winnow.annotation.aggregation.votes import Bools
from winnow.pipelines.filters.case import name_of
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.cross_validation import CrossValidation
from winnow.pipelines.filters.threshold import Threshold
from winnow.schemas.effects import FilterEffect
from winnow.schemas.errors import TargetRefused

Publishes = Callable[[Cases], Bools]
"""Says which of the cases are published if they are kept; shape (n_cases,)."""


def everything(cases: Cases) -> Bools:
    """Say that all of them are."""
    return np.ones(len(cases), bool)


class SetThreshold(NamedTuple):
    """A threshold set on gold."""

    threshold: float
    """What the check compares with."""

    decision: Decision
    """What gold shows."""


class TargetOutcome(NamedTuple):
    """What comes of asking for an accuracy."""

    target: Target
    """What is asked for."""

    effect: FilterEffect | None
    """What the threshold does that gold sets; None where it is refused."""

    reason: str
    """Why it is refused; empty where it is not."""


def set_threshold(
    validated: CrossValidation, check: int, target: Target, publishes: Publishes = everything
) -> SetThreshold:
    """Set the threshold of one check such that gold shows that enough is right of what all checks keep.

    Args:
        validated: The checks; the threshold of this one is not looked at.
        check: Place of the check.
        target: What is wanted.
        publishes: Cases that will not be published however sure they are do not count, nor do those that people verified.

    Raises:
        TargetRefused: Gold shows no such threshold; says why.
    """
    others = [i for i in range(len(validated.checks)) if i != check]
    is_published = validated.is_open & publishes(validated.cases)
    shares, rights = [np.empty(0)], [np.empty(0, bool)]
    for held in validated.folds:
        pool = validated.passing_held_out(others, held) & is_published[held.rows]
        mine = pool[held.is_held]
        share = np.ones(len(pool))
        share[pool] = share_as_sure(held.surplus[check][pool])
        shares.append(share[held.is_held][mine])
        rights.append(held.is_right[mine])
    pool = validated.passing(others) & is_published
    surplus = validated.surplus[check][pool]
    expected = validated.cases.likeliest[pool][np.argsort(-surplus, kind="stable")]
    decision = decide(target, np.concatenate(shares), np.concatenate(rights), expected)
    if decision.share is None:
        raise _refused(validated, check, target, decision)
    is_kept = share_as_sure(surplus) < decision.share
    return SetThreshold(_parting(validated.checks[check], surplus, is_kept), decision)


def _parting(check: object, surplus: np.ndarray, is_kept: Bools) -> float:
    assert isinstance(check, Threshold)
    is_least = check.wanted == "at least"
    lowest, highest = (0.0, 1.0) if is_least else (-1.0, 0.0)
    above = surplus[~is_kept].max(initial=lowest - 1e-9)
    found = round_between(above, surplus[is_kept].min(initial=highest))
    return abs(found) if is_least else abs(-found)


def _refused(
    validated: CrossValidation, check: int, target: Target, decision: Decision
) -> TargetRefused:
    name = name_of(validated.checks[check])
    return TargetRefused(
        f"keep: {name} for {target} is refused: {decision.reason}. Nothing is published; ask for less, give {name} a "
        "number, or add gold or annotators, and run again: no answer is paid for twice",
        filter=name,
        reason=decision.reason,
    )


def check_targets(targets: Mapping[str, str], *, has_gold: bool) -> None:
    """Check what can be known of targets before a run.

    Args:
        targets: Checks whose threshold is a target, by place in the settings.
        has_gold: Whether gold is given.

    Raises:
        ValueError: There is more than one, or no gold to set it on.
    """
    if len(targets) > 1:
        raise ValueError(
            f"{' and '.join(targets)} both have a target; give one of them, and a number to the others"
        )
    for place, name in targets.items():
        if not has_gold:
            raise ValueError(
                f"{place}: the target of {name} is set on gold; give 'gold', or a number"
            )
