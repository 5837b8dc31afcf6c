"""What checks do to a release's labels, recomputed from its stored judgments."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from winnow.annotation.aggregation.target import Target
from winnow.pipelines.filters import Threshold
from winnow.pipelines.filters.cross_validation import CrossValidation
from winnow.pipelines.filters.effects import effects_of, sweep
from winnow.pipelines.filters.targets import TargetOutcome, set_threshold
from winnow.pipelines.set_aside import PART, asked_of
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.assemble import AssembleSettings
from winnow.pipelines.steps.keep import ALWAYS, FilterSettings, try_settings
from winnow.pipelines.stored import stored_aside, stored_tables
from winnow.schemas.effects import FilterEffect
from winnow.schemas.errors import InvalidSettings, TargetRefused
from winnow.schemas.explaining import explain
from winnow.schemas.prompts import Prompt
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import run_of
from winnow.warehouse.staging import Staging

TARGETS = (0.8, 0.85, 0.9, 0.95, 0.99)


def measure_release(
    warehouse: Warehouse, release: str, checks: Sequence[str]
) -> list[FilterEffect]:
    """Measure what checks do to the labels of a release, alone and together.

    Args:
        warehouse: Where the release lies.
        release: Name such as "preferences@3"; without a number, the newest.
        checks: Checks as "name", "name=threshold" or "name=accuracy 0.95"; none for those of the release's run.

    Raises:
        UnknownName: There is no such release.
        InvalidSettings: There is no such check, a threshold is wrong, or there is nothing to measure.
        TargetRefused: Gold does not show what a target asks for.
    """
    with _tried(warehouse, release, checks) as (validated, entries, _):
        targets = [entry.target for entry in entries]
        return effects_of(validated, "", first=len(ALWAYS), targets=targets)


def sweep_release(
    warehouse: Warehouse, release: str, check: str, checks: Sequence[str] = ()
) -> tuple[list[FilterEffect], list[TargetOutcome]]:
    """Measure what thresholds of one check do, from lax to strict, and what accuracies could be asked for with it.

    Args:
        warehouse: Where the release lies.
        release: Name such as "preferences@3"; without a number, the newest.
        check: Name of the check.
        checks: Checks that are applied as well, throughout.

    Raises:
        UnknownName: There is no such release.
        InvalidSettings: There is no such check, or it has no threshold to sweep.
    """
    others = [other for other in checks if other.partition("=")[0] != check]
    with _tried(warehouse, release, [*others, check]) as (validated, _, assembly):
        at = len(validated.checks) - 1
        if not isinstance(validated.checks[at], Threshold):
            raise InvalidSettings(f"--sweep {check}: it compares no figure; sweep another check")
        rows = [_with(validated, at, threshold) for threshold in sweep(validated, at)]
        asked = [_ask(validated, at, Target(accuracy=wanted), assembly) for wanted in TARGETS]
        return rows, asked if validated.folds else []


def _with(
    validated: CrossValidation, at: int, threshold: float, target: Target | None = None
) -> FilterEffect:
    (effect,) = effects_of(validated.asking(at, threshold), "", first=at, targets=[target])
    return effect


def _ask(
    validated: CrossValidation, at: int, target: Target, assembly: AssembleSettings
) -> TargetOutcome:
    try:
        found = set_threshold(validated, at, target, assembly.publishes)
    except TargetRefused as error:
        return TargetOutcome(target, None, error.reason)
    return TargetOutcome(target, _with(validated, at, found.threshold, target), "")


@contextmanager
def _tried(
    warehouse: Warehouse, release: str, checks: Sequence[str]
) -> Iterator[tuple[CrossValidation, list[FilterSettings], AssembleSettings]]:
    run = run_of(warehouse, release)
    settings = json.loads(run.settings)
    entries = [_read(check) for check in checks]
    entries = entries or [FilterSettings.model_validate(e) for e in settings.get("keep", [])]
    if not entries:
        raise InvalidSettings(f"the run of {release} has no checks; name some with --check")
    aggregation = AggregateSettings.model_validate(settings.get("aggregate", {}))
    assembly = AssembleSettings.model_validate(settings.get("assemble", {}))
    with TemporaryDirectory(prefix="winnow-filters-") as folder:
        staging = Staging(Path(folder))
        for record, rows in stored_tables(warehouse, release).items():
            staging.write(record, rows)
        staging.write(Prompt, stored_aside(warehouse, release), part=PART)
        staging = asked_of(staging)
        aggregate_judgments(staging, aggregation, run.run_id)
        publishes = assembly.publishes
        _, validated = try_settings(staging, entries, publishes=publishes)
        yield validated, entries, assembly


def _read(check: str) -> FilterSettings:
    name, equals, threshold = check.partition("=")
    is_target = threshold.strip().startswith("accuracy")
    try:
        value = threshold.strip() if is_target else float(threshold) if equals else None
        return FilterSettings.model_validate({name: value})
    except ValidationError as error:
        wrong = explain(FilterSettings, error.errors(include_url=False)[0])
        raise InvalidSettings(f"--check {check}: {wrong}") from None
    except ValueError:
        raise InvalidSettings(f"--check {check}: {threshold!r} is no number") from None
