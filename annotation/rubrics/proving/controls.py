"""What a set of criteria is worth beside controls of the same size, and by how many they are.

Source: "AutoRule: Reasoning Chain-of-thought Extracted Rule-based Rewards Improve Preference Learning", arXiv:2506.15651 (rules
as a set, by their mean); it reports no random subsets, no length and no exchanged labels, which are measured here.
"""

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.annotation.rubrics.proving.agreeing import judge_weights
from winnow.annotation.rubrics.proving.difference import gain, mean_difference, outcomes_of_some
from winnow.annotation.rubrics.proving.lengths import matched
from winnow.annotation.rubrics.proving.shares import share
from winnow.annotation.rubrics.proving.trials import leans, majority
from winnow.annotation.rubrics.proving.tried import TriedRubric
from winnow.annotation.rubrics.proving.voices import leans_by
from winnow.schemas.rubrics import ProofControls, SetOfSize

N_DRAWS = 64
"""Random subsets of each size; where there are no more, all of them."""

N_FOLDS = 5
"""Parts of the prompts, of which each is measured by what the others say is best."""

_EVERY_SIZE = 8
"""Up to so many criteria each size is measured, then every doubled one, and all."""

_SEED = 0


class FlippedRubric(NamedTuple):
    """Criteria that were derived from exchanged labels, with what judges said by them."""

    tried: TriedRubric
    """The criteria."""

    overlap: float
    """Share of them that criteria derived from the labels say as well."""


def controls_of(tried: TriedRubric, flipped: FlippedRubric | None = None) -> ProofControls | None:
    """Measure the criteria of a rubric together, by their totals, on the comparisons of which these say anything.

    Args:
        tried: The rubric, with what all judges said by it.
        flipped: For the same prompts, what was derived from exchanged labels.

    Returns:
        None of a rubric for one prompt, of fewer than two criteria, and where no criterion was judged.
    """
    if tried.prompt_group or len(tried.criterion_ids) < 2:
        return None
    found = _Totals.of(tried)
    if found is None:
        return None
    turned = None if flipped is None else _Totals.of(flipped.tried)
    whole = found.of_all()
    length = tried.trials.length[found.kept]
    is_known: Bools = np.asarray(~np.isnan(length).any(axis=1))
    by_length = found.better_side(np.sign(np.nan_to_num(length[:, 0] - length[:, 1])), is_known)
    is_measured = is_known & ~np.isnan(by_length)
    return ProofControls(
        sizes=tuple(_of_size(k, found, turned) for k in sizes_up_to(len(tried.criterion_ids))),
        length=share(_points(by_length[is_measured]), found.cluster[is_measured]),
        over_length=gain(whole[is_measured], by_length[is_measured], found.cluster[is_measured]),
        matched=matched(whole, whole * found.sign, length, found.cluster).right
        if is_known.any()
        else None,
        n_flipped=None if flipped is None else len(flipped.tried.criterion_ids),
        flipped_overlap=None if flipped is None else flipped.overlap,
    )


def sizes_up_to(n: int) -> list[int]:
    """List the sizes of sets that are measured of n criteria, ascending, n among them."""
    doubled = []
    size = 2 * _EVERY_SIZE
    while size < n:
        doubled.append(size)
        size *= 2
    return sorted({*range(1, min(n, _EVERY_SIZE) + 1), *doubled, n})


