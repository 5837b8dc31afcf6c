"""One curation run in progress: what it works with, and how its stages are called."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple, Self

import pyarrow as pa

from winnow.flows.curation.asking import Asking
from winnow.flows.curation.state import RunFolder, next_run_id
from winnow.flows.settings.run import CurationSettings
from winnow.flows.stopping import now
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.ahead.asked_ahead import AskedAhead
from winnow.pipelines.beam import begin_workers
from winnow.pipelines.guard import Doubt, stop_for
from winnow.pipelines.inference.models import ModelRef, find_model, identify
from winnow.pipelines.inference.recorded import RecordedModel
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import find_embeddings, find_sandbox
from winnow.pipelines.local_workers import end_spare_workers
from winnow.pipelines.reading import input_hashes
from winnow.pipelines.runners import is_local
from winnow.pipelines.steps.finished import clear_but_finished, lay_finished_by
from winnow.pipelines.steps.sequence import annotators_in
from winnow.schemas.errors import Unpublishable
from winnow.schemas.ids import canonical_json, content_id
from winnow.schemas.proxies import spare_loopback
from winnow.schemas.runs import Release, Run, StageCount
from winnow.warehouse.carrying import carry_over
from winnow.warehouse.staging import Staging


class Published(NamedTuple):
    """What a run published before, although requests of it had failed."""

    release: Release
    """The release."""

    n_owed: int
    """Requests that may succeed now."""


class _Begun(NamedTuple):
    """What there is ahead of the first step."""

    parts: set[tuple[str, str]]
    """The staged files."""

    counts: tuple[StageCount, ...]
    """Counts of the stages so far."""

    n_reused: dict[tuple[str, str], int]
    """Answers that earlier attempts had paid for, by stage and unit, as the first time through the steps counted them."""


_READY: ContextVar["Curation | None"] = ContextVar("curation", default=None)


class Curation:
    """A run: its settings, its models, its staging folder, and the counts so far.

    Within `with curation.ready():` it is the one that `Curation.of` gives for its settings, so that a flow, whose
    arguments have to be plain, takes it up and hashes no input twice.
    """

    @classmethod
    def of(
        cls, settings: CurationSettings, progress: RunProgress, *, asks_again: bool = False
    ) -> "Curation":
        """Return the one that is ready for the settings, or find inputs and models."""
        ready = _READY.get()
        if ready and (ready.settings, ready.asks_again) == (settings, asks_again):
            return ready
        return cls(settings, progress, asks_again=asks_again)

    def __init__(
        self,
        settings: CurationSettings,
        progress: RunProgress,
        *,
        asks_again: bool = False,
    ) -> None:
        """Find inputs and models; nothing is read or called, and nothing made but a built-in model.

        What people did before the warehouse had a place is carried over into it.

        Args:
            settings: The run.
            progress: Where it shows how far it is.
            asks_again: Whether judges are asked again for replies that could not be read.

        Raises:
            CurationError: An input is missing, a model is not there, nothing was pushed to a queue, or a variable of a proxy cannot
                be read.
        """
        spare_loopback()
        self.settings = settings
        self.progress = progress
        self.asks_again = asks_again
        if settings.queues or settings.rounds_step is not None:
            carry_over(settings.warehouse, progress.note)
        self.inputs = {
            **input_hashes(settings.inputs()),
            **_rubrics_hashes(settings),
            **_queue_hashes(settings),
            **_rounds_hashes(settings),
        }
        label = [entry for _, entry in annotators_in(settings.sequence)]
        find_embeddings(entry.learned for entry in label)
        find_embeddings(one.step.learned for one in settings.sequence)
        find_sandbox(label, settings.beam.runner)
        self.models = {name: self._identify(name) for name in settings.model_names()}
        self._work_as(
            content_id(
                {
                    "settings": settings.effective(),
                    "inputs": self.inputs,
                    "models": {n: [m.model, m.revision, m.variant] for n, m in self.models.items()},
                    "code": version("winnow"),
                }
            )
        )
        self.store = CompletionStore(settings.warehouse.completions)
        self.before: Published | None = None
        self.counts: list[StageCount] = []
        self._earlier_s: dict[str, float] = {}
        self.called: list[str] = []
        self._begun: _Begun | None = None
        self._allowed: set[Doubt] = set()
        self.asking = Asking(self.store, settings.beam, progress, lambda: self.folder)

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Have a flow that is started meanwhile take this one up."""
        token = _READY.set(self)
        try:
            yield
        finally:
            _READY.reset(token)

    def go_on_from(self, before: Published) -> None:
        """Work on what an earlier release of this very run owes, under an id of its own.

        Rows of a run, such as its labels, are never overwritten: what comes of the answers that were missing is
        the work of another run, whose id follows from that of the first.
        """
        self.before = before
        self._work_as(next_run_id(self.run_id))

    def remember(self) -> None:
        """Remember what there is ahead of the first step, so that the run may go through its steps again."""
        reused = self._begun.n_reused if self._begun else {}
        self._begun = _Begun(self.staging.parts(), tuple(self.counts), reused)
        self.called = []

    def call_in(self, prompt_ids: Sequence[str]) -> None:
        """Note prompts that were set aside and have to be asked after all, each once however often a step is tried."""
        self.called = list(dict.fromkeys([*self.called, *prompt_ids]))

    def go_back(self, *, but: str) -> None:
        """Go back ahead of the first step; what was answered is in the store, and is no work of an earlier attempt.

        Args:
            but: Part of tables that stays although it was not there: this may be tried again when some was called in.
        """
        begun = self._begun
        assert begun is not None
        for count in self.counts[len(begun.counts) :]:
            earlier = self._earlier_s.get(count.stage, 0.0)
            self._earlier_s[count.stage] = earlier + count.seconds
            begun.n_reused.setdefault((count.stage, count.unit), count.n_reused)
        self.counts = list(begun.counts)
        self.asking.forget_uses()
        self.asks_again = False  # it did, the first time through
        stay = begun.parts | {one for one in self.staging.parts() if one[1] == f"{but}.parquet"}
        lay_finished_by(self.staging, but=stay)
        self.staging.keep_only(stay)

    def _n_reused(self, count: StageCount) -> int:
        """Return how many answers there were before this attempt, as far as it was counted."""
        reused = self._begun.n_reused if self._begun else {}
        return reused.get((count.stage, count.unit), count.n_reused)

    @contextmanager
    def held(self) -> Iterator[Self]:
        """Keep other processes from this run, begin it afresh, and stop the engines at the end.

        Raises:
            TransientError: Another process works on it.
        """
        from winnow.pipelines.inference.open_engines import close_engines

        with (
            self.folder.hold(self.settings.name),
            self.staging.scratch("asked-ahead") as asked_ahead,
        ):
            self.asking.ahead = AskedAhead(asked_ahead)
            clear_but_finished(self.staging)
            state = self.folder.state()
            self._earlier_s = dict(state.seconds) if state else {}
            if state and state.is_unread:
                self.asks_again = True
                self.progress.say(
                    "this run stopped because replies could not be read: they are asked again"
                )
            try:
                begin_workers(self.settings.beam)
                yield self
            finally:
                close_engines()
                end_spare_workers()

    def begin(self, stage: str) -> None:
        """Show that a stage works, on the terminal and to `winnow status`, and free what those before it have let go of."""
        pa.default_memory_pool().release_unused()  # Arrow keeps it, and a run needs most at its end
        now(stage)
        self.asking.begin(stage)
        self.folder.update(stage)
        self.progress.begin(stage)

    def count(self, stage: str, work: Callable[[], StageCount | Sequence[StageCount]]) -> None:
        """Do the work of a stage and keep its counts, with the time of all tries of it."""
        self.begin(stage)
        started = time.monotonic()
        try:
            done = work()
        except BaseException:  # the stage may be tried again in this very process
            self._earlier_s[stage] = self._earlier_s.get(stage, 0.0) + time.monotonic() - started
            raise
        counts = [done] if isinstance(done, StageCount) else done
        for count in counts:
            seconds = count.seconds + self._earlier_s.pop(stage, 0.0)
            n_reused = min(count.n_reused, self._n_reused(count))
            changed = {"seconds": seconds, "n_reused": n_reused}
            self.counts.append(count.model_copy(update=changed))
            self.progress.end(self.counts[-1])

    def guard(self, doubts: Sequence[Doubt]) -> None:
        """Stop for what keeps the run from publishing; what its settings allow is said once.

        Raises:
            Unpublishable: A doubt is not allowed.
        """
        try:
            stop_for(doubts, self.settings.allow)
        except Unpublishable as error:
            if "unread" in error.reasons:
                self.folder.stop_unread()
            raise
        for doubt in doubts:
            if doubt not in self._allowed:
                self.progress.allow(f"{doubt.reason}: {doubt.what}")
                self._allowed.add(doubt)

    def record(self) -> Run:
        """Return the record of the run as it will be published."""
        state = self.folder.state()
        now = datetime.now(UTC)
        return Run(
            run_id=self.run_id,
            name=self.settings.name,
            started_at=state.started_at if state else now,
            finished_at=now,
            settings=canonical_json(self.settings.effective()),
            code_version=version("winnow"),
            inputs=canonical_json(self.inputs),
            models=self.asking.uses,
            counts=tuple(self.counts),
            n_owed=self.asking.n_owed,
            n_starts=state.n_starts if state else 1,
            seconds=state.worked_s if state else None,
        )

    def clear(self) -> None:
        """Remove the staging folder of a run whose rows are published."""
        self.staging.remove()
        self.folder.clear()  # last, since it removes a folder that is empty

    def _work_as(self, run_id: str) -> None:
        self.run_id = run_id
        self.folder = RunFolder(self.settings.warehouse.runs, run_id)
        warehouse = self.settings.warehouse
        shared = None if is_local(self.settings.beam.runner) else warehouse.runs.within(run_id)
        self.staging = Staging(warehouse.staging(run_id), shared)

    def _identify(self, name: str) -> ModelRef:
        settings = find_model(name, self.settings.models)
        folder = self.settings.warehouse.folders.models
        if isinstance(settings, RecordedModel):
            said = f"models.{name} gives the recorded replies of {settings.path}: no model is asked"
            self.progress.note(said)
        return identify(settings, folder, name=name, tell=self.progress.wait)


def _rubrics_hashes(settings: CurationSettings) -> dict[str, str]:
    """Hash the rubrics of a run; where it has none, nothing that reads them is imported."""
    if settings.rubrics is None:
        return {}
    from winnow.flows.curation.rubrics_stage import rubrics_hash

    return {"rubrics": rubrics_hash(settings.rubrics, settings.warehouse)}


def _queue_hashes(settings: CurationSettings) -> dict[str, str]:
    """Hash what the queues of a run hold; where it has none, nothing that queues are made of is imported."""
    if not settings.queues:
        return {}
    from winnow.flows.people.queues import queue_hashes

    return queue_hashes(settings.warehouse.kept, settings.queues)


def _rounds_hashes(settings: CurationSettings) -> dict[str, str]:
    """Hash what people said in rounds that are over; while they go on, the run is that of its settings alone."""
    if settings.rounds_step is None:
        return {}
    from winnow.flows.rounds.store import RoundsStore

    store = RoundsStore(settings.warehouse.kept, settings.name)
    is_over = store.why_over(settings.rounds_step.settings) is not None
    return {"people": store.fingerprint()} if is_over else {}
