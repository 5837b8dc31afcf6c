"""Judges run on labelled comparisons, each request paid for once."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow as pa

from winnow.pipelines.asking.complete import Complete, nth
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.recorded import long_form, long_form_of_responses
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.exemplars import show_exemplars
from winnow.pipelines.labelling.judging import judge
from winnow.pipelines.labelling.settings import (
    JudgeSettings,
    VerifierSettings,
    judges_of,
    verifiers_of,
)
from winnow.pipelines.labelling.subjects import each_response, in_each_order
from winnow.pipelines.labelling.verifying import verify
from winnow.pipelines.tally import Tally
from winnow.schemas.judgments import Gold
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


class Ran(NamedTuple):
    """What judges said that ran now."""

    judgments: pa.Table
    """Columns of `JUDGMENTS`."""

    n_asked: int
    """Judgments asked for."""

    n_reused: int
    """Of the answers, those that were paid for before."""

    rejects: list[Reject]
    """Judgments that were not given, with their reasons."""


def run_judges(
    labelled: Labelled,
    entries: Sequence[JudgeSettings | VerifierSettings],
    *,
    models: Mapping[str, ModelRef],
    complete: Complete,
    store: CompletionStore,
    beam: BeamSettings,
) -> Ran:
    """Have every comparison judged by every annotator of the settings.

    A judge that is shown exemplars gets them from the gold of other prompts, as in a run.

    Args:
        labelled: The comparisons with their views, and gold.
        entries: The annotators, as a run's `label` has them.
        models: Models by their names in the settings.
        complete: Has requests answered.
        store: Where the answers are kept.
        beam: Where responses are measured.
    """
    views, tally = labelled.views, Tally("label", "judgments", "evaluate")
    verifiers = verifiers_of(entries)
    n_asked, n_reused = len(verifiers) * len(views), 0
    with TemporaryDirectory(prefix="winnow-evaluate-") as folder:
        staging = _stage(labelled, Path(folder))
        said = verify(staging, views, verifiers, beam=beam, tally=tally)
        known = [entry.known for entry in entries]
        tables = [long_form(said, views, store, known)]
        judges = judges_of(entries)
        for i, entry in enumerate(judges, 1):
            model, started = models[entry.model], time.monotonic()
            is_pointwise = entry.build().subject == "response"
            subjects = (
                list(each_response(views))
                if is_pointwise
                else in_each_order(show_exemplars(views, entry, staging), entry.shown)
            )
            asking = f"{nth('judge', i, len(judges))} {entry.title} asks {entry.model}"
            judged = judge(
                subjects, entry, model=model, complete=partial(complete, asking=asking), tally=tally
            )
            n_asked, n_reused = n_asked + judged.n_asked, n_reused + judged.n_reused
            to_table = long_form_of_responses if is_pointwise else long_form
            table = to_table(judged.judgments, views, store, known)
            is_fresh = judged.n_reused == 0 and table.num_rows > 0
            tables.append(_timed(table, time.monotonic() - started) if is_fresh else table)
    return Ran(pa.concat_tables(tables), n_asked, n_reused, tally.rejects)


def _stage(labelled: Labelled, folder: Path) -> Staging:
    staging, views = Staging(folder), labelled.views
    staging.write(Prompt, {v.prompt.prompt_id: v.prompt for v in views}.values())
    responses = {side.response_id: side for view in views for side in (view.a, view.b)}
    staging.write(Response, responses.values())
    gold = labelled.gold.rename_columns(["comparison_id", "verdict"]).to_pylist()
    staging.write(Gold, [Gold.model_validate({**row, "basis": "evaluation"}) for row in gold])
    return staging


def _timed(table: pa.Table, seconds: float) -> pa.Table:
    """Share the time that all judgments took out among them."""
    each = pa.repeat(seconds / table.num_rows, table.num_rows)
    return table.set_column(table.schema.get_field_index("seconds"), "seconds", each)
