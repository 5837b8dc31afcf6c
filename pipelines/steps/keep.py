"""The step that keeps labels which pass the checks."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import model_validator

from winnow.annotation.aggregation.target import Target
from winnow.pipelines.filters import (
    FILTERS,
    Cases,
    EmptyResponse,
    Filter,
    IdenticalResponses,
    KnownTexts,
    NearDuplicate,
    Threshold,
)
from winnow.pipelines.filters.contents import mark_contents
from winnow.pipelines.filters.cross_validation import CrossValidation, cross_validate, passing
from winnow.pipelines.filters.effects import effects_of
from winnow.pipelines.filters.read import read_cases
from winnow.pipelines.filters.rejecting import first_rejections
from winnow.pipelines.filters.targets import Publishes, everything, set_threshold
from winnow.pipelines.near.leaders import NearTo, repeats
from winnow.pipelines.near.neighbours import neighbours
from winnow.pipelines.near.undecided import undecided
from winnow.pipelines.set_aside import ids_aside, name_kept, texts_with_aside
from winnow.pipelines.steps.step import STEPS, CallIn, Step, StepContext, call_nobody_in
from winnow.pipelines.tally import Tally
from winnow.schemas.conditioned import unconditioned_ids
from winnow.schemas.effects import FilterEffect
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.prompts import Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.rejects import Reject
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

ALWAYS: tuple[Filter, ...] = (KnownTexts(), EmptyResponse(), IdenticalResponses())
"""Checks that run in every run, before those of the settings."""

_LOG = logging.getLogger(__name__)


class FilterSettings(PlugInSettings[Filter]):
    """One check, written as its name, as {name: threshold}, or as {name: accuracy 0.95}."""

    named_by: ClassVar[str] = "filter"
    registry: ClassVar[Registry[Filter]] = FILTERS

    filter: str
    """Name of the filter, such as "order_consistent", "agreement", "margin" or "near_duplicate"."""

    threshold: float | None = None
    """What the filter compares with; left out, the filter's own default."""

    target: Target | None = None
    """Share of the kept labels that should be right, written {margin: accuracy 0.95}: the threshold is then set on gold."""

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, entry: Any) -> Any:
        if isinstance(entry, str):
            return {"filter": entry}
        if isinstance(entry, dict) and len(entry) == 1 and "filter" not in entry:
            ((name, threshold),) = entry.items()
            is_target = isinstance(threshold, str) and threshold.strip().startswith("accuracy")
            value = Target.parse(threshold) if is_target else threshold
            return {"filter": name, "target" if is_target else "threshold": value}
        return entry

    @model_validator(mode="after")
    def _check_target(self) -> Self:
        if self.target and not isinstance(self.build(), Threshold):
            raise ValueError(f"{self.filter} has no threshold that gold could set; give a number")
        if self.target and self.threshold is not None:
            raise ValueError(f"{self.filter} has a threshold and a target; give one of them")
        return self

    @property
    def plug_in_settings(self) -> dict[str, Any]:
        """The threshold with what else is set; the filter's own defaults stand where nothing is."""
        return (
            self.options
            if self.threshold is None
            else {**self.options, "threshold": self.threshold}
        )


@STEPS.register("keep")
class KeepStep(Step):
    """Keep the labels that pass every filter."""

    holds: ClassVar[str | None] = "filters"
    is_derived: ClassVar[bool] = True

    filters: tuple[FilterSettings, ...] = ()
    """The checks."""

    def work(self, at: StepContext) -> list[StageCount]:
        """Check every label, also by what steps ahead of this one ask for."""
        count = keep(
            at.staging,
            self.filters,
            at.run_id,
            also=[check for step in at.before for check in step.checks(at)],
            publishes=lambda cases: np.all(
                [np.ones(len(cases), bool), *(step.publishes(cases) for step in at.after)], axis=0
            ),
            call_in=at.call_in,
        )
        return [count]


