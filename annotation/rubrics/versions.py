"""Versions of a rubric: one is never changed but replaced by the next, whose id follows from both."""

from collections.abc import Sequence
from typing import Any

from winnow.annotation.judge import RubricView
from winnow.schemas.ids import content_id
from winnow.schemas.new_rubrics import criterion_id
from winnow.schemas.rubrics import Criterion, Rubric

_FURTHER = ("title", "importance", "turn", "levels")
"""What a criterion may say beside its kind, text and weight."""


def next_version(rubric: Rubric, criteria: Sequence[Criterion]) -> RubricView:
    """Return the version that replaces a rubric.

    Args:
        rubric: The version before, whose rubric_id it names.
        criteria: The criteria of the new version, in order; of those that are not new, with their ids of before.
    """
    rubric_id = content_id(["review", rubric.rubric_id, _said(criteria)])
    version = rubric.model_copy(update={"rubric_id": rubric_id, "replaces": rubric.rubric_id})
    ids = {c.criterion_id: criterion_id(rubric_id, c.kind, c.text, c.turn) for c in criteria}
    named: dict[str, Criterion] = {}
    for criterion in criteria:
        changed = {
            "rubric_id": rubric_id,
            "criterion_id": ids[criterion.criterion_id],
            "requires": tuple(ids[one] for one in criterion.requires if one in ids),
            "place": len(named) + 1,
        }
        named.setdefault(ids[criterion.criterion_id], criterion.model_copy(update=changed))
    return RubricView(rubric=version, criteria=tuple(named.values()))


def is_same(one: Sequence[Criterion], other: Sequence[Criterion]) -> bool:
    """Tell whether two versions say the same, whatever their ids."""
    return _said(one) == _said(other)


def _said(criteria: Sequence[Criterion]) -> list[list[Any]]:
    texts = {c.criterion_id: c.text for c in criteria}
    return [[c.kind, c.text, c.weight, *_further(c, texts)] for c in criteria]


def _further(criterion: Criterion, texts: dict[str, str]) -> list[Any]:
    said = criterion.model_dump(include=set(_FURTHER), exclude_defaults=True)
    required = sorted(texts[one] for one in criterion.requires if one in texts)
    found = {**said, **({"requires": required} if required else {})}
    return [found] if found else []
