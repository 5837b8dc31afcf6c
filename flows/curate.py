"""The flow that takes prompts to a published release."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from flows.curation import Curation
from flows.people_stage import stage_people
from flows.progress import RunProgress
from flows.release_agreement import measure_release
from flows.settings import CurationSettings
from pipelines.aggregating import aggregate_judgments
from pipelines.assembling import assemble
from pipelines.comparing import compare
from pipelines.keeping import keep
from pipelines.labelling import label
from pipelines.reading import read_inputs
from pipelines.sampling import sample
from pipelines.shortcuts.find import find_shortcuts
from schemas.errors import TransientError
from schemas.runs import Release
from warehouse.audit import AuditResult, audit
from warehouse.catalog import Warehouse
from warehouse.publish import publish
from warehouse.releases import release_of

Work = TypeVar("Work", bound=Callable[..., Any])

_RETRY_AFTER_S = [2.0, 10.0, 30.0]


def _is_transient(_task: Any, _run: Any, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), TransientError)


def stage(name: str) -> Callable[[Work], Work]:
    """Make a Prefect task of a function; only a TransientError is tried again."""
    made = task(
        name=name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(_RETRY_AFTER_S),
        retry_delay_seconds=_RETRY_AFTER_S,
        retry_condition_fn=_is_transient,
    )
    return cast(Callable[[Work], Work], made)


@flow(name="curate", persist_result=False)
def curate(settings: CurationSettings) -> str:
    """Take prompts through sampling, judging, aggregation and filters to a published release.

    Nothing is visible before the one transaction at the end. A run that was stopped is continued by running it
    again: answered requests are not asked again. A run that was published already starts no model.

    Args:
        settings: What to read, sample, judge, keep and publish.

    Returns:
        Name of the release, such as "preferences@1".
    """
    curation = Curation(settings, RunProgress.current())
    if release := published(curation):
        curation.progress.say(f"{release.release} was published before by this very run")
        return release.release
    with curation.held():
        read_stage(curation)
        sample_stage(curation)
        compare_stage(curation)
        label_stage(curation)
        aggregate_stage(curation)
        keep_stage(curation)
        assemble_stage(curation)
        shortcuts_stage(curation)
        release = publish_stage(curation, audit_stage(curation))
    curation.clear()
    return release.release


def published(curation: Curation) -> Release | None:
    """Give the release that this very run made before; None where it made none."""
    with Warehouse.open(curation.settings.warehouse) as warehouse:
        return release_of(warehouse, curation.run_id)


@stage("read")
def read_stage(curation: Curation) -> None:
    """Read prompts, ready responses and comparisons, and gold."""
    inputs, staging, run_id = curation.settings.inputs(), curation.staging, curation.run_id
    found: list[str] = []
    curation.count("read", lambda: read_inputs(inputs, staging, run_id, say=found.append))
    for line in found:
        curation.progress.say(f"  read       {line}")


@stage("sample")
def sample_stage(curation: Curation) -> None:
    """Sample responses to every prompt."""
    curation.count(
        "sample",
        lambda: sample(
            curation.staging,
            curation.settings.sample,
            curation.run_id,
            models=curation.models,
            complete=curation.complete,
        ),
    )


@stage("compare")
def compare_stage(curation: Curation) -> None:
    """Set responses side by side."""
    settings = curation.settings
    curation.count(
        "compare",
        lambda: compare(curation.staging, settings.compare, curation.run_id, beam=settings.beam),
    )


@stage("label")
def label_stage(curation: Curation) -> None:
    """Have judges and verifiers label every comparison, and take over what people said."""
    settings, staging, run_id = curation.settings, curation.staging, curation.run_id
    curation.count(
        "label",
        lambda: [
            *stage_people(settings.warehouse, settings.queues, staging, run_id),
            label(
                staging,
                settings.label,
                run_id,
                models=curation.models,
                complete=curation.complete,
                beam=settings.beam,
            ),
        ],
    )


@stage("aggregate")
def aggregate_stage(curation: Curation) -> None:
    """Turn judgments into labels, each annotator weighed by its reliability."""
    settings = curation.settings.aggregate
    curation.count(
        "aggregate", lambda: aggregate_judgments(curation.staging, settings, curation.run_id)
    )


@stage("keep")
def keep_stage(curation: Curation) -> None:
    """Keep the labels that pass every filter."""
    settings = curation.settings
    curation.count(
        "keep",
        lambda: keep(
            curation.staging,
            settings.keep,
            curation.run_id,
            beam=settings.beam,
            publishes=settings.assemble.publishes,
        ),
    )


@stage("assemble")
def assemble_stage(curation: Curation) -> None:
    """Make preferences of the labels that were kept."""
    settings = curation.settings
    curation.count(
        "assemble",
        lambda: assemble(
            curation.staging,
            settings.assemble,
            curation.run_id,
            release=settings.release,
            beam=settings.beam,
        ),
    )


@stage("shortcuts")
def shortcuts_stage(curation: Curation) -> None:
    """Measure what predicts the labels without reading a response."""
    curation.begin("shortcuts")
    find_shortcuts(curation.staging, curation.settings.shortcuts, curation.run_id)


@stage("audit")
def audit_stage(curation: Curation) -> AuditResult:
    """Hold the staged rows against the contracts."""
    curation.begin("audit")
    with Warehouse.open(curation.settings.warehouse) as warehouse:
        result = audit(curation.staging, warehouse)
    result.raise_for_failures()
    return result


@stage("publish")
def publish_stage(curation: Curation, result: AuditResult) -> Release:
    """Make everything visible in one transaction."""
    curation.begin("publish")
    run = curation.record()
    create_table_artifact(
        key="stages",
        description=f"What went into each stage of {run.name} and what came out",
        table=[count.model_dump(mode="json", exclude={"rejects"}) for count in run.counts],
    )
    with Warehouse.open(curation.settings.warehouse) as warehouse:
        name = curation.settings.release
        agreement = measure_release(warehouse, curation.staging)
        return publish(warehouse, curation.staging, run, name, result, agreement)
