"""What every aggregation method gives back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Protocol

import numpy as np

from winnow.annotation.aggregation.folds import folds_of
from winnow.annotation.aggregation.gold import GoldVerdicts
from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.votes import Floats, Ints, Votes


@dataclass(frozen=True)
class Posterior:
    """Class probabilities of the items and weights of the annotators."""

    probabilities: Floats
    """Shape (n_items, 3): a, b, tie; rows sum to 1."""

    weight: Floats
    """Shape (n_annotators,): log-odds of a over b, in nats, that one more decisive verdict for a adds, given the others."""

    low: Floats | None = None
    """Shape (n_items,): lower end of the 90 % interval of P(a | a or b); None where a method gives none."""

    high: Floats | None = None
    """Shape (n_items,): upper end of it."""

    copy_group: Ints | None = None
    """Shape (n_annotators,): annotators of the same number count as one rater; None where not looked for."""

    notes: tuple[str, ...] = ()
    """What the reader of the labels should know."""


class Method(Protocol):
    """A way to turn opinions into labels."""

    def __call__(self, votes: Votes, opinions: Opinions) -> Callable[[GoldVerdicts], Posterior]:
        """Do what does not depend on gold; what is given aggregates, as often as there is gold, which may be empty."""
        ...


def cross_fitted(
    label: Callable[[Votes, Opinions, GoldVerdicts], Posterior],
) -> Callable[[Votes, Opinions, GoldVerdicts], Posterior]:
    """Make a function that takes gold for the truth label each gold item without its own verdict.

    Gold is parted into folds; the items of each are labelled by a fit that has not seen the gold of that fold. All else,
    the annotators' weights too, comes from the fit to all of gold.

    Source: Stone 1974, J. R. Stat. Soc. B 36(2), 111-147 (cross-validation).
    """

    @wraps(label)
    def fitted(votes: Votes, opinions: Opinions, gold: GoldVerdicts) -> Posterior:
        posterior = label(votes, opinions, gold)
        p = posterior.probabilities.copy()
        ids = votes.items.take(gold.rows).to_pylist()
        row_of = dict(zip(ids, gold.rows, strict=True))
        for fold in folds_of(ids):
            held = np.array([row_of[item] for item in fold])
            p[held] = label(votes, opinions, gold.without(held)).probabilities[held]
        return replace(posterior, probabilities=p)

    return fitted


def in_one_step(label: Callable[[Votes, Opinions, GoldVerdicts], Posterior]) -> Method:
    """Make a method of a function that does all its work anew for each gold; it is documented as the function is."""

    @wraps(label)
    def method(votes: Votes, opinions: Opinions) -> Callable[[GoldVerdicts], Posterior]:
        return partial(label, votes, opinions)

    return method
