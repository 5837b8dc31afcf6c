"""The flow that takes prompts to a published release."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from winnow.flows.curation.agreement import measure_release
from winnow.flows.curation.ahead import judging_ahead
from winnow.flows.curation.context import context_of
from winnow.flows.curation.curation import Curation
from winnow.flows.curation.prospects import doubts_of_inputs, warnings_of_inputs
from winnow.flows.curation.published import published
from winnow.flows.curation.reading import read_all
from winnow.flows.curation.reading_ahead import read_ahead
from winnow.flows.curation.servers import known_contexts
from winnow.flows.curation.setting_aside import call_in_undecided, set_aside_near
from winnow.flows.redacting import errors_without_secrets
from winnow.flows.settings.run import CurationSettings
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.fitting import Fitting
from winnow.pipelines.guard import Doubt, doubts_of_release
from winnow.pipelines.question_sizes import asks_of
from winnow.pipelines.shortcuts.find import find_shortcuts
from winnow.pipelines.steps.step import Pause
from winnow.reports.terminal.summary import n_unread
from winnow.schemas.errors import TransientError
from winnow.schemas.labels import Annotator
from winnow.schemas.plurals import counted
from winnow.schemas.runs import Release, Run, StageCount
from winnow.warehouse.audit import AuditResult
from winnow.warehouse.auditor import Auditor
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import provenance_of
from winnow.warehouse.publish import content_hash, publish

Work = TypeVar("Work", bound=Callable[..., Any])

_RETRY_AFTER_S = [2.0, 10.0, 30.0]


def _is_transient(_task: Any, _run: Any, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), TransientError)


def stage(name: str) -> Callable[[Work], Work]:
    """Make a Prefect task of a function; only a TransientError is tried again, and no error shows a secret."""
    made = task(
        name=name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(_RETRY_AFTER_S),
        retry_delay_seconds=_RETRY_AFTER_S,
        retry_condition_fn=_is_transient,
    )
    return cast(Callable[[Work], Work], lambda work: made(errors_without_secrets()(work)))


@flow(name="curate", persist_result=False)
@errors_without_secrets()
def curate(
    settings: CurationSettings, *, ask_again: bool = False, go_on: bool = False
) -> str | None:
    """Take prompts through the steps of the settings to a published release.

    Nothing is visible before the one transaction at the end. A run that was stopped is continued by running it
    again: answered requests are not asked again. A run that was published already starts no model.

    Args:
        settings: What to read, which steps to go through, what to publish.
        ask_again: Ask judges again for the replies that could not be read, also where the run was published.
        go_on: Begin the next round of people and models although people have not answered all of the last one.

    Returns:
        Name of the release, such as "preferences@1"; None while people are to label.
    """
    curation = Curation.of(settings, RunProgress.current(), asks_again=ask_again)
    while True:
        if found := published(curation):
            curation.progress.say(f"{found.release} was published before by this very run")
            return found.release
        release, pause = None, None
        with curation.held(), Auditor() as auditor:
            if not curation.models:
                auditor.start()  # comes up while rows are read
            read_stage(curation)
            set_aside_stage(curation)
            pause = go_through(curation, auditor, go_on=go_on)
            while pause is None and curation.called:
                call_in_stage(curation)
                pause = go_through(curation, auditor, go_on=go_on)
            if pause is None:
                shortcuts_stage(curation)
                release = publish_stage(curation, audit_stage(curation, auditor))
        curation.clear()
        if release is not None:
            return release.release
        if pause and not pause.is_over:
            return None
        # What people said is an input of the run that publishes: it begins anew, and asks no model twice.
        curation, go_on = Curation(settings, curation.progress, asks_again=ask_again), False


def go_through(curation: Curation, auditor: Auditor, *, go_on: bool) -> Pause | None:
    """Go through the steps; gives why the run cannot go on, None where it went through all."""
    sequence = curation.settings.sequence
    for i, placed in enumerate(sequence):
        if not any(list(later.step.calls()) for later in sequence[i:]):
            auditor.start()  # no model needs the machine from here on
        if pause := step_stage(placed.stage)(curation, i, go_on=go_on):
            return pause
    return None


@stage("read")
def read_stage(curation: Curation) -> None:
    """Read prompts, ready responses and comparisons, and gold."""
    staging, say = curation.staging, curation.progress.note
    curation.count("read", lambda: read_all(curation.settings, staging, curation.run_id, say))
    for warning in warnings_of_inputs(curation.settings, staging):
        curation.progress.warn(warning)
    curation.guard(doubts_of_inputs(curation.settings, staging))
    curation.guard(doubts_of_room(curation))


@stage("set_aside")
def set_aside_stage(curation: Curation) -> None:
    """Set aside prompts that nearly repeat another, before anything is asked about them."""
    set_aside_near(curation)


@stage("set_aside")
def call_in_stage(curation: Curation) -> None:
    """Bring back those that might be kept after all, ahead of the first step."""
    call_in_undecided(curation)


def doubts_of_room(curation: Curation) -> list[Doubt]:
    """Say what has no room in the context of the model that is asked, before anything is paid."""
    asks = asks_of(curation.staging, curation.settings.sequence)
    called = {ask.model: curation.models[ask.model] for ask in asks}
    return list(Fitting(curation.models, known_contexts(called)).doubts(asks))


def step_stage(name: str) -> Callable[..., Pause | None]:
    """Make a Prefect task, of the step's name, that does the work of one step."""
    return stage(name)(work_on)


