"""Gold that was made from the very votes it is held against."""

from collections.abc import Iterator

import numpy as np

from winnow.annotation.aggregation.gold import GoldVerdicts
from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.sums import count_by, sum_by
from winnow.annotation.aggregation.votes import Bools, Floats, Votes

MIN_ITEMS = 20
"""Gold items from which on it can be told."""
MIN_OPINIONS = 3
"""Opinions on an item from which on a majority is more than one of two."""
NEARLY_ALL = 0.98
"""Share of the items on which gold is what most annotators say, from which on it may be made of that."""
CHANCE = 0.01
"""Probability below which so few misses are no chance."""
N_DRAWS = 100


def circular_notes(votes: Votes, opinions: Opinions, gold: GoldVerdicts) -> Iterator[str]:
    """Say of whose votes gold looks to be the majority: of all annotators, or of those of one kind.

    Annotators that err independently of each other, each as often as gold says, are at times wrong together, and those
    that share their errors more often. Where the majority misses gold far more seldom than that, gold is the majority.
    """
    kinds = np.array([kind or "" for kind in votes.kinds])
    everyone = np.ones(votes.n_annotators, bool)
    groups = [("annotators", everyone)]
    groups += [(f"annotators of kind {kind}", kinds == kind) for kind in np.unique(kinds) if kind]
    for name, is_one in groups:
        if note := _note(name, opinions, gold, is_one[opinions.annotator]):
            yield note
            return


def _note(name: str, opinions: Opinions, gold: GoldVerdicts, chosen: Bools) -> str | None:
    known = gold.verdict[opinions.item]
    per_item = count_by(opinions.item[chosen], opinions.n_items)
    rows = chosen & (known >= 0) & (per_item[opinions.item] >= MIN_OPINIONS)
    asked = opinions.of_rows(rows, *_numbered(opinions, rows))
    if asked.n_items < MIN_ITEMS:
        return None
    right = _right(asked, known[rows])
    n_missed = _n_missed(asked, right)
    expected = _expected(asked, right)
    from scipy.stats import poisson

    n = asked.n_items
    if n_missed > (1 - NEARLY_ALL) * n or poisson.cdf(n_missed, expected) >= CHANCE:
        return None
    return (
        f"gold seems derived from these votes: it is what most {name} say on {n - n_missed} of {n} items, where they "
        f"would reach about {n - expected:.0f} if they were right as often but independently of each other; agreement "
        "with it shows nothing"
    )


def _numbered(opinions: Opinions, rows: Bools) -> tuple[np.ndarray, int]:
    items, index = np.unique(opinions.item[rows], return_inverse=True)
    return index, len(items)


def _right(opinions: Opinions, known: np.ndarray) -> Floats:
    """Return the part of each opinion that says what gold says, 0 to 1."""
    decisive = 1.0 - opinions.tie
    parts = [(decisive + opinions.lean) / 2, (decisive - opinions.lean) / 2, opinions.tie]
    return np.choose(known, parts)


def _n_missed(opinions: Opinions, right: Floats) -> int:
    """Count the items on which less than half of the opinions say what gold says."""
    share = sum_by(opinions.item, right, opinions.n_items) / count_by(
        opinions.item, opinions.n_items
    )
    return int((share < 0.5).sum())


def _expected(opinions: Opinions, right: Floats) -> float:
    """Return how many items annotators miss that are right as often as these, but independently of each other."""
    rng = np.random.default_rng(0)
    n = count_by(opinions.annotator, opinions.n_annotators)
    accuracy = (sum_by(opinions.annotator, right, opinions.n_annotators) + 1) / (n + 2)
    p = accuracy[opinions.annotator]
    drawn = (_n_missed(opinions, (rng.random(len(p)) < p).astype(float)) for _ in range(N_DRAWS))
    return float(np.mean(list(drawn)))
