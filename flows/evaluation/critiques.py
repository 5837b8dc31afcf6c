"""Critiques of judges held against those of people, as figures of an evaluation."""

from dataclasses import replace
from functools import partial

from winnow.annotation.evaluation import Evaluation
from winnow.annotation.evaluation.critiqued import measure_critiques
from winnow.flows.settings.evaluation import EvaluationSettings
from winnow.flows.stopping import now
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.asking.complete import complete
from winnow.pipelines.evaluating.critiques import (
    ComparedCritiques,
    compare_critiques,
    right_critiques,
)
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.inference.models import find_model, identify
from winnow.pipelines.inference.open_engines import close_engines
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.local_workers import end_spare_workers
from winnow.schemas.judgments import Judgment
from winnow.schemas.plurals import counted


def compare_with_people(
    labelled: Labelled, settings: EvaluationSettings, name: str, progress: RunProgress
) -> ComparedCritiques:
    """Have a model hold what judges wrote to right verdicts against what people wrote to theirs.

    Args:
        labelled: From a release.
        settings: The models, and the warehouse.
        name: The model, by its name in the settings.
        progress: Where progress is shown.
    """
    model = identify(
        find_model(name, settings.models),
        settings.warehouse.folders.models,
        name=name,
        tell=progress.wait,
    )
    gold = dict(zip(*(column.to_pylist() for column in labelled.gold.columns), strict=True))
    critiques = right_critiques(Judgment.from_table(labelled.said), gold)
    ask = partial(
        complete,
        store=CompletionStore(settings.warehouse.completions),
        beam=settings.beam,
        progress=partial(progress.advance, "critiques"),
        on_notices=progress.stand,
    )
    now("critiques")
    progress.begin("critiques")
    try:
        return compare_critiques(critiques, model=model, complete=ask)
    finally:
        close_engines()
        end_spare_workers()


def with_critiques(
    evaluation: Evaluation, labelled: Labelled, compared: ComparedCritiques
) -> Evaluation:
    """Add what critiques name to the figures of their judges, and a note of what could not be compared."""
    prompts = dict(
        zip(*(labelled.items[name].to_pylist() for name in ("item_id", "prompt")), strict=True)
    )
    found = measure_critiques(compared.matched, prompts)
    notes = []
    if not found:
        notes.append(
            "no critiques were compared: on no comparison did both a judge and a person who were right write down reasons"
        )
    if compared.n_without:
        notes.append(
            f"{counted(compared.n_without, 'text')} of people named no argument, and nothing was held against it"
        )
    return evaluation._replace(
        judges=tuple(replace(one, critiqued=found.get(one.annotator)) for one in evaluation.judges),
        notes=(*evaluation.notes, *notes),
    )
