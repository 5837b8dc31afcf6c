"""Groups of criteria of which each two say the same."""

from collections import defaultdict
from collections.abc import Iterable


def complete_links(n: int, same: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Group things so that each two of a group are the same: A and C that differ never meet by way of B.

    Args:
        n: How many things there are.
        same: Pairs of places that are the same, the surest first: where groups could grow in two ways, these decide.

    Returns:
        The groups, each ascending, in the order of their first places.
    """
    like: dict[int, set[int]] = defaultdict(set)
    pairs = list(same)
    for one, other in pairs:
        like[one].add(other)
        like[other].add(one)
    group = {place: [place] for place in range(n)}
    for one, other in pairs:
        left, right = group[one], group[other]
        if left is not right and all(like[a].issuperset(right) for a in left):
            left.extend(right)
            for place in right:
                group[place] = left
    distinct = {id(members): sorted(members) for members in group.values()}
    return sorted(distinct.values())
