"""Criteria as they go into a pool and come out of it."""

from typing import NamedTuple

from winnow.annotation.rubrics.merging.confirming import Relation
from winnow.schemas.rubrics import CriterionKind, Importance, Refused


class PooledCriterion(NamedTuple):
    """A criterion as it comes into the pool."""

    criterion_id: str
    """Its id."""

    text: str
    """What it says."""

    kind: CriterionKind
    """A rule, a principle or an item."""

    weight: float
    """How much it counts."""

    title: str | None
    """What it is called."""

    importance: Importance | None
    """How much depends on it."""

    turn: int | None
    """The user's turn whose answer it is about."""

    levels: tuple[tuple[float, str], ...]
    """What responses of each score are like."""

    requires: tuple[str, ...]
    """criterion_ids that have to be met before it counts."""

    examples: frozenset[str]
    """The prompts whose comparisons, votes or documents it rests on."""

    n_sources: int
    """What it rests on, counted."""


class NearPair(NamedTuple):
    """Two criteria of a pool that may say the same, and what a judge said of them."""

    one: int
    """Place of the one in the pool."""

    other: int
    """Place of the other."""

    similarity: float
    """How alike their words are, 0 to 1."""

    relation: Relation
    """How they relate."""


class MergedCriterion(NamedTuple):
    """A criterion that comes out of the pool."""

    place: int
    """Place of the criterion in the pool in whose words it stands."""

    members: tuple[int, ...]
    """Places of all that were merged into it, itself among them."""

    weight: float
    """How much it counts."""

    importance: Importance | None
    """How much depends on it: the highest degree of all members."""


class RefusedCriterion(NamedTuple):
    """A criterion that does not come out of the pool."""

    place: int
    """Its place in the pool."""

    reason: Refused
    """Why."""

    detail: str
    """The reason in words."""


class Pooled(NamedTuple):
    """What became of a pool: each criterion is a member of one merged criterion, or refused."""

    merged: tuple[MergedCriterion, ...]
    """The criteria of the rubric, those that say most first where there were more than it takes."""

    refused: tuple[RefusedCriterion, ...]
    """The others, but for members that gave way to others' words."""
