"""Contracts: what the rows of a table must keep before they may be published.

A contract is a Great Expectations suite over a flat view. Great Expectations cannot look into nested columns, so what an
expectation cannot say by itself, the view counts in SQL (`n_missing_evidence`) and the suite expects to be 0.
"""

from schemas.contracts.annotators import ANNOTATORS
from schemas.contracts.combined import COMBINED
from schemas.contracts.comparisons import COMPARISONS
from schemas.contracts.contract import Contract
from schemas.contracts.cycles import CYCLES
from schemas.contracts.effects import FILTER_EFFECTS
from schemas.contracts.gold import GOLD
from schemas.contracts.heard import ANCHORS, HEARD
from schemas.contracts.judgments import JUDGMENTS
from schemas.contracts.labels import LABELS
from schemas.contracts.preferences import PREFERENCES
from schemas.contracts.prompts import PROMPTS
from schemas.contracts.rejects import REJECTS
from schemas.contracts.responses import RESPONSES
from schemas.contracts.rubrics import CRITERIA, RUBRICS
from schemas.contracts.sampled import SAMPLED
from schemas.contracts.shortcuts import SHORTCUT
from schemas.contracts.strengths import STANDINGS, STRENGTHS

CONTRACTS: tuple[Contract, ...] = (
    PROMPTS,
    RESPONSES,
    SAMPLED,
    COMPARISONS,
    RUBRICS,
    CRITERIA,
    JUDGMENTS,
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
