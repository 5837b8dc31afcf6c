"""What several answers to one question come to, when equal ones are counted together however they are written."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from winnow.annotation.answers.equality import AnswerKind, EqualityRule, kind_of
from winnow.schemas.measures.shares import Interval, posterior

_NUMBERS: tuple[AnswerKind, ...] = ("number", "fraction", "percent", "unit")


class Vote(NamedTuple):
    """How answers fall into classes of equal ones."""

    members: tuple[tuple[int, ...], ...]
    """Places of the answers of each class, the largest class first; of classes of one size, in the order of their first places."""

    n_empty: int
    """Answers that are none, which do not vote."""

    @property
    def n(self) -> int:
        """Answers that vote."""
        return sum(map(len, self.members))

    @property
    def is_tied(self) -> bool:
        """Whether two classes are the largest."""
        return len(self.members) > 1 and len(self.members[0]) == len(self.members[1])

    @property
    def share(self) -> Interval:
        """Share of the largest class among the answers that vote; what so few can tell of it, every share as likely before."""
        return posterior(len(self.members[0]), self.n)

    @property
    def margin(self) -> float:
        """How much of the votes the largest class is ahead of the second."""
        second = len(self.members[1]) if len(self.members) > 1 else 0
        return (len(self.members[0]) - second) / self.n

    @property
    def entropy(self) -> float:
        """Entropy of the classes, in nats; 0 where all answers are equal."""
        shares = [len(one) / self.n for one in self.members]
        return -math.fsum(share * math.log(share) for share in shares)


def count_votes(answers: Sequence[str | None], same: Callable[[str, str], bool]) -> Vote:
    """Put equal answers together and count them.

    Equality as programs see it need not be transitive: decimals within a tolerance, an inequality that fits an interval. Answers
    that a chain of equal ones links are one class, whichever comes first; two are equal if either is, taken as the known one.

    Args:
        answers: The answers; None where there is none.
        same: Whether an answer, the second, is a known one.
    """
    votes = [i for i, answer in enumerate(answers) if answer is not None]
    distinct = sorted({answer for answer in answers if answer is not None})
    leader = {answer: answer for answer in distinct}
    for one, other in combinations(distinct, 2):
        a, b = _led(leader, one), _led(leader, other)
        if a != b and (same(one, other) or same(other, one)):
            leader[max(a, b)] = min(a, b)
    classes: dict[str, list[int]] = {}
    for i in votes:
        classes.setdefault(_led(leader, answers[i] or ""), []).append(i)
    ordered = sorted(classes.values(), key=lambda members: (-len(members), members))
    return Vote(tuple(map(tuple, ordered)), len(answers) - len(votes))


def overlap_of(
    one: Sequence[str | None],
    other: Sequence[str | None],
    same: Callable[[str, str], bool],
) -> float:
    """Return how far two groups of answers agree: the sum over all classes of the smaller of their shares, 0 to 1.

    Args:
        one: Answers of one group; None where there is none.
        other: Answers of the other.
        same: Whether an answer, the second, is a known one.
    """
    classes = count_votes([*one, *other], same).members
    n_one, n_other = (sum(answer is not None for answer in answers) for answers in (one, other))
    if not n_one or not n_other:
        return 0.0
    in_one = [sum(i < len(one) for i in members) for members in classes]
    return math.fsum(
        min(n / n_one, (len(members) - n) / n_other)
        for n, members in zip(in_one, classes, strict=True)
    )


def rule_between(
    one: str, other: str, tolerance: float, options: Mapping[str, str]
) -> EqualityRule:
    """Choose by what kind two answers are compared of which neither is known.

    Numbers of any sort by their value, a percentage as a share, so that "50" and "0.5" never meet in "50 %"; else the kind of the
    first, where both have it; else text. Raises `NoResult`.
    """
    kinds = {kind_of(one, options), kind_of(other, options)}
    if kinds == {"unit"}:
        return EqualityRule("unit", tolerance)
    if kinds <= set(_NUMBERS):
        return EqualityRule("number", tolerance, is_known=False)
    if "option" in kinds:
        return EqualityRule("option", tolerance, options)
    if "text" in kinds:
        return EqualityRule("text")
    kind = kinds.pop() if len(kinds) == 1 else "expression"
    return EqualityRule(kind, tolerance)


def _led(leader: Mapping[str, str], one: str) -> str:
    while leader[one] != one:
        one = leader[one]
    return one
