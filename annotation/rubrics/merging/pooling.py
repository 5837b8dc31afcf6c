"""The criteria of all rubrics for one thing become those of one rubric, and none is lost on the way."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from winnow.annotation.rubrics.merging.pooled import (
    MergedCriterion,
    NearPair,
    Pooled,
    PooledCriterion,
    RefusedCriterion,
)
from winnow.annotation.rubrics.merging.relating import groups_of, opposites_of
from winnow.annotation.rubrics.merging.selecting import choose
from winnow.annotation.rubrics.merging.weighing import (
    LEAST_COMPARISONS,
    Differences,
    cost_of_leaving_out,
    fitted_weights,
    gains,
    n_told,
    opposed,
)
from winnow.annotation.rubrics.quotes import key_of
from winnow.annotation.similarity import embed
from winnow.schemas.plurals import counted
from winnow.schemas.rubrics import Importance, Refused

Floats = npt.NDArray[np.float64]

_DEGREES: tuple[Importance, ...] = ("essential", "important", "optional", "pitfall")


def pool(
    criteria: Sequence[PooledCriterion],
    near: Iterable[NearPair] = (),
    *,
    most: int,
    least_examples: int = 1,
    differences: Differences | None = None,
) -> Pooled:
    """Make one rubric of criteria.

    Criteria of which each two say the same become one, in the words of the one that rests on most prompts. Of two that are
    opposites the one that rests on less is refused, and both where they rest on as much: a person has to look. Where verdicts
    on the criteria are known, opposites show in them too, weights are fitted, and what adds nothing is refused. Where more are
    left than a rubric takes, those stay that say most and differ most.

    Args:
        criteria: The pool, in an order that depends on nothing but itself.
        near: Pairs that were looked at; of all others it holds that they differ.
        most: Criteria that a rubric holds at most.
        least_examples: Distinct prompts that a criterion has to rest on.
        differences: Verdicts, as `winnow.annotation.rubrics.merging.weighing` has them; shape (n_comparisons, n_criteria).
            None where there are none.
    """
    pairs = list(near)
    groups = [_Group(members, criteria) for members in groups_of(criteria, pairs)]
    of_group = None if differences is None else _by_group(differences, groups)
    left = _Left(criteria, groups)
    left.refuse_opposites(opposites_of(criteria, pairs), of_group)
    left.refuse_rare(least_examples)
    weights = left.refuse_idle(of_group)
    left.refuse_beyond(most, of_group, weights)
    left.refuse_dependents()
    merged = tuple(
        MergedCriterion(
            groups[g].speaker,
            tuple(groups[g].members),
            groups[g].weight if weights is None else float(weights[g]),
            groups[g].importance,
        )
        for g in left.kept
    )
    return Pooled(merged, tuple(left.refused))


class _Group:
    """Criteria that say the same."""

    def __init__(self, members: Sequence[int], criteria: Sequence[PooledCriterion]) -> None:
        ones = [criteria[place] for place in members]
        self.members = list(members)
        self.examples = frozenset[str]().union(*(one.examples for one in ones))
        self.n_sources = sum(one.n_sources for one in ones)
        self.weight = max(one.weight for one in ones)
        degrees = [one.importance for one in ones if one.importance is not None]
        self.importance = min(degrees, key=_DEGREES.index, default=None)
        self.speaker = _speaker(members, criteria)

    @property
    def strength(self) -> tuple[int, int]:
        """How much it rests on."""
        return len(self.examples), self.n_sources


def _speaker(members: Sequence[int], criteria: Sequence[PooledCriterion]) -> int:
    """Return the place of the member whose words rest on most prompts; of those the shortest, and then the first id."""
    by_words: dict[str, set[str]] = defaultdict(set)
    for place in members:
        by_words[key_of(criteria[place].text)] |= criteria[place].examples
    return min(
        members,
        key=lambda place: (
            -len(by_words[key_of(criteria[place].text)]),
            len(criteria[place].text),
            criteria[place].criterion_id,
        ),
    )


class _Left:
    """Groups that are left of a pool, and what was refused of it."""

    def __init__(self, criteria: Sequence[PooledCriterion], groups: Sequence[_Group]) -> None:
        self.criteria, self.groups = criteria, groups
        self.kept = list(range(len(groups)))
        self.refused: list[RefusedCriterion] = []
        self.of_place = {place: g for g, group in enumerate(groups) for place in group.members}

    def refuse_opposites(
        self, pairs: Mapping[tuple[int, int], Refused], differences: Differences | None
    ) -> None:
        """Refuse of opposites the one that rests on less."""
        against: dict[int, dict[int, Refused]] = defaultdict(dict)
        for (one, other), reason in pairs.items():
            g, h = self.of_place[one], self.of_place[other]
            if g != h and against[g].get(h) != "mirror":
                against[g][h] = against[h][g] = reason
        for g, h in () if differences is None else opposed(differences):
            against[g].setdefault(h, "contradicts")
            against[h].setdefault(g, "contradicts")
        strength = {g: self.groups[g].strength for g in against}
        standing = set(self.kept)
        for level in sorted(set(strength.values()), reverse=True):
            for is_stronger in (
                True,
                False,
            ):  # what rests on more wins first, then equals refuse each other
                lost = {}
                for g in (g for g in against if strength[g] == level and g in standing):
                    others = (h for h in sorted(against[g]) if h in standing)
                    winners = [
                        h
                        for h in others
                        if (strength[h] > level if is_stronger else strength[h] == level)
                    ]
                    if winners:
                        lost[g] = winners[0]
                standing.difference_update(lost)
                for g in sorted(lost):
                    self._refuse(g, against[g][lost[g]], self._opposed_by(g, lost[g]))

    def refuse_rare(self, least: int) -> None:
        """Refuse what rests on too few prompts."""
        for g in list(self.kept):
            n = len(self.groups[g].examples)
            if n < least:
                self._refuse(
                    g, "single_example", f"rests on {counted(n, 'prompt')}, wanted {least} at least"
                )

    def refuse_idle(self, differences: Differences | None) -> Floats | None:
        """Refuse what adds nothing beside the others, by 50 verdicts or more; what nobody judged by so often keeps its weight.

        Returns the weights of all groups, None where none were fitted.
        """
        if differences is None or not self.kept:
            return None
        told = n_told(differences)
        judged = [g for g in self.kept if told[g] >= LEAST_COMPARISONS]
        some = differences[:, judged]
        found = fitted_weights(_told_rows(some)) if judged else None
        if found is None:
            return None
        weights = np.array([group.weight for group in self.groups])
        weights[judged] = found
        for g in [g for g in judged if weights[g] == 0]:
            detail = f"adds nothing beside the others on {counted(int(told[g]), 'comparison')}: its fitted weight is 0"
            self._refuse(g, "no_gain", detail)
        return weights

    def refuse_beyond(
        self, most: int, differences: Differences | None, weights: Floats | None
    ) -> None:
        """Refuse what a rubric has no room for, and put the rest in the order in which it was chosen."""
        if len(self.kept) <= most:
            return
        texts = [self._text(g) for g in self.kept]
        values = self._values(differences)
        chosen = [self.kept[i] for i in choose(embed(texts), values, most)]
        costs = self._costs(differences, weights)
        for g in sorted(set(self.kept).difference(chosen)):
            detail = f"{len(texts)} criteria are left and a rubric takes {most}: it adds less than those chosen"
            if g in costs:
                detail += f"; leaving it out costs {costs[g]:.3f} of accuracy"
            self._refuse(g, "over_cap", detail)
        self.kept = chosen

    def refuse_dependents(self) -> None:
        """Refuse what requires a criterion that was refused, for the same reason."""
        place_of = {one.criterion_id: place for place, one in enumerate(self.criteria)}
        why = {one.place: one.reason for one in self.refused}
        while lost := [(g, gone) for g in self.kept if (gone := self._required(g, place_of, why))]:
            for g, gone in lost:
                text = self.criteria[gone[0]].text
                self._refuse(g, why[gone[0]], f"requires {text!r}, which was refused")
            why = {one.place: one.reason for one in self.refused}

    def _required(self, g: int, place_of: Mapping[str, int], refused: Collection[int]) -> list[int]:
        """Return the places of what a group requires that was refused."""
        required = self.criteria[self.groups[g].speaker].requires
        return [place_of[i] for i in required if i in place_of and place_of[i] in refused]

    def _values(self, differences: Differences | None) -> Floats:
        """Return what each that is left is worth, 0 to 1: by its verdicts where there are any, else by what it rests on."""
        n = np.array([len(self.groups[g].examples) for g in self.kept], np.float64)
        support = n / max(n.max(), 1.0)
        if differences is None:
            return support
        some = differences[:, self.kept]
        return np.where(n_told(some) == 0, support, np.maximum(gains(some), 0.0))

    def _costs(self, differences: Differences | None, weights: Floats | None) -> dict[int, float]:
        """Return what leaving out each that was judged by costs."""
        if differences is None:
            return {}
        some = differences[:, self.kept]
        given = [group.weight for group in self.groups] if weights is None else weights
        costs = cost_of_leaving_out(some, np.asarray(given)[self.kept])
        found = zip(self.kept, costs.tolist(), (n_told(some) > 0).tolist(), strict=True)
        return {g: cost for g, cost, is_known in found if is_known}

    def _opposed_by(self, g: int, winner: int) -> str:
        one, other = self.groups[g], self.groups[winner]
        mine, theirs = (counted(len(x.examples), "prompt") for x in (one, other))
        return (
            f"{self._text(g)!r} (rests on {mine}) stands against {self._text(winner)!r} ({theirs})"
        )

    def _text(self, g: int) -> str:
        return self.criteria[self.groups[g].speaker].text

    def _refuse(self, g: int, reason: Refused, detail: str) -> None:
        self.kept.remove(g)
        self.refused += [
            RefusedCriterion(place, reason, detail) for place in self.groups[g].members
        ]


def _told_rows(differences: Differences) -> Differences:
    """Leave out the comparisons of which nothing is known."""
    return sparse.csc_array(sparse.csr_array(differences)[np.unique(differences.indices)])


def _by_group(differences: Differences, groups: Sequence[_Group]) -> Differences:
    """Average the verdicts on the members of each group; shape (n_comparisons, n_groups)."""
    of_place = np.empty(differences.shape[1], np.int64)
    for g, group in enumerate(groups):
        of_place[group.members] = g
    known = sparse.coo_array(differences)
    n = differences.shape[0]
    key, place = np.unique(of_place[known.col] * n + known.row, return_inverse=True)
    mean = np.bincount(place, known.data) / np.bincount(place)
    return sparse.csc_array((mean, (key % n, key // n)), shape=(n, len(groups)))
