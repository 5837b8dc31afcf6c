"""An order of several responses, taken apart into what it says of each two."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Order, Verdict


class RankedPair(NamedTuple):
    """What a ranking says of two responses."""

    comparison: Comparison
    """The two, side by side."""

    order: Order
    """Which of them was shown first."""

    verdict: Verdict
    """The one with the better rank; a shared rank is a tie."""


def ranked_pairs(
    prompt_id: str, shown: Sequence[str], rank: Mapping[str, int]
) -> Iterator[RankedPair]:
    """Compute a verdict for each two responses, so that whatever takes pairs takes rankings.

    Args:
        prompt_id: The prompt that they answer.
        shown: response_ids in the order in which they were shown.
        rank: Rank by response_id, 1 the best; ranks may be shared.
    """
    for ids in combinations(shown, 2):
        pair = Comparison(prompt_id=prompt_id, response_ids=ids, strategy="ranking")
        a, b = pair.response_ids
        yield RankedPair(pair, "ab" if ids[0] == a else "ba", verdict_of(rank[a], rank[b]))


def verdict_of(rank_a: int, rank_b: int) -> Verdict:
    """Compare two ranks, 1 the best; a shared one is a tie."""
    if rank_a == rank_b:
        return "tie"
    return "a" if rank_a < rank_b else "b"


def best_first(rank: Mapping[str, int]) -> tuple[str, ...]:
    """Put response_ids in the order of their ranks, those of a shared rank by id."""
    return tuple(sorted(rank, key=lambda response_id: (rank[response_id], response_id)))


def in_order(rank: Mapping[str, int] | None) -> dict[str, Any]:
    """Give the columns `ranking` and `ranks` of a judgment that put responses in order; None for both without ranks."""
    if rank is None:
        return {"ranking": None, "ranks": None}
    ranking = best_first(rank)
    ranks = tuple(rank[response_id] for response_id in ranking)
    return {"ranking": ranking, "ranks": ranks if len(set(ranks)) < len(ranks) else None}


def ranks_of(ranking: Sequence[str], ranks: Sequence[int] | None) -> dict[str, int]:
    """Give rank by response_id of the columns `ranking` and `ranks` of a judgment."""
    return dict(zip(ranking, ranks or range(1, len(ranking) + 1), strict=True))
