"""The step in which judges and verifiers label the comparisons."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.complete import nth
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.guard import Doubt, RequestTally, annotators_asked, doubts_of_requests
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.labelling.exemplars import ExemplarFile, write_exemplars
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.judging import judge
from winnow.pipelines.labelling.portions import Portion, portion_out
from winnow.pipelines.labelling.said_files import NOT_ASKED, SaidFolder, stage_judgments
from winnow.pipelines.labelling.settings import (
    JudgeSettings,
    LabelSettings,
    VerifierSettings,
    judges_of,
    models_called,
    verifiers_of,
)
from winnow.pipelines.labelling.ungrouping import read_rankings, ungroup
from winnow.pipelines.labelling.verifying import verify
from winnow.pipelines.reading import say_nothing
from winnow.pipelines.steps.finished import once
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally
from winnow.schemas.ids import content_id
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.plurals import counted
from winnow.schemas.prices import in_words
from winnow.schemas.runs import StageCount
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import on_disk
from winnow.warehouse.staging import Staging


@STEPS.register("label")
class LabelStep(Step):
    """Have judges and verifiers label the comparisons, and take over what people said."""

    subject: ClassVar[WorksOn | None] = "comparisons"
    holds: ClassVar[str | None] = "entries"

    entries: LabelSettings = ()
    """Who labels."""

    def calls(self) -> Iterator[tuple[str, str]]:
        """List the models of the judges, by entry."""
        return models_called(self.entries)

    def work(self, at: StepContext) -> list[StageCount]:
        """Label."""
        work = partial(
            label,
            at.staging,
            self.entries,
            at.run_id,
            models=at.models,
            beam=at.beam,
            asks_again=at.asks_again,
            stage=at.stage,
            chosen=at.chosen,
            stages_before=at.stages_before,
            say=at.say,
        )
        if self.entries:
            count = once(self, at, lambda answer: work(answer=answer), asks_again=at.asks_again)
        else:
            count = work(answer=at.answer)  # there is nothing that could be taken up
        return [*at.people.stage(), count]

    def asking(self) -> list[tuple[JudgeSettings, Callable[[str], str]]]:
        """List the judges, each with what says who asks, given the name of a model."""
        return _asking(judges_of(self.entries))

    def doubts(self, at: StepContext, asked: Sequence[RequestTally]) -> list[Doubt]:
        """Say which annotators were mostly refused or unreadable."""
        return doubts_of_requests(annotators_asked(at.staging))


def label(
    staging: Staging,
    settings: Sequence[JudgeSettings | VerifierSettings],
    run_id: str,
    *,
    models: Mapping[str, ModelRef],
    answer: AnswerRequests,
    beam: BeamSettings,
    asks_again: bool = False,
    stage: str = "label",
    chosen: pa.Array | None = None,
    stages_before: Sequence[str] = (),
    say: Callable[[str], None] = say_nothing,
) -> StageCount:
    """Have every comparison judged by every annotator of the settings; judgments that the input brought stay.

    Counts judgments asked for: one for each comparison and verifier, one for each comparison, judge and order, one for each
    response and judge of one response.
    A group of more than two responses is judged pair by pair, or as a whole by a judge of groups; what the input brought
    of rankings of it counts as a judgment of each pair. What the `when` of an annotator leaves out is counted as `not_asked`, which finds no fault. Rejects the failure's reason where a model gave no reply, `no_reference` where a verifier
    or judge needs one, `no_rubric` where a judge goes by rubrics and none in force applies, and `no_ranking` for a ready judgment of a group that does not rank it. An unreadable reply is no reject
    but an invalid judgment.

    Args:
        staging: Holds prompts, responses and comparisons, and rubrics with all that speaks for them; gets judgments, who gave them, the comparisons of two
            that groups consist of, and rejects.
        settings: The annotators.
        run_id: The run.
        models: Models by their names in the settings.
        answer: Has requests answered.
        beam: Where responses are measured, and questions written and read.
        asks_again: Ask judges again for replies that cannot be read.
        stage: Name of the step in counts, rejects and parts of tables.
        chosen: Ids of the comparisons that count; None for all.
        stages_before: Names of the steps that labelled before; what an annotator said there it is not asked again.
        say: Told how much judges with a `when` were not asked.
    """
    tally = Tally(stage, "judgments", run_id)
    ungroup(staging)
    verifiers, judges = verifiers_of(settings), judges_of(settings)
    with staging.shared(stage) as shared, staging.scratch(stage) as scratch:
        portions = (
            portion_out(
                staging,
                shared.within("portions"),
                scratch / "spill",
                chosen=chosen,
                stages_before=stages_before,
                rubrics_of=run_id if any(entry.build().by_rubric for entry in judges) else None,
                doubts_of={e.when.doubt_of for e in judges if e.when and e.when.doubt_of},
            )
            if settings  # who asks nobody needs no texts
            else []
        )
        ready, measured = (SaidFolder(shared.within(name)) for name in ("ready", "measured"))
        if not stages_before:
            read_rankings(staging, ready)
        verify(portions, verifiers, beam=beam, said=ready, measured=measured)
        n_in, n_reused, folders = ready.n_rows(), 0, [ready]
        for entry, asking in _asking(judges):
            folder = shared.within(content_id(entry.annotator_id))
            said = SaidFolder(folder.within("said"))
            judged = judge(
                [portion._replace(said=tuple(folders)) for portion in portions],
                JudgeAtWork.of(
                    entry,
                    models,
                    asks_again=asks_again,
                    exemplars=_exemplars(entry, portions, staging, folder),
                ),
                answer=answer,
                asking=asking,
                beam=beam,
                folder=folder,
                said=said,
            )
            n_in, n_reused = n_in + judged.n_asked, n_reused + judged.n_reused
            folders.append(said)
            if entry.when is not None:
                say(f"  {stage:<10} {_routed(entry, said, judged.n_asked)}")
        staging.write(KnownAnnotator, [entry.known for entry in settings], part=stage)
        if verifiers:
            stage_judgments(staging, [measured], f"{stage}-measured", scratch / "spill")
        n_out = stage_judgments(staging, folders, stage, scratch / "spill")
        for i, one in enumerate(folders):
            tally.reject_files("judgment", on_disk(one.rejects(), scratch / f"rejects-{i}"))
        return tally.close(staging, n_in=n_in, n_out=n_out, n_reused=n_reused)


def _routed(entry: JudgeSettings, said: SaidFolder, n: int) -> str:
    """Say of a judge with a `when` how much it was asked, and what it did not cost, as far as that is known."""
    reasons = [file.read(["reason"])["reason"] for file in said.rejects()]
    n_spared = sum(pc.sum(pc.equal(one, NOT_ASKED)).as_py() or 0 for one in reasons)
    n_judged = n_unknown = 0
    total = 0.0
    for file in said.judgments():
        costs = file.read(["cost"])["cost"]
        n_judged, n_unknown = n_judged + len(costs), n_unknown + costs.null_count
        total += pc.sum(costs, min_count=0).as_py()
    spared = ""
    if n_judged and not n_unknown:
        spared = f", which at its mean cost spares {in_words(n_spared * total / n_judged)}"
    return f"{entry.annotator_id}: asked for {n - n_spared:,} of {counted(n, 'judgment')}, {n_spared:,} not asked{spared}"


def _asking(judges: Sequence[JudgeSettings]) -> list[tuple[JudgeSettings, Callable[[str], str]]]:
    n = len(judges)
    told = (f"{nth('judge', i, n)} {one.title} asks {{}}" for i, one in enumerate(judges, 1))
    return [(one, text.format) for one, text in zip(judges, told, strict=True)]


def _exemplars(
    entry: JudgeSettings, portions: Sequence[Portion], staging: Staging, place: Place
) -> ExemplarFile | None:
    """Write down what a judge shows its model; None where it shows nothing."""
    wanted = entry.build().shows
    if wanted is None:
        return None
    return write_exemplars((p.views() for p in portions), wanted, staging, place)
