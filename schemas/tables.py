"""Which records have a table in the warehouse."""

from winnow.schemas.base import Record
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.cycles import Cycle
from winnow.schemas.effects import FilterEffect
from winnow.schemas.heard import Anchor, Heard
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.panel_turns import PanelTurn
from winnow.schemas.preferences import Preference
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import Release, Run
from winnow.schemas.sampled import Sampled
from winnow.schemas.selections import Selection
from winnow.schemas.shortcuts import Shortcut
from winnow.schemas.strengths import Standing, Strength

STAGED: tuple[type[Record], ...] = (
    Prompt,
    Response,
    Sampled,
    Comparison,
    Selection,
    Rubric,
    Criterion,
    CriterionSource,
    Proof,
    Judgment,
    PanelTurn,
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
