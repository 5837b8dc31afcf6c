"""Checks tried on gold: what they keep, and how much of it is right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.pipelines.filters.case import Filter
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.held_out import HeldOut, held_out_cases
from winnow.pipelines.filters.rejecting import rejections
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.labels.combining import heard
from winnow.pipelines.labels.verified import find_verified
from winnow.schemas.judgments import VERIFIED, Gold
from winnow.warehouse.staging import Staging

_SAID = ("judgment_id", "comparison_id", "annotator_id", "kind", "verdict", "request_id")


class Count(NamedTuple):
    """What some checks keep."""

    n: int
    """Labels."""

    n_gold: int
    """Labels that gold is known for."""

    n_right: int
    """Of those, the ones whose verdict is the gold one."""


class CheckedFold(NamedTuple):
    """One fold: labels of the model that has not seen the gold of some of them."""

    rows: Ints
    """Their places among the cases, all of them or a random part; shape (n_rows,)."""

    is_held: Bools
    """Whether the gold of each was left out; shape (n_rows,)."""

    is_right: Bools
    """Whether the label names the gold verdict; shape (n_held,)."""

    surplus: Floats
    """Shape (n_checks, n_rows)."""


@dataclass(frozen=True)
class CrossValidation:
    """Figures of all cases under several checks, and of gold items as models see them that have not seen their gold.

    A figure is turned so that more is better, and a check asks for at least `need`. Between a fold's labels and those
    that are published all figures may move together, as when one model is surer of everything. So a check asks of a
    fold's labels what as many of them fail as fail of the published ones.
    """

    checks: tuple[Filter, ...]
    cases: Cases
    surplus: Floats
    """Shape (n_checks, n_cases)."""

    need: Floats
    """Shape (n_checks,)."""

    folds: tuple[CheckedFold, ...]
    """None where there is no gold."""

    is_open: Bools
    """Whether the label of a case is the annotators', and not what people verified; shape (n_cases,)."""

    def passing(self, which: Sequence[int]) -> Bools:
        """Say which cases pass all of some checks; shape (n_cases,)."""
        chosen = list(which)
        return np.asarray((self.surplus[chosen] >= self.need[chosen, None]).all(axis=0))

    def passing_held_out(self, which: Sequence[int], held: CheckedFold) -> Bools:
        """Say the same of a fold's labels; shape (n_rows,)."""
        passed = np.ones(len(held.rows), bool)
        for check in which:
            n_fail = int((self.surplus[check][held.rows] < self.need[check]).sum())
            ordered = np.sort(held.surplus[check])
            need = ordered[n_fail] if n_fail < len(ordered) else np.inf
            passed &= held.surplus[check] >= need
        return passed

    def count(self, which: Sequence[int]) -> Count:
        """Count what passes all of some checks."""
        n_gold = n_right = 0
        for held in self.folds:
            passed = self.passing_held_out(which, held)[held.is_held]
            n_gold += int(passed.sum())
            n_right += int((passed & held.is_right).sum())
        return Count(int(self.passing(which).sum()), n_gold, n_right)

    def asking(self, check: int, threshold: float) -> "CrossValidation":
        """Return the same with another threshold of one check."""
        built = self.checks[check]
        changed = built.model_copy(update={"threshold": threshold})  # type: ignore[attr-defined]
        checks = (*self.checks[:check], changed, *self.checks[check + 1 :])
        need = self.need.copy()
        need[check] = need_of(changed)
        return replace(self, checks=checks, need=need)


def cross_validate(
    checks: Sequence[Filter], cases: Cases, staging: Staging, *, on_gold: bool = True
) -> CrossValidation:
    """Measure all cases under the checks, once as they are labelled and once for each fold of gold.

    Args:
        checks: What to try.
        cases: Labelled comparisons.
        staging: Holds comparisons, judgments, gold and labels.
        on_gold: Whether to look at gold; without, nothing is labelled again.
    """
    gold = staging.read(Gold)
    folds = held_out_cases(cases, staging) if on_gold and gold.num_rows else ()
    is_open = np.ones(len(cases), bool)
    is_open[cases.rows_of(_verified(gold, staging))] = False
    return CrossValidation(
        checks=tuple(checks),
        cases=cases,
        surplus=surpluses(checks, cases),
        need=np.array([need_of(check) for check in checks]),
        folds=tuple(_held(checks, fold, gold) for fold in folds),
        is_open=is_open,
    )


def need_of(check: Filter) -> float:
    """Return the least surplus that passes."""
    if not isinstance(check, Threshold):
        return 1.0
    return check.threshold if check.wanted == "at least" else -check.threshold


def surpluses(checks: Sequence[Filter], cases: Cases) -> Floats:
    """Compute each check's figure of each case such that more is better; without a figure, 1 passes and 0 fails."""
    found = np.empty((len(checks), len(cases)))
    for row, check in zip(found, checks, strict=True):
        if isinstance(check, Threshold):
            row[:] = check.surplus(cases)
        else:
            row[:] = np.asarray(pc.is_null(rejections(check, cases)))
    return found


def passing(checks: Sequence[Filter], cases: Cases) -> Bools:
    """Say which cases pass all checks; shape (n_cases,)."""
    need = np.array([need_of(check) for check in checks])
    return np.asarray((surpluses(checks, cases) >= need[:, None]).all(axis=0))


def _held(checks: Sequence[Filter], fold: HeldOut, gold: pa.Table) -> CheckedFold:
    ids = fold.cases.comparison_id.filter(pa.array(fold.is_held))
    known = dict(zip(gold["comparison_id"].to_pylist(), gold["verdict"].to_pylist(), strict=True))
    verdicts = np.array([known[i] for i in ids.to_pylist()], str)
    is_right = fold.cases.verdict[fold.is_held] == verdicts
    return CheckedFold(fold.rows, fold.is_held, is_right, surpluses(checks, fold.cases))


def _verified(gold: pa.Table, staging: Staging) -> pa.Array:
    """Return the comparison_ids of what people verified."""
    is_any = pc.any(pc.equal(gold["basis"], VERIFIED)).as_py()
    found = find_verified(heard(staging, _SAID), gold).verdicts if is_any else {}
    return pa.array(list(found), pa.string())
