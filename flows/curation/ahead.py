"""Judging that goes ahead in a run, as its settings and models allow."""

from dataclasses import replace
from functools import partial

from winnow.flows.curation.curation import Curation
from winnow.pipelines.ahead.judging import JudgingAhead
from winnow.pipelines.ahead.overlap import Overlap, find_overlap
from winnow.pipelines.steps import StepContext


def overlap_at(curation: Curation, i: int) -> Overlap:
    """Find what may go ahead while the i-th step of a run is at work."""
    settings = curation.settings
    return find_overlap(
        settings.sequence, i, curation.models, settings.beam, wanted=settings.overlap
    )


def judging_ahead(curation: Curation, i: int, at: StepContext) -> StepContext:
    """Return what the i-th step works with, which has judges begin while it samples where some may."""
    steps = overlap_at(curation, i).steps
    if not steps:
        return at
    ask = partial(curation.asking.answer_ahead, stage=steps[-1].stage)
    return replace(at, answer=JudgingAhead(at, steps, store=curation.store, ask=ask).answer)
