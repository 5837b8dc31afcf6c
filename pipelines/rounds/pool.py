"""The comparisons that rounds choose from, with their labels, read from a run's staged records."""

from typing import ClassVar, NamedTuple

import pyarrow as pa
from scipy import sparse

from winnow.annotation.aggregation.gold import CLASSES
from winnow.annotation.judge import ComparisonView
from winnow.annotation.rounds import (
    ASKED,
    DECISIONS,
    Decided,
    LabelState,
    claims_of,
    current_state,
    decide,
)
from winnow.annotation.similarity import embed, text_of
from winnow.pipelines.filters import Cases
from winnow.pipelines.filters.rejecting import looked_up
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.labels.combining import heard_whole
from winnow.pipelines.labels.verified import find_verified
from winnow.pipelines.labels.votes import as_votes
from winnow.pipelines.pairing.contents import content_keys
from winnow.pipelines.rounds.settings import RoundSettings
from winnow.schemas.base import Value
from winnow.schemas.judgments import Gold
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


class Pool(NamedTuple):
    """The comparisons of a run between two rounds."""

    state: LabelState
    """Their labels, and what people said of them so far."""

    decided: Decided
    """What becomes of each."""

    vectors: sparse.csr_array
    """What each is like."""


def read_pool(
    staging: Staging, asked: pa.Table, settings: RoundSettings, *, is_judged: bool
) -> Pool:
    """Read the labels of all comparisons of two responses that differ and are not empty, ordered by comparison_id.

    Args:
        staging: Holds the comparisons with their texts, judgments and gold.
        asked: What people were asked so far, a table of `Asked`.
        settings: Which label each comparison came with, and which evidence is strong.
        is_judged: Whether every comparison is, or will be, judged; else those that nobody has judged are left out.

    Raises:
        MalformedInput: Gold contradicts itself, or the annotator of the given labels said nothing.
    """
    judgments, gold = heard_whole(staging), staging.read(Gold)
    judged = set(judgments["comparison_id"].to_pylist())
    views = [view for view in differing(staging) if is_judged or view.comparison_id in judged]
    items = pa.array([view.comparison_id for view in views], pa.string())
    verified = find_verified(judgments, gold)
    votes = as_votes(verified.leave_out(judgments), staging)
    claims = claims_of(as_votes(judgments, staging) if settings.given else votes, settings.given)
    state = current_state(
        items,
        votes,
        asked.select(["comparison_id", "round", "purpose"]).rename_columns(ASKED.names),
        gold.select(["comparison_id", "verdict"]).rename_columns(["item_id", "verdict"]),
        claims,
        pa.array(list(verified.verdicts), pa.string()),
    )
    decided = decide(state, strong_from=settings.strong_from)
    return Pool(state, decided, embed([text_of(view) for view in views]))


def differing(staging: Staging) -> list[ComparisonView]:
    """Return the comparisons of two responses that differ and are not empty, ordered by comparison_id."""
    contents = content_keys(staging.read(Response))
    found = []
    for view in sorted(read_views(staging), key=lambda v: v.comparison_id):
        a, b = contents[view.a.response_id], contents[view.b.response_id]
        if a is not None and b is not None and a != b:
            found.append(view)
    return found


class WeakEvidence(Value):
    """Reject a comparison that is discarded: nothing bears its label out, and nothing turns it round."""

    reason: ClassVar[str] = "weak_evidence"

    threshold: float
    """Probability from which evidence would have been strong."""

    found: dict[str, str]
    """What there is instead, by comparison_id."""

    def rejects(self, cases: Cases) -> pa.Array:
        """Say what the evidence is, where it is too weak."""
        return looked_up(cases.comparison_id, self.found)


def hold_back(pool: Pool, settings: RoundSettings) -> WeakEvidence:
    """Return the check that holds discarded comparisons back from a release."""
    state, decided = pool.state, pool.decided
    found = {}
    for row in (decided.decision == DECISIONS.index("discard")).nonzero()[0].tolist():
        label, claim = CLASSES[state.likeliest[row]], int(state.claim[row])
        came = f"it came as {CLASSES[claim]}" if claim >= 0 else "it came without a label"
        found[state.items[row].as_py()] = (
            f"{label} is likeliest with {state.probabilities[row].max():.2f}, {came}; "
            f"wanted at least {settings.strong_from:g}"
        )
    return WeakEvidence(threshold=settings.strong_from, found=found)
