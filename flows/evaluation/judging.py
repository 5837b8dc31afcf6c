"""Judges of an evaluation, ready to be asked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple
from uuid import uuid4

from winnow.annotation.rubrics.standing import RubricChoice, in_force
from winnow.flows.rubrics.files import read_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.flows.settings.evaluation import EvaluationSettings
from winnow.flows.stopping import now
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.evaluating.probing import RunJudges
from winnow.pipelines.evaluating.running import RubricsByTrust, run_judges
from winnow.pipelines.inference.models import ModelRef, find_model, identify
from winnow.pipelines.inference.open_engines import close_engines
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import find_embeddings, find_sandbox
from winnow.pipelines.local_workers import end_spare_workers
from winnow.pipelines.runners import is_local
from winnow.warehouse.catalog import Warehouse


class ReadyJudges(NamedTuple):
    """How judges are run while their engines are open."""

    run: RunJudges
    """Runs annotators of the settings on labelled comparisons."""

    models: Mapping[str, ModelRef]
    """The models, by their names in the settings."""


@contextmanager
def judges_ready(settings: EvaluationSettings, progress: RunProgress) -> Iterator[ReadyJudges]:
    """Find the models and rubrics, and lend what runs judges; engines are closed at the end.

    Raises:
        CurationError: A model is not there, or the rubrics cannot be read.
    """
    folders = settings.warehouse.folders
    store = CompletionStore(settings.warehouse.completions)
    find_embeddings(entry.learned for entry in settings.label)
    find_sandbox(settings.label, settings.beam.runner)
    rubrics = _rubrics(settings)
    models = {
        name: identify(
            find_model(name, settings.models), folders.models, name=name, tell=progress.wait
        )
        for name in settings.model_names()
    }
    asking = partial(
        answer,
        store=store,
        beam=settings.beam,
        progress=partial(progress.advance, "judge"),
        on_notices=progress.stand,
    )
    run = partial(
        run_judges,
        models=models,
        answer=asking,
        store=store,
        beam=settings.beam,
        rubrics=rubrics,
    )
    now("label")
    progress.begin("judge")
    try:
        if is_local(settings.beam.runner):
            yield ReadyJudges(run, models)
        else:
            place = settings.warehouse.runs.within(f"evaluation-{uuid4().hex}")
            yield ReadyJudges(partial(run, shared=place), models)
    finally:
        close_engines()
        end_spare_workers()


def _rubrics(settings: EvaluationSettings) -> RubricsByTrust | None:
    """Find the rubrics that judges go by: what a file holds is taken, of the warehouse what a run would take."""
    source = settings.rubrics
    if source is None:
        return None
    if source.path is not None:
        found = [one.written for one in read_rubrics(source.path, source.form)]
        rubrics, criteria = [w.rubric for w in found], [c for w in found for c in w.criteria]
        choice = RubricChoice.among(in_force(rubrics, criteria, unproven=True))
        return RubricsByTrust(choice, choice)
    with Warehouse.open(settings.warehouse, read_only=True) as warehouse:
        shelf = Shelf.of(warehouse)
        proven, every = (shelf.in_force(unproven=one) for one in (False, source.unproven))
    return RubricsByTrust(RubricChoice.among(proven), RubricChoice.among(every))