def work_on(curation: Curation, i: int, *, go_on: bool) -> Pause | None:
    """Do the work of the i-th step, and hold what came of it against what the settings allow."""
    at = judging_ahead(curation, i, context_of(curation, i, go_on=go_on))
    _, _, step, of = curation.settings.sequence[i]
    pauses: list[Pause] = []
    if at.chosen is not None:
        curation.progress.say(f"  {at.stage:<10} works on {len(at.chosen):,} {step.works_on}: {of}")

    def work() -> Sequence[StageCount]:
        outcome = step.work(at)
        if isinstance(outcome, Pause):
            pauses.append(outcome)
            return ()
        return outcome

    curation.count(at.stage, work)
    curation.guard(step.doubts(at, curation.asking.asked))
    return pauses[0] if pauses else None


@stage("shortcuts")
def shortcuts_stage(curation: Curation) -> None:
    """Measure what predicts the labels without reading a response."""
    curation.begin("shortcuts")
    find_shortcuts(curation.staging, curation.settings.shortcuts, curation.run_id)


@stage("audit")
def audit_stage(curation: Curation, auditor: Auditor) -> AuditResult:
    """See that the release is one that somebody wants, and hold the staged rows against the contracts."""
    curation.begin("audit")
    curation.guard(doubts_of_release(curation.staging, curation.counts))
    result = auditor.audit(curation.staging, curation.settings.warehouse, meanwhile=read_ahead)
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
        if before := _unchanged(curation, warehouse, run):
            return before
        name = curation.settings.release
        agreement = measure_release(warehouse, curation.staging)
        return publish(warehouse, curation.staging, run, name, result, agreement)


def _unchanged(curation: Curation, warehouse: Warehouse, run: Run) -> Release | None:
    """Return the release that this run goes on from, where asking again brought nothing new."""
    before = curation.before
    if before is None or run.n_owed != before.n_owed:
        return None
    annotators = Annotator.from_table(curation.staging.read(Annotator))
    if n_unread(annotators) != n_unread(
        provenance_of(warehouse, before.release.release).annotators
    ):
        return None
    if content_hash(warehouse, curation.staging) != before.release.content_hash:
        return None
    failed = f"{counted(run.n_owed, 'request')} failed again, and " if run.n_owed else ""
    curation.progress.say(f"{before.release.release} stands: {failed}nothing is new")
    return before.release
