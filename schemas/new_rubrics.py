"""A rubric and its criteria under the ids that follow from what they say."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import Field

from winnow.schemas.base import Value
from winnow.schemas.ids import content_id
from winnow.schemas.rubrics import Criterion, CriterionKind, Importance, Rubric, ScoreLevel


class DraftCriterion(Value):
    """A criterion before it has an id."""

    text: str
    """The criterion, as annotators and judges read it."""

    kind: CriterionKind = "checklist"
    """A rule that must hold, a principle to weigh, or an item that is met or not."""

    weight: float = 1.0
    """How much it counts beside the others."""

    title: str | None = None
    """What it is called in a few words."""

    importance: Importance | None = None
    """How much depends on it."""

    turn: int | None = Field(None, ge=1)
    """The user's turn whose answer it is about; None for the response as a whole."""

    levels: tuple[ScoreLevel, ...] = ()
    """What responses of each score are like."""

    requires: tuple[int, ...] = ()
    """Places in the rubric, from 0, of criteria that have to be met before this one counts."""


class NewRubric(NamedTuple):
    """A rubric with its criteria, in order."""

    rubric: Rubric
    """The rubric."""

    criteria: tuple[Criterion, ...]
    """Its criteria."""


def new_rubric(
    drafts: Sequence[DraftCriterion],
    *,
    source: str,
    name: str,
    prompt_id: str | None = None,
    domain: str | None = None,
    replaces: str | None = None,
    derived_from: str | None = None,
) -> NewRubric:
    """Give a rubric and its criteria their ids: the same criteria for the same prompt or domain have the same ids everywhere.

    Args:
        drafts: The criteria, in the order in which they are asked.
        source: Who wrote or derived them.
        name: What people call the rubric.
        prompt_id: The one prompt that it applies to.
        domain: The one domain that it applies to.
        replaces: The version before.
        derived_from: Run that derives it, or what its file names.

    Raises:
        ValueError: There are no criteria, or two say the same.
    """
    if not drafts:
        raise ValueError("there are no criteria; write at least one")
    told = [draft.model_dump(exclude_defaults=True) for draft in drafts]
    rubric_id = content_id(["rubric", prompt_id, domain, told])
    ids = [criterion_id(rubric_id, draft.kind, draft.text, draft.turn) for draft in drafts]
    first: dict[str, int] = {}
    for place, one in enumerate(ids):
        if (other := first.setdefault(one, place)) != place:
            raise ValueError(
                f"criterion {place + 1} says what criterion {other + 1} says; write it once"
            )
    rubric = Rubric(
        rubric_id=rubric_id,
        name=name,
        prompt_id=prompt_id,
        domain=domain,
        source=source,
        replaces=replaces,
        derived_from=derived_from,
    )
    criteria = (
        Criterion(
            criterion_id=one,
            rubric_id=rubric_id,
            source=source,
            requires=tuple(ids[place] for place in draft.requires),
            place=ids.index(one) + 1,
            **{
                key: getattr(draft, key) for key in DraftCriterion.model_fields if key != "requires"
            },
        )
        for one, draft in zip(ids, drafts, strict=True)
    )
    return NewRubric(rubric, tuple(criteria))


def criterion_id(rubric_id: str, kind: CriterionKind, text: str, turn: int | None) -> str:
    """Return the id of a criterion; what is asked of several turns is told apart by the turn."""
    return content_id([rubric_id, kind, text, *([] if turn is None else [turn])])


def drafts_of(criteria: Sequence[Criterion]) -> list[DraftCriterion]:
    """Take the ids from criteria of one rubric; what they require outside of it is gone."""
    place: Mapping[str, int] = {c.criterion_id: i for i, c in enumerate(criteria)}
    return [
        DraftCriterion(
            requires=tuple(place[i] for i in c.requires if i in place),
            **{key: getattr(c, key) for key in DraftCriterion.model_fields if key != "requires"},
        )
        for c in criteria
    ]
