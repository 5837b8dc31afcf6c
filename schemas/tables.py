"""Which records have a table in the warehouse."""

from schemas.base import Record
from schemas.combined import CombinedVerdict
from schemas.comparisons import Comparison
from schemas.cycles import Cycle
from schemas.effects import FilterEffect
from schemas.heard import Anchor, Heard
from schemas.judgments import Gold, Judgment
from schemas.labels import Annotator, Label
from schemas.preferences import Preference
from schemas.prompts import Prompt
from schemas.rejects import Reject
from schemas.responses import Response
from schemas.rubrics import Criterion, Rubric
from schemas.runs import Release, Run
from schemas.sampled import Sampled
from schemas.shortcuts import Shortcut
from schemas.strengths import Standing, Strength

STAGED: tuple[type[Record], ...] = (
    Prompt,
    Response,
    Sampled,
    Comparison,
    Rubric,
    Criterion,
    Judgment,
    Gold,
    Label,
    Annotator,
    Heard,
    Anchor,
    CombinedVerdict,
    Cycle,
    Strength,
    Standing,
    FilterEffect,
    Preference,
    Shortcut,
    Reject,
)
"""Records that a run stages, what is referred to before what refers to it."""

PUBLISHED: tuple[type[Record], ...] = (*STAGED, Run, Release)
"""Every record with a table; runs and releases are written by publishing itself."""