class _Totals(NamedTuple):
    """Criteria with what judges find together, on the comparisons of which any criterion says something."""

    met: Floats
    """Shape (n_criteria, n, 2)."""

    signed: Floats
    """Shape (n_criteria,): weights, below 0 of pitfalls."""

    sign: Floats
    cluster: Ints
    kept: Bools
    """Which of all comparisons these are."""

    @classmethod
    def of(cls, tried: TriedRubric) -> "_Totals | None":
        heard, trials = tried.heard, tried.trials
        weight = judge_weights(leans(heard.without), leans_by(tried))
        met = majority(heard.met, weight[:, None, None, None])
        signed = tried.criteria.signed
        every = np.ones((1, len(signed)), bool)
        kept = ~np.isnan(outcomes_of_some(met, signed, trials.sign, every)[0])
        if not kept.any():
            return None
        cluster = np.unique(trials.cluster[kept], return_inverse=True)[1].astype(np.int64)
        return cls(met[:, kept], signed, trials.sign[kept], cluster, kept)

    @property
    def n_criteria(self) -> int:
        return len(self.signed)

    def folds(self) -> Iterator[Bools]:
        """Say of each part of the prompts which comparisons are measured in it; nothing of a single prompt."""
        n = min(N_FOLDS, int(self.cluster.max()) + 1)
        return (self.cluster % n == k for k in range(n if n > 1 else 0))

    def of_all(self) -> Floats:
        return self.of_some(np.ones((1, self.n_criteria), bool))[0]

    def of_some(self, some: Bools) -> Floats:
        """Say how selections of criteria decide; what says nothing is a tie. Shape (n_selections, n)."""
        return np.nan_to_num(outcomes_of_some(self.met, self.signed, self.sign, some))

    def of_best(self, k: int) -> Floats | None:
        """Say how the k criteria decide that win most on the other parts; None of a single prompt."""
        away = np.sign(self.met[..., 0] - self.met[..., 1])
        wins = np.nan_to_num(away) * self.sign * np.sign(self.signed)[:, None]
        found = np.full(len(self.sign), np.nan)
        for part in self.folds():
            order = np.argsort(-wins[:, ~part].sum(axis=1), kind="stable")
            some = np.isin(np.arange(self.n_criteria), order[:k])[None]
            outcome = outcomes_of_some(self.met[:, part], self.signed, self.sign[part], some)
            found[part] = np.nan_to_num(outcome[0])
        return None if np.isnan(found).any() else found

    def better_side(self, side: Floats, is_known: Bools) -> Floats:
        """Say how one side decides, or the other: whichever was right more often on the other parts; NaN of a single prompt."""
        outcome = side * self.sign
        found = np.full(len(side), np.nan)
        for part in self.folds():
            found[part] = outcome[part] * (1 if outcome[~part & is_known].sum() >= 0 else -1)
        return found

    def of_random(self, k: int) -> Floats:
        """Return how right so many criteria are that are drawn at random, on average; shape (n,)."""
        points: Floats = _points(self.of_some(_draws(self.n_criteria, k))).mean(axis=0)
        return points


def _of_size(k: int, found: _Totals, flipped: _Totals | None) -> SetOfSize:
    random, best = found.of_random(k), found.of_best(k)
    measured, over = None, None
    if best is not None:
        measured = share(_points(best), found.cluster)
        over = (
            mean_difference(_points(best) - random, found.cluster) if k < found.n_criteria else None
        )
    turned = None
    if flipped is not None and k <= flipped.n_criteria:
        turned = share(flipped.of_random(k), flipped.cluster)
    at_random = share(random, found.cluster)
    assert at_random is not None  # a comparison is left
    return SetOfSize(
        n_criteria=k,
        best=measured,
        ties=None if best is None else float((best == 0).mean()),
        random=at_random,
        over_random=over,
        flipped=turned,
    )


def _points(outcome: Floats) -> Floats:
    """Return 1 where it is right, 0 where wrong, 1/2 of a tie."""
    points: Floats = (1 + np.sign(outcome)) / 2
    return points


def _draws(n: int, k: int) -> Bools:
    """Return which of n criteria each subset of k takes: all subsets where they are few, else random ones, always the same."""
    if comb(n, k) <= N_DRAWS:
        places = np.array(list(combinations(range(n), k)))
    else:
        every = np.tile(np.arange(n), (N_DRAWS, 1))
        places = np.random.default_rng([_SEED, n, k]).permuted(every, axis=1)[:, :k]
    found = np.zeros((len(places), n), bool)
    found[np.arange(len(places))[:, None], places] = True
    return found
