"""Judges run on labelled comparisons, each request paid for once."""

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow as pa

from winnow.annotation.exemplars import Exemplars
from winnow.annotation.judge import ComparisonView, Judge, SubjectView
from winnow.annotation.rubrics.standing import RubricChoice
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.complete import nth
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.recorded import long_form, long_form_of_responses
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.exemplars import write_exemplars
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.judging import judge as have_judged
from winnow.pipelines.labelling.said_files import SaidFolder
from winnow.pipelines.labelling.settings import (
    JudgeSettings,
    VerifierSettings,
    judges_of,
    verifiers_of,
)
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.pipelines.labelling.verifying import verify
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.rejects import Reject
from winnow.warehouse.places.place import Place
from winnow.warehouse.staging import Staging


class RubricsByTrust(NamedTuple):
    """The rubrics of an evaluation, by what a judge wants of them."""

    proven: RubricChoice
    """For judges that want derived rubrics proven."""

    every: RubricChoice
    """For those that take unproven ones as well."""

    def of(self, judge: Judge) -> RubricChoice:
        """Return those that a judge goes by."""
        return self.every if judge.takes_unproven else self.proven


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
    answer: AnswerRequests,
    store: CompletionStore,
    beam: BeamSettings,
    shared: Place | None = None,
    rubrics: RubricsByTrust | None = None,
    learnt_from: Sequence[ComparisonView] | None = None,
    about: str = "",
) -> Ran:
    """Have every comparison judged by every annotator of the settings.

    Each is asked everywhere, whatever its `when` says. A judge that is shown exemplars gets them from the gold of other prompts, as in a run. One that judges by rubrics is
    asked about the prompts that have one.

    Args:
        labelled: The comparisons with their views, and gold.
        entries: The annotators, as a run's `label` has them.
        models: Models by their names in the settings.
        answer: Has requests answered.
        store: Where the answers are kept.
        beam: Where responses are measured.
        shared: A place of its own that the workers of Beam jobs reach; None where they are on this machine.
        rubrics: The rubrics to judge by; None where there are none.
        learnt_from: Comparisons that exemplars are taken from; None for those that are judged.
        about: What they are asked about, as the progress says it, such as " about length@1"; empty for the comparisons as they are.
    """
    views = labelled.views
    entries = [entry.model_copy(update={"when": None}) for entry in entries]
    verifiers = verifiers_of(entries)
    n_asked, n_reused = len(verifiers) * len(views), 0
    with (
        TemporaryDirectory(prefix="winnow-evaluate-") as folder,
        Staging(Path(folder), shared).shared("label") as root,
    ):
        everything = [LabelledPortion(views, rubrics)]
        staging = _stage_gold(labelled, Path(folder) / "gold")
        folders = [SaidFolder(root.within("verifiers"))]
        measured = SaidFolder(root.within("measured"))
        verify(everything, verifiers, beam=beam, said=folders[0], measured=measured)
        known = [entry.known for entry in entries]
        tables = [long_form(_judgments(folders[0]), views, store, known)]
        judges = judges_of(entries)
        for i, entry in enumerate(judges, 1):
            started, shows = time.monotonic(), entry.build().shows
            work = JudgeAtWork.of(
                entry,
                models,
                exemplars=write_exemplars([learnt_from or views], shows, staging, root)
                if shows
                else None,
            )
            folders.append(SaidFolder(root.within(f"judge-{i}").within("said")))
            judged = have_judged(
                everything,
                work,
                answer=answer,
                asking=f"{nth('judge', i, len(judges))} {entry.title} asks {{}}{about}".format,
                beam=beam,
                folder=root.within(f"judge-{i}"),
                said=folders[-1],
            )
            n_asked, n_reused = n_asked + judged.n_asked, n_reused + judged.n_reused
            is_pointwise = work.judge.subject == "response"
            to_table = long_form_of_responses if is_pointwise else long_form
            table = to_table(_judgments(folders[-1]), views, store, known)
            is_fresh = judged.n_reused == 0 and table.num_rows > 0
            tables.append(_timed(table, time.monotonic() - started) if is_fresh else table)
        rejects = [reject for one in folders for reject in _rejects(one)]
    return Ran(pa.concat_tables(tables), n_asked, n_reused, rejects)


class LabelledPortion(NamedTuple):
    """All labelled comparisons, which are few enough to be held."""

    held: Sequence[ComparisonView]
    """The comparisons."""

    rubrics: RubricsByTrust | None = None
    """The rubrics to judge by; None where there are none."""

    @property
    def name(self) -> str:
        """Its name."""
        return "labelled"

    def views(self) -> list[ComparisonView]:
        """Return the comparisons with their texts."""
        return list(self.held)

    def known(self, annotator_id: str) -> Collection[str]:
        """Return what an annotator has judged before: nothing."""
        return ()

    def subjects(self, entry: JudgeSettings, exemplars: Exemplars | None) -> list[SubjectView]:
        """List what a judge is asked about."""
        held = exemplars.shown_with(self.held) if exemplars else self.held
        subjects = subjects_for(entry, held)
        judge = entry.build()
        if self.rubrics is None or not judge.by_rubric:
            return subjects
        rubric_of = self.rubrics.of(judge).of
        return [view.model_copy(update={"rubric": rubric_of(view.prompt)}) for view in subjects]

    def passed_over(self, entry: JudgeSettings) -> list[SubjectView]:
        """Return nothing: an evaluation asks everywhere."""
        return []


def _stage_gold(labelled: Labelled, folder: Path) -> Staging:
    staging = Staging(folder)
    gold = labelled.gold.rename_columns(["comparison_id", "verdict"]).to_pylist()
    staging.write(Gold, [Gold.model_validate({**row, "basis": "evaluation"}) for row in gold])
    return staging


def _judgments(said: SaidFolder) -> list[Judgment]:
    return [one for file in said.judgments() for one in Judgment.from_table(file.read())]


def _rejects(said: SaidFolder) -> list[Reject]:
    same = {"run_id": "evaluate", "stage": "label", "record": "judgment"}
    rows = (row for file in said.rejects() for row in file.read().to_pylist())
    return [Reject.model_validate({**same, **row}) for row in rows]


def _timed(table: pa.Table, seconds: float) -> pa.Table:
    """Share the time that all judgments took out among them."""
    each = pa.repeat(seconds / table.num_rows, table.num_rows)
    return table.set_column(table.schema.get_field_index("seconds"), "seconds", each)
