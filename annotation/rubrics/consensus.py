"""Which principles several people named, each in words of their own, and where they contradict each other."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class NamedPrinciple(NamedTuple):
    """One principle that one person named of one response."""

    annotator_id: str
    """Who."""

    text: str
    """The principle."""

    answer: bool
    """Whether the response meets it."""


class SharedPrinciple(NamedTuple):
    """Opinions that say the same, at most one of each person."""

    members: tuple[int, ...]
    """Their places among the opinions, ascending."""

    is_conflict: bool
    """Whether some say that the response meets it, and others that it does not."""


def shared_principles(
    opinions: Sequence[NamedPrinciple], similarity: NDArray[np.float64], least: float
) -> list[SharedPrinciple]:
    """Put opinions together that are alike, the most alike first, each with each: no chain joins what is not alike itself.

    Args:
        opinions: Of all people on one response.
        similarity: How alike their texts are; shape (n, n).
        least: Similarity from which on two are alike.

    Returns:
        Every opinion once, alone where nobody else's is alike; the same whatever the order of people and of opinions.
    """
    group = {i: frozenset([i]) for i in range(len(opinions))}
    pairs = [
        (-similarity[i, j], *sorted((opinions[i].text, opinions[j].text)), i, j)
        for i, j in combinations(range(len(opinions)), 2)
        if similarity[i, j] >= least
    ]
    for *_, i, j in sorted(pairs):
        one, other = group[i], group[j]
        if one is other or not _may_join(one, other, opinions, similarity, least):
            continue
        joined = one | other
        group.update(dict.fromkeys(joined, joined))
    return [
        SharedPrinciple(tuple(sorted(of)), len({opinions[i].answer for i in of}) > 1)
        for of in sorted(set(group.values()), key=min)
    ]


def _may_join(
    one: frozenset[int],
    other: frozenset[int],
    opinions: Sequence[NamedPrinciple],
    similarity: NDArray[np.float64],
    least: float,
) -> bool:
    people = [opinions[i].annotator_id for i in (*one, *other)]
    if len(set(people)) < len(people):
        return False
    return all(similarity[i, j] >= least for i in one for j in other)
