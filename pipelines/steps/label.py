"""The stage in which judges and verifiers label the comparisons."""

from collections.abc import Mapping, Sequence
from functools import partial

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.complete import Complete, nth
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.labelling.exemplars import show_exemplars
from winnow.pipelines.labelling.judging import judge
from winnow.pipelines.labelling.settings import (
    JudgeSettings,
    VerifierSettings,
    judges_of,
    verifiers_of,
)
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.pipelines.labelling.ungrouping import read_rankings, ungroup
from winnow.pipelines.labelling.verifying import verify
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.tally import Tally
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

_PART = "label"


def label(
    staging: Staging,
    settings: Sequence[JudgeSettings | VerifierSettings],
    run_id: str,
    *,
    models: Mapping[str, ModelRef],
    complete: Complete,
    beam: BeamSettings,
    asks_again: bool = False,
) -> StageCount:
    """Have every comparison judged by every annotator of the settings; judgments that the input brought stay.

    Counts judgments asked for: one for each comparison and verifier, one for each comparison, judge and order.
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
    """
    tally = Tally("label", "judgments", run_id)
    groups = ungroup(staging)
    judgments = read_rankings(staging, groups, tally)
    pairs, n_in = read_views(staging), len(judgments) + len(tally.rejects)
    verifiers = verifiers_of(settings)
    judgments += verify(staging, pairs, verifiers, beam=beam, tally=tally)
    n_in, n_reused = n_in + len(verifiers) * len(pairs), 0
    judges = judges_of(settings)
    for i, entry in enumerate(judges, 1):
        asking = f"{nth('judge', i, len(judges))} {entry.title} asks {entry.model}"
        judged = judge(
            subjects_for(entry, show_exemplars(pairs, entry, staging), groups),
            entry,
            model=models[entry.model],
            complete=partial(complete, asking=asking),
            tally=tally,
            asks_again=asks_again,
        )
        judgments += judged.judgments
        n_in, n_reused = n_in + judged.n_asked, n_reused + judged.n_reused
    staging.write(KnownAnnotator, [entry.known for entry in settings], part=_PART)
    judgments.sort(key=lambda j: j.judgment_id)
    staging.write(Judgment, judgments, part=_PART)
    return tally.close(staging, n_in=n_in, n_out=len(judgments), n_reused=n_reused)
