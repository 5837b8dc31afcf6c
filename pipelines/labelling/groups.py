"""Comparisons of more than two responses, and the pairs that they consist of."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from winnow.schemas.comparisons import Comparison


def groups_in(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """List the comparisons of more than two responses, ordered by comparison_id."""
    found = (c for c in comparisons if len(c.response_ids) > 2)
    return sorted(found, key=lambda c: c.comparison_id)


def pairs_of(group: Comparison) -> Iterator[Comparison]:
    """Yield the comparisons of two that a group consists of."""
    for ids in combinations(group.response_ids, 2):
        yield Comparison(prompt_id=group.prompt_id, response_ids=ids, strategy=group.strategy)
