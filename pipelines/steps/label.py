"""The step in which judges and verifiers label the comparisons."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

import pyarrow as pa

from winnow.annotation.judge import ComparisonView, SubjectView
from winnow.pipelines.asking.complete import Complete, nth
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.guard import Doubt, RequestTally, annotators_asked, doubts_of_requests
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.labelling.exemplars import show_exemplars
from winnow.pipelines.labelling.judging import judge
from winnow.pipelines.labelling.settings import (
    JudgeSettings,
    LabelSettings,
    VerifierSettings,
    judges_in,
    judges_of,
    verifiers_of,
)
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.pipelines.labelling.ungrouping import pairs_of, read_rankings, ungroup
from winnow.pipelines.labelling.verifying import verify
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.runs import StageCount
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
        return ((f"[{i}].model", judge.model) for i, judge in judges_in(self.entries))

    def work(self, at: StepContext) -> list[StageCount]:
        """Label."""
        count = label(
            at.staging,
            self.entries,
            at.run_id,
            models=at.models,
            complete=at.complete,
            beam=at.beam,
            asks_again=at.asks_again,
            stage=at.stage,
            chosen=at.chosen,
            stages_before=at.stages_before,
        )
        return [*at.people.stage(), count]

    def doubts(self, at: StepContext, asked: Sequence[RequestTally]) -> list[Doubt]:
        """Say which annotators were mostly refused or unreadable."""
        return doubts_of_requests(annotators_asked(at.staging))


def label(
    staging: Staging,
    settings: Sequence[JudgeSettings | VerifierSettings],
    run_id: str,
    *,
    models: Mapping[str, ModelRef],
    complete: Complete,
    beam: BeamSettings,
    asks_again: bool = False,
    stage: str = "label",
    chosen: pa.Array | None = None,
    stages_before: Sequence[str] = (),
) -> StageCount:
    """Have every comparison judged by every annotator of the settings; judgments that the input brought stay.

    Counts judgments asked for: one for each comparison and verifier, one for each comparison, judge and order, one for each
    response and judge of one response.
    A group of more than two responses is judged pair by pair, or as a whole by a judge of groups; what the input brought
    of rankings of it counts as a judgment of each pair. Rejects the failure's reason where a model gave no reply, `no_reference` where a verifier
    needs one, and `no_ranking` for a ready judgment of a group that does not rank it. An unreadable reply is no reject
    but an invalid judgment.

    Args:
        staging: Holds prompts, responses and comparisons; gets judgments, who gave them, the comparisons of two
            that groups consist of, and rejects.
        settings: The annotators.
        run_id: The run.
        models: Models by their names in the settings.
        complete: Has requests answered.
        beam: Where responses are measured.
        asks_again: Ask judges again for replies that cannot be read.
        stage: Name of the step in counts, rejects and parts of tables.
        chosen: Ids of the comparisons that count; None for all.
        stages_before: Names of the steps that labelled before; what an annotator said there it is not asked again.
    """
    tally = Tally(stage, "judgments", run_id)
    groups = ungroup(staging)
    judgments = [] if stages_before else read_rankings(staging, groups, tally)
    known = said_in(staging, stages_before)
    pairs, groups = chosen_of(read_views(staging), groups, chosen)
    judgments += verify(
        staging,
        pairs,
        verifiers_of(settings),
        beam=beam,
        tally=tally,
        part=f"{stage}-measured",
        known=known,
    )
    n_in, n_reused = len(judgments) + len(tally.rejects), 0
    judges = judges_of(settings)
    for i, entry in enumerate(judges, 1):
        asking = f"{nth('judge', i, len(judges))} {entry.title} asks {entry.model}"
        shown = show_exemplars(pairs, entry, staging)
        judged = judge(
            new_subjects(entry, shown, groups, known.get(entry.annotator_id, ())),
            entry,
            model=models[entry.model],
            complete=partial(complete, asking=asking),
            tally=tally,
            asks_again=asks_again,
        )
        judgments += judged.judgments
        n_in, n_reused = n_in + judged.n_asked, n_reused + judged.n_reused
    staging.write(KnownAnnotator, [entry.known for entry in settings], part=stage)
    judgments.sort(key=lambda j: j.judgment_id)
    staging.write(Judgment, judgments, part=stage)
    return tally.close(staging, n_in=n_in, n_out=len(judgments), n_reused=n_reused)


def said_in(staging: Staging, stages: Sequence[str]) -> dict[str, set[str]]:
    """List what annotators said in steps of some names: by annotator the ids of comparisons and responses."""
    said: dict[str, set[str]] = {}
    for part in [name for stage in stages for name in (stage, f"{stage}-measured")]:
        table = staging.read_part(Judgment, part).select(["annotator_id", "subject_id"])
        for annotator_id, subject_id in zip(*(c.to_pylist() for c in table.columns), strict=True):
            said.setdefault(annotator_id, set()).add(subject_id)
    return said


def chosen_of(
    pairs: Sequence[ComparisonView], groups: Sequence[Comparison], chosen: pa.Array | None
) -> tuple[list[ComparisonView], list[Comparison]]:
    """Keep what is chosen: pairs, those of chosen groups among them, and groups of which a pair is chosen."""
    if chosen is None:
        return list(pairs), list(groups)
    ids = set(chosen.to_pylist())
    wanted = [
        g
        for g in groups
        if g.comparison_id in ids or any(p.comparison_id in ids for p in pairs_of(g))
    ]
    ids.update(pair.comparison_id for group in wanted for pair in pairs_of(group))
    return [pair for pair in pairs if pair.comparison_id in ids], wanted


def new_subjects(
    entry: JudgeSettings,
    pairs: Sequence[ComparisonView],
    groups: Sequence[Comparison],
    known: Collection[str],
) -> list[SubjectView]:
    """Show a judge what it has not judged; of a group, it has where it judged every pair."""
    new = [g for g in groups if any(pair.comparison_id not in known for pair in pairs_of(g))]
    return [view for view in subjects_for(entry, pairs, new) if view.subject_id not in known]
