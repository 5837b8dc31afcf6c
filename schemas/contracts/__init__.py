"""Contracts: what the rows of a table must keep before they may be published.

A contract is a Great Expectations suite over a flat view. Great Expectations cannot look into nested columns, so what an
expectation cannot say by itself, the view counts in SQL (`n_missing_evidence`) and the suite expects to be 0. Whether something
exists is told by the 64-bit hash of its id: of millions, two that differ and have one hash are less likely than an error of the
memory, and to look for them takes a fraction of the time and the room.
"""

from winnow.schemas.contracts.annotators import ANNOTATORS
from winnow.schemas.contracts.combined import COMBINED
from winnow.schemas.contracts.comparisons import COMPARISONS
from winnow.schemas.contracts.contract import Contract
from winnow.schemas.contracts.cycles import CYCLES
from winnow.schemas.contracts.effects import FILTER_EFFECTS
from winnow.schemas.contracts.gold import GOLD
from winnow.schemas.contracts.heard import ANCHORS, HEARD
from winnow.schemas.contracts.judgments import JUDGMENTS
from winnow.schemas.contracts.labels import LABELS
from winnow.schemas.contracts.panel_turns import PANEL_TURNS
from winnow.schemas.contracts.preferences import PREFERENCES
from winnow.schemas.contracts.prompts import PROMPTS
from winnow.schemas.contracts.rejects import REJECTS
from winnow.schemas.contracts.responses import RESPONSES
from winnow.schemas.contracts.rubrics import CRITERIA, CRITERION_SOURCES, PROOFS, RUBRICS
from winnow.schemas.contracts.sampled import SAMPLED
from winnow.schemas.contracts.selections import SELECTIONS
from winnow.schemas.contracts.shortcuts import SHORTCUT
from winnow.schemas.contracts.strengths import STANDINGS, STRENGTHS

CONTRACTS: tuple[Contract, ...] = (
    PROMPTS,
    RESPONSES,
    SAMPLED,
    COMPARISONS,
    SELECTIONS,
    RUBRICS,
    CRITERIA,
    CRITERION_SOURCES,
    PROOFS,
    JUDGMENTS,
    PANEL_TURNS,
    GOLD,
    LABELS,
    ANNOTATORS,
    HEARD,
    ANCHORS,
    COMBINED,
    CYCLES,
    STRENGTHS,
    STANDINGS,
    FILTER_EFFECTS,
    PREFERENCES,
    SHORTCUT,
    REJECTS,
)

__all__ = ["CONTRACTS", "Contract"]
