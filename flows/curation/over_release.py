"""Rubrics derived from the rows of a release, merged and proven, and put into the warehouse; the release stays as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from winnow.flows.curation.asking import Asking
from winnow.flows.curation.rubrics_stage import stage_with_history
from winnow.flows.curation.state import RunFolder, next_run_id
from winnow.flows.rubrics.shelf import Shelf
from winnow.flows.settings.rubric_steps import RubricStepsSettings
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.guard import stop_for
from winnow.pipelines.inference.models import find_model, identify
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import find_embeddings
from winnow.pipelines.local_workers import end_spare_workers
from winnow.pipelines.runners import is_local
from winnow.pipelines.steps.selecting import choose
from winnow.pipelines.steps.step import Pause, StepContext, WorksOn
from winnow.pipelines.stored import stored_tables
from winnow.schemas.base import Record
from winnow.schemas.ids import canonical_json, content_id
from winnow.schemas.labels import Label
from winnow.schemas.prompts import Prompt
from winnow.schemas.proxies import spare_loopback
from winnow.schemas.rejects import Reject
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import Run, StageCount
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release
from winnow.warehouse.shelving import shelve_staged
from winnow.warehouse.staging import Staging

STORED = "stored"
"""Part of the tables that comes from the warehouse."""

Row = TypeVar("Row", bound=Record)

_MADE: tuple[type[Record], ...] = (Rubric, Criterion, CriterionSource, Proof, Reject)


class RubricsMade(NamedTuple):
    """What came of steps over a release."""

    run_id: str
    """The run that it is known by, in `derived_from` of the rubrics and in `run_id` of the proofs."""

    release: str
    """The release, with its number."""

    counts: list[StageCount]
    """What went into each step, what came out and why the rest did not."""

    rubrics: list[Rubric]
    """Rubrics that are new."""

    criteria: list[Criterion]
    """Their criteria."""

    proofs: list[Proof]
    """What was measured."""

    rejects: list[Reject]
    """Criteria that were refused, and what else did not come out."""

    is_new: bool = True
    """Whether it came of this; not where the very same was done before."""


def go_over_release(settings: RubricStepsSettings, name: str, progress: RunProgress) -> RubricsMade:
    """Go through steps that make or measure rubrics, on the rows of a release, and add what comes of it to the warehouse.

    What was answered before is not asked again, and where the very same was done before nothing is. Steps that derive have to do with
    what they derive alone; others work on the rubrics of the warehouse that no other replaces.

    Args:
        settings: The steps, and the models that they ask.
        name: Release such as "preferences@3"; without a number, the newest.
        progress: Shows how far it is.

    Raises:
        UnknownName: There is no such release.
        Unpublishable: Most of what a model was asked got no answer, or one that cannot be read; nothing was added.
        TransientError: Another process works on the same.
    """
    spare_loopback()
    place = settings.warehouse
    find_embeddings(one.step.learned for one in settings.sequence)
    models = {
        one: identify(
            find_model(one, settings.models), place.folders.models, name=one, tell=progress.wait
        )
        for one in settings.model_names()
    }
    with Warehouse.open(place, read_only=True) as warehouse:
        found, shelf = release(warehouse, name), Shelf.of(warehouse)
        tables = stored_tables(warehouse, name)
        labels = warehouse.query(
            "SELECT * FROM labels WHERE run_id = $run", found.release, {"run": found.run_id}
        )
    inputs = {"release": found.release}
    if not settings.derives:
        inputs["rubrics"] = content_id(sorted(rubric.rubric_id for rubric in shelf.newest))
    first_id = content_id(
        {
            "settings": settings.effective(),
            "inputs": inputs,
            "models": {n: [m.model, m.revision, m.variant] for n, m in models.items()},
            "code": version("winnow"),
        }
    )
    run_id, is_done = _taken_up(settings, first_id)
    if is_done:
        with Warehouse.open(place, read_only=True) as warehouse:
            return _came(warehouse, run_id, found.release, is_new=False)
    folder = RunFolder(place.runs, run_id)
    shared = None if is_local(settings.beam.runner) else place.runs.within(run_id)
    staging = Staging(place.staging(run_id), shared)
    asking = Asking(CompletionStore(place.completions), settings.beam, progress, lambda: folder)
    started = datetime.now(UTC)
    counts: list[StageCount] = []
    with _held(folder, f"rubrics of {found.release}"):
        staging.clear()
        for record, rows in {**tables, Label: labels}.items():
            staging.write(record, rows, part=STORED)
        if not settings.derives:
            stage_shelf(shelf, staging)
        for i, placed in enumerate(settings.sequence):
            for begin in (asking.begin, folder.update, progress.begin):
                begin(placed.stage)
            at = StepContext(
                staging=staging,
                run_id=run_id,
                stage=placed.stage,
                before=tuple(one.step for one in settings.sequence[:i]),
                after=tuple(one.step for one in settings.sequence[i + 1 :]),
                chosen=_chosen(placed.of, placed.step.works_on, staging),
                models=models,
                answer=asking.answer,
                complete=asking.complete,
                beam=settings.beam,
                release=found.name,
                say=progress.say,
                warn=progress.warn,
            )
            outcome = placed.step.work(at)
            for count in [] if isinstance(outcome, Pause) else outcome:
                counts.append(count)
                progress.end(count)
            stop_for(placed.step.doubts(at, asking.asked), settings.allow)
        run = Run(
            run_id=run_id,
            name=f"rubrics of {found.release}",
            started_at=started,
            finished_at=datetime.now(UTC),
            settings=canonical_json(settings.effective()),
            code_version=version("winnow"),
            inputs=canonical_json(inputs),
            models=asking.uses,
            counts=tuple(counts),
            n_owed=asking.n_owed,
        )
        made = _add(settings, staging, run, found.release)
        staging.remove()
    folder.clear()
    return made


def _taken_up(settings: RubricStepsSettings, run_id: str) -> tuple[str, bool]:
    """Return the run that did all of this, and True; else the one that is to do it, and False.

    What a run owes is asked again under an id of its own: rows of a run, such as its proofs, are never overwritten.
    """
    with Warehouse.open(settings.warehouse, read_only=True) as warehouse:
        while True:
            sql = "SELECT n_owed FROM runs WHERE run_id = $run"
            owed = warehouse.query(sql, parameters={"run": run_id})["n_owed"].to_pylist()
            if not owed or not owed[0]:
                return run_id, bool(owed)
            run_id = next_run_id(run_id)


def _came(warehouse: Warehouse, run_id: str, release: str, *, is_new: bool) -> RubricsMade:
    """Return what came of a run."""

    def rows(record: type[Row], of_run: str) -> list[Row]:
        sql = f"SELECT t.* FROM {record.table} AS t WHERE {of_run} ORDER BY ALL"
        found = warehouse.query(sql, parameters={"run": run_id})
        return record.from_table(found.select(list(record.model_fields)))

    derived = "rubric_id IN (SELECT rubric_id FROM rubrics WHERE derived_from = $run)"
    (run,) = rows(Run, "run_id = $run")
    return RubricsMade(
        run_id,
        release,
        list(run.counts),
        rows(Rubric, derived),
        rows(Criterion, derived),
        rows(Proof, "run_id = $run"),
        rows(Reject, "run_id = $run"),
        is_new=is_new,
    )


@contextmanager
def _held(folder: RunFolder, name: str) -> Iterator[None]:
    """Keep other processes from the same work, and stop the engines at its end."""
    from winnow.pipelines.inference.open_engines import close_engines

    with folder.hold(name):
        try:
            yield
        finally:
            close_engines()
            end_spare_workers()


def _chosen(of: str | None, works_on: WorksOn | None, staging: Staging) -> pa.Array | None:
    return None if of is None or works_on is None else choose(of, works_on, staging)


def stage_shelf(shelf: Shelf, staging: Staging) -> None:
    """Stage the rubrics of the warehouse that no other replaces and whose prompts are there, with their history."""
    asked = set(staging.read(Prompt, ("prompt_id",))["prompt_id"].to_pylist())
    newest = [r for r in shelf.newest if r.prompt_id is None or r.prompt_id in asked]
    stage_with_history(shelf, newest, staging, STORED)


def _add(settings: RubricStepsSettings, staging: Staging, run: Run, release: str) -> RubricsMade:
    """Put what the steps added into the warehouse, and return what is new there."""
    with TemporaryDirectory(prefix="winnow-rubrics-") as folder:
        shelved = Staging(Path(folder))
        for record in _MADE:
            rows = _new(staging, record)
            if rows.num_rows:
                shelved.write(record, rows)
        with Warehouse.open(settings.warehouse) as warehouse:
            shelve_staged(warehouse, shelved, run)
            return _came(warehouse, run.run_id, release, is_new=True)


def _new(staging: Staging, record: type[Record]) -> pa.Table:
    """Return the rows of a table that steps added."""
    stored = staging.read_part(record, STORED)
    rows, key = staging.read(record), record.key[0]
    return rows.filter(pc.invert(pc.is_in(rows[key], value_set=stored[key].combine_chunks())))
