"""Which criteria of a pool say the same, and which stand against each other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from winnow.annotation.rubrics.merging.grouping import complete_links
from winnow.annotation.rubrics.merging.likeness import is_mirror
from winnow.annotation.rubrics.merging.pooled import NearPair, PooledCriterion
from winnow.annotation.rubrics.quotes import key_of
from winnow.schemas.rubrics import Refused


def groups_of(criteria: Sequence[PooledCriterion], pairs: Iterable[NearPair]) -> list[list[int]]:
    """Group criteria that are worded alike, and then those of which a judge says of each two that they say the same."""
    worded: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, one in enumerate(criteria):
        worded[key_of(one.text), _scope(one)].append(place)
    wordings = list(worded.values())
    of_place = {place: w for w, places in enumerate(wordings) for place in places}
    ordered = sorted(pairs, key=lambda pair: (-pair.similarity, pair.one, pair.other))
    same = [
        (of_place[pair.one], of_place[pair.other])
        for pair in ordered
        if pair.relation == "same"
        and _scope(criteria[pair.one]) == _scope(criteria[pair.other])
        and not is_mirror(criteria[pair.one].text, criteria[pair.other].text)
    ]
    groups = complete_links(len(wordings), same)
    return [sorted(place for w in group for place in wordings[w]) for group in groups]


def opposites_of(
    criteria: Sequence[PooledCriterion], pairs: Iterable[NearPair]
) -> dict[tuple[int, int], Refused]:
    """Return the pairs of which a response cannot meet both, or which would count for both sides, with the reason."""
    found: dict[tuple[int, int], Refused] = {}
    worded: dict[tuple[str, int | None], dict[bool, int]] = defaultdict(dict)
    for place, one in enumerate(criteria):
        sides = worded[key_of(one.text), one.turn]
        sides.setdefault(one.importance == "pitfall", place)
        if len(sides) == 2:
            found[sides[False], sides[True]] = "contradicts"
    for pair in pairs:
        one, other = criteria[pair.one], criteria[pair.other]
        if one.turn != other.turn:
            continue
        is_turned = (one.importance == "pitfall") != (other.importance == "pitfall")
        mirrored = is_mirror(one.text, other.text)
        # What must not be done, and that it be not done, ask for the same.
        if is_turned:
            if pair.relation == "same" and not mirrored:
                found[pair.one, pair.other] = "contradicts"
        elif mirrored:
            found[pair.one, pair.other] = "mirror"
        elif pair.relation == "opposite":
            found[pair.one, pair.other] = "contradicts"
    return found


def _scope(one: PooledCriterion) -> tuple[Any, ...]:
    """Return what two criteria must have in common to be one, beside what they say."""
    return one.turn, one.importance == "pitfall"