def keep(
    staging: Staging,
    settings: Sequence[FilterSettings],
    run_id: str,
    *,
    also: Sequence[Filter] = (),
    publishes: Publishes = everything,
    call_in: CallIn = call_nobody_in,
) -> StageCount:
    """Check every staged label; the first check that fails gives the one reason.

    Checks run in the order of the settings, after `no_text`, `empty_response` and `identical_responses`, which always run.
    Counts labels. Kept are those that the stage's rejects do not name.

    Args:
        staging: Holds labels and all they rest on; gets rejects, and what each check does to accuracy and coverage.
        settings: The checks.
        run_id: The run.
        also: Checks that run after those of the settings.
        publishes: Says which cases will be published if they are kept; a target counts no others.
        call_in: Takes the prompts set aside that have to be asked after all.

    Raises:
        TargetRefused: Gold does not show what a target asks for; nothing is kept.
    """
    tally = Tally("keep", "labels", run_id)
    cases, validated = try_settings(
        staging, settings, also=also, publishes=publishes, call_in=call_in
    )
    name_kept(staging, cases.near)
    first = len(validated.checks) - len(settings)
    targets = [entry.target for entry in settings]
    staging.write(FilterEffect, effects_of(validated, run_id, first=first, targets=targets))
    n_kept = len(cases)
    for rejected in first_rejections(cases, [*ALWAYS, *validated.checks[first:], *also]):
        tally.reject_all("label", rejected.comparison_id, rejected.reason, rejected.detail)
        n_kept -= len(rejected.comparison_id)
    return tally.close(staging, n_in=len(cases), n_out=n_kept)


def try_settings(
    staging: Staging,
    settings: Sequence[FilterSettings],
    *,
    also: Sequence[Filter] = (),
    publishes: Publishes = everything,
    call_in: CallIn = call_nobody_in,
) -> tuple[Cases, CrossValidation]:
    """Try checks on the staged labels, those of the settings last; set the thresholds of targets.

    Raises:
        TargetRefused: Gold does not show what a target asks for.
    """
    filters: list[Filter] = [*ALWAYS, *also, *(entry.build() for entry in settings)]
    firm = [*ALWAYS, *also, *(entry.build() for entry in settings if not entry.target)]
    cases = mark_near_duplicates(
        mark_contents(read_cases(staging), staging),
        filters,
        staging,
        passes=lambda cases: publishes(cases) & passing(firm, cases),
        call_in=call_in,
    )
    validated = cross_validate(filters, cases, staging, on_gold=bool(settings))
    for check, entry in enumerate(settings, start=len(filters) - len(settings)):
        if entry.target:
            found = set_threshold(validated, check, entry.target, publishes)
            validated = validated.asking(check, found.threshold)
            _LOG.info(
                "%s is set to %g for %s: %d of %d gold items that pass in the trial are right",
                entry.filter, found.threshold, entry.target, found.decision.n_right, found.decision.n_kept,
            )  # fmt: skip
    return cases, validated


def kept(staging: Staging) -> Cases:
    """Return the cases that the stage kept, ordered by comparison_id."""
    rejects = staging.read(Reject, ("stage", "record_id"))
    rejected = rejects.filter(pc.equal(rejects["stage"], "keep"))["record_id"]
    cases = read_cases(staging)
    return cases.only(~np.asarray(pc.is_in(cases.comparison_id, rejected.combine_chunks())))


def mark_near_duplicates(
    cases: Cases,
    filters: Sequence[Filter],
    staging: Staging,
    *,
    passes: Publishes,
    call_in: CallIn,
) -> Cases:
    """Fill in `near`, if a filter asks for it; only prompts that have a label, or were set aside, count.

    Of prompts that are near, those are kept first that have a label which passes every other check.
    """
    thresholds = [f.threshold for f in filters if isinstance(f, NearDuplicate)]
    if not thresholds:
        return cases
    found = neighbours(texts_with_aside(staging, cases.prompt_id), min(thresholds))
    first = cases.prompt_id.filter(pa.array(passes(cases))).unique()
    call_in(undecided(found, first, ids_aside(staging)))
    return replace(cases, near=_of_others(repeats(found, first), staging))


def _of_others(near: Mapping[str, NearTo], staging: Staging) -> dict[str, NearTo]:
    """Leave out prompts that repeat themselves under another condition."""
    if not near:
        return {}
    ids = pa.array({*near, *(kept.prompt_id for kept in near.values())}, pa.string())
    under: dict[str, str] = {}
    for batch in staging.some(Prompt, ("prompt_id", "metadata"), ids):
        under |= unconditioned_ids(batch)
    return {
        prompt_id: kept
        for prompt_id, kept in near.items()
        if under.get(prompt_id, prompt_id) != under.get(kept.prompt_id, kept.prompt_id)
    }
