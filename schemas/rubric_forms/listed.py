"""Criteria as a list with all that is known of each, as verl and TRL pass it to a reward function of one's own."""

from collections.abc import Sequence

from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import FormPart, signed, unsigned
from winnow.schemas.rubrics import Criterion, CriterionKind, Importance


class ListedLevel(FormPart):
    """What a response is like that earns one score."""

    score: float
    """The score."""

    text: str
    """What such a response is like."""


class ListedCriterion(FormPart):
    """One criterion, with everything that its record holds."""

    criterion: str
    """What a good response does, or of a pitfall what it must not do."""

    weight: float = 1.0
    """What meeting it adds to the total; below 0 for a pitfall."""

    kind: CriterionKind = "checklist"
    """A rule that must hold, a principle to weigh, or an item that is met or not."""

    title: str | None = None
    """What it is called in a few words."""

    importance: Importance | None = None
    """How much depends on it."""

    turn: int | None = None
    """The user's turn whose answer it is about, counted from 1."""

    levels: tuple[ListedLevel, ...] = ()
    """What responses of each score are like."""

    criterion_id: str | None = None
    """Its id in the warehouse."""

    requires: tuple[str, ...] = ()
    """criterion_ids that have to be met before it counts."""


def listed(criteria: Sequence[Criterion]) -> list[ListedCriterion]:
    """Write criteria with all that is known of them."""
    return [
        ListedCriterion(
            criterion=c.text,
            weight=signed(c),
            kind=c.kind,
            title=c.title,
            importance=c.importance,
            turn=c.turn,
            levels=tuple(ListedLevel(score=level.score, text=level.text) for level in c.levels),
            criterion_id=c.criterion_id,
            requires=c.requires,
        )
        for c in criteria
    ]


def drafts_listed(found: Sequence[ListedCriterion]) -> list[DraftCriterion]:
    """Read criteria from such a list.

    Raises:
        ValueError: A criterion requires one that is not in the list.
    """
    places = {c.criterion_id: place for place, c in enumerate(found) if c.criterion_id}
    for c in found:
        if missing := [i for i in c.requires if i not in places]:
            raise ValueError(
                f"requires names {missing[0]!r}, which is the criterion_id of none in the list"
            )
    return [
        DraftCriterion.model_validate(
            {
                "text": c.criterion,
                "kind": c.kind,
                "title": c.title,
                "importance": c.importance,
                "turn": c.turn,
            }
            | {"levels": [level.model_dump() for level in c.levels]}
            | {"requires": [places[i] for i in c.requires]}
            | unsigned(c.weight)
        )
        for c in found
    ]
