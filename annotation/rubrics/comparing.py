"""What one rubric says that another does not, criterion by criterion."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import numpy as np

from winnow.annotation.rubrics.quotes import key_of
from winnow.annotation.similarity import embed
from winnow.schemas.rubrics import Criterion

_ALIKE = 0.5
"""Share of the characters that two wordings have in common, in order, from which one is a rewording of the other."""


_SAME_WORDS = 0.8
"""Similarity of their words from which on two criteria say the same in nearly the same words."""

_ROWS = 1024


class CriterionChange(NamedTuple):
    """One criterion in two rubrics."""

    change: Literal["same", "changed", "reworded", "gone", "new"]
    """"changed" where the words are the same and something else is not, such as the weight."""

    old: Criterion | None
    """The criterion there; None for a new one."""

    new: Criterion | None
    """The criterion here; None for one that is gone."""


def share_said(texts: Sequence[str], others: Sequence[str]) -> float:
    """Return the share of some criteria that others say too, in the same or nearly the same words; 0 of none.

    Args:
        texts: The criteria.
        others: The others.
    """
    known = {key_of(text) for text in others}
    is_said = np.array([key_of(text) in known for text in texts], bool)
    if not len(texts) or is_said.all() or not others:
        return float(is_said.mean()) if len(texts) else 0.0
    vectors = embed([*texts, *others])
    those = vectors[len(texts) :].T.tocsc()
    for begin in range(0, len(texts), _ROWS):
        some = slice(begin, min(begin + _ROWS, len(texts)))
        likest = (vectors[some] @ those).max(axis=1).toarray().ravel()
        is_said[some] |= likest >= _SAME_WORDS
    return float(is_said.mean())


def compare_criteria(old: Sequence[Criterion], new: Sequence[Criterion]) -> list[CriterionChange]:
    """Pair the criteria of two rubrics: those of the same words, then those of the likest ones.

    Returns:
        In the order of the new ones, then what is gone.
    """
    pairs = _pairs(old, new)
    taken = {id(before) for before in pairs.values() if before is not None}
    found = [CriterionChange(_change(pairs[id(one)], one), pairs[id(one)], one) for one in new]
    return [*found, *(CriterionChange("gone", one, None) for one in old if id(one) not in taken)]


def _pairs(old: Sequence[Criterion], new: Sequence[Criterion]) -> dict[int, Criterion | None]:
    left = list(old)
    pairs: dict[int, Criterion | None] = {}
    for one in new:
        same = next((o for o in left if (o.kind, o.text) == (one.kind, one.text)), None)
        pairs[id(one)] = same
        if same is not None:
            left.remove(same)
    likeness = sorted(
        (
            (SequenceMatcher(None, o.text, one.text, autojunk=False).ratio(), -i, -k)
            for i, one in enumerate(new)
            if pairs[id(one)] is None
            for k, o in enumerate(left)
        ),
        reverse=True,
    )
    used: set[int] = set()
    for ratio, i, k in likeness:
        if ratio >= _ALIKE and pairs[id(new[-i])] is None and -k not in used:
            pairs[id(new[-i])] = left[-k]
            used.add(-k)
    return pairs


def _change(old: Criterion | None, new: Criterion) -> Literal["same", "changed", "reworded", "new"]:
    if old is None:
        return "new"
    if (old.kind, old.text) != (new.kind, new.text):
        return "reworded"
    own = {"criterion_id", "rubric_id", "requires", "place", "source", "validity"}
    is_same = old.model_dump(exclude=own) == new.model_dump(exclude=own)
    return "same" if is_same else "changed"
