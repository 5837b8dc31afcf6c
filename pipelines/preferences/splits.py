"""Which split each prompt goes to, so that none ever moves and nothing near stands on two sides."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Bools
from winnow.pipelines.filters.rejecting import looked_up
from winnow.pipelines.near.neighbours import Neighbours, neighbours
from winnow.pipelines.near.texts import ASKED, read_texts, shown
from winnow.schemas.id_order import sorted_by_id
from winnow.schemas.preferences import Split
from winnow.schemas.prompts import Prompt
from winnow.schemas.splits import split_of, splits_of

MANY = 20
"""Prompts from which on what they share weighs less; fewer that share a template or a document stay on one side."""


_PLACED = pa.schema([(name, pa.string()) for name in ("prompt_id", "split", "group")])


class PublishedPrompts(NamedTuple):
    """The prompts that earlier releases of a warehouse hold."""

    prompts: pa.Table
    """Their rows of the prompts table."""

    splits: Mapping[str, Split]
    """The split of each prompt_id."""


NOTHING = PublishedPrompts(pa.Table.from_batches([], Prompt.arrow_schema()), {})
"""What an empty warehouse has published; made without arrays, for which Arrow would import pandas."""


class Placement(NamedTuple):
    """Where the prompts of a run go."""

    prompt_id: pa.Array
    """The prompts that have a split, ascending; shape (n,)."""

    split: pa.Array
    """The split of each; shape (n,)."""

    group: pa.Array
    """The first prompt_id of its split that each is near to, itself or through others; shape (n,)."""

    left_out: dict[str, str]
    """Prompts that are near to prompts of two splits, with which and how near, in words."""


def place_asked(
    texts: pa.Table,
    published: PublishedPrompts,
    shares: Mapping[Split, float],
    threshold: float,
) -> Placement:
    """Assign each prompt of a run to its split.

    A prompt that was published before keeps its split, whatever the shares say now. A newcomer that is near to such
    prompts joins them; where those stand in two splits it is left out. Newcomers that are near to each other, and to
    none of them, go together where the first id of them goes.

    Args:
        texts: prompt_id and text of the prompts, as `read_texts` gives them.
        published: What earlier releases hold.
        shares: Share of the newcomers by split.
        threshold: Similarity from which on two prompts are near.
    """
    known = pa.array(published.splits, pa.string())
    new = texts.filter(pc.invert(pc.is_in(texts["prompt_id"], value_set=known)))
    before = read_texts(published.prompts.select(ASKED))
    both = sorted_by_id(pa.concat_tables([new, before]), "prompt_id")
    found = neighbours(both, threshold, many=MANY)
    return place_texts(found, published.splits, shares, texts["prompt_id"].combine_chunks())


def place_texts(
    found: Neighbours,
    known: Mapping[str, Split],
    shares: Mapping[Split, float],
    wanted: pa.Array,
) -> Placement:
    """Do what `place_asked` does on prompts of which it is known who is near to whom.

    Args:
        found: Who is near to whom, published prompts and newcomers together.
        known: Split of each published prompt_id.
        shares: Share of the newcomers by split.
        wanted: The prompts of the run.
    """
    together = _together(found, known)
    placing = _Placing(found, known, shares, np.flatnonzero(together).tolist())
    splits, groups, left_out = placing.place()
    is_alone = ~together[found.place]
    alone = found.prompt_id.filter(pa.array(is_alone))
    # The first prompt of each text stands for those that say just the same.
    first = found.prompt_id.take(pa.array(found.first[found.place[is_alone]]))
    chosen = splits_of(first, {str(name): share for name, share in shares.items()})
    published = looked_up(alone, known)
    one_by_one = (list(splits), list(splits.values()), [groups[i] for i in splits])
    rows = pa.concat_tables(
        [
            pa.table([alone, pc.coalesce(published, chosen), first], schema=_PLACED),
            pa.table(one_by_one, schema=_PLACED),
        ]
    )
    rows = sorted_by_id(rows.filter(pc.is_in(rows["prompt_id"], value_set=wanted)), "prompt_id")
    prompt_id, split, group = (column.combine_chunks() for column in rows.columns)
    return Placement(prompt_id, split, group, left_out)


def _together(found: Neighbours, known: Mapping[str, Split]) -> Bools:
    """Say which places have to be looked at one by one: near to others, or of a published prompt among several."""
    is_together = np.zeros(len(found.texts), bool)
    is_together[list(found.near)] = True
    is_known = np.asarray(pc.is_in(found.prompt_id, value_set=pa.array(known, pa.string())), bool)
    several = found.n_prompts > 1
    is_together[found.place[is_known & several[found.place]]] = True
    return is_together


class _Placing:
    """Places that hold a published prompt are fixed; the others are free and get their split one by one."""

    def __init__(
        self,
        found: Neighbours,
        known: Mapping[str, Split],
        shares: Mapping[Split, float],
        places: Sequence[int],
    ) -> None:
        self._near, self._known, self._shares = found.near, known, shares
        self._ids = {place: found.ids(place) for place in places}
        self._fixed = {place for place, ids in self._ids.items() if any(i in known for i in ids)}
        self._free: dict[int, Split] = {}
        self._left_out: dict[int, str] = {}

    def place(self) -> tuple[dict[str, Split], dict[str, str], dict[str, str]]:
        """Return the splits of prompts, the first prompt that each hangs together with, and what is left out and why."""
        free = self._ids.keys() - self._fixed
        for group in _groups(free, self._near):
            self._place_group(group)
        splits: dict[str, Split] = {}
        left_out: dict[str, str] = {}
        for place, ids in self._ids.items():
            split, reason = self._outcome(place)
            for prompt_id in ids:
                if prompt_id in self._known:
                    splits[prompt_id] = self._known[prompt_id]
                elif reason:
                    left_out[prompt_id] = reason
                else:
                    splits[prompt_id] = split
        return splits, self._together(splits), left_out

    def _together(self, splits: Mapping[str, Split]) -> dict[str, str]:
        groups: dict[str, str] = {}
        for split in set(splits.values()):
            ids = {
                place: [i for i in ids if splits.get(i) == split]
                for place, ids in self._ids.items()
            }
            inside = {place for place in ids if ids[place]}
            for group in _groups(inside, self._near):
                members = [i for place in group for i in ids[place]]
                groups |= dict.fromkeys(members, min(members))
        return groups

    def _outcome(self, place: int) -> tuple[Split, str]:
        if place not in self._fixed:
            return self._free.get(place, "train"), self._left_out.get(place, "")
        seen = self._seen(place)
        # Two splits only where earlier releases published the same text in both: then newcomers are left out.
        return min(seen), _why(seen)

    def _place_group(self, group: list[int]) -> None:
        """Go outwards from what is fixed; what is then next to two splits is left out."""
        waiting = set(group)
        # Sorted, for who of a ring is placed first decides who is left out, whatever the order of the rows.
        while edge := sorted(place for place in waiting if self._seen(place)):
            for place in edge:
                self._join(place)
            waiting -= set(edge)
        self._place_together(waiting)

    def _join(self, place: int) -> None:
        seen = self._seen(place)
        if len(seen) > 1:
            self._left_out[place] = _why(seen)
        else:
            (self._free[place],) = seen

    def _place_together(self, places: set[int]) -> None:
        for group in _groups(places, self._near):
            first = min(i for place in group for i in self._ids[place])
            shares = {str(name): share for name, share in self._shares.items()}
            self._free |= dict.fromkeys(group, cast(Split, split_of(first, shares)))

    def _seen(self, place: int) -> dict[Split, tuple[float, str]]:
        """Return the nearest prompt of each split that a place is near to, with its similarity."""
        seen: dict[Split, tuple[float, str]] = {}
        near = {**self._near.get(place, {}), place: 1.0}
        for other, likeness in sorted(near.items()):
            for split, prompt_id in self._standing(other):
                if split not in seen or likeness > seen[split][0]:
                    seen[split] = likeness, prompt_id
        return seen

    def _standing(self, place: int) -> Iterable[tuple[Split, str]]:
        ids = self._ids[place]
        if place in self._free:
            return [(self._free[place], ids[0])]
        return [(self._known[i], i) for i in ids if i in self._known]


def _why(seen: Mapping[Split, tuple[float, str]]) -> str:
    if len(seen) < 2:
        return ""
    said = (f"{shown(seen[s][0])} similar to prompt {seen[s][1]} in {s}" for s in sorted(seen))
    return " and ".join(said)


def _groups(places: Set[int], near: Mapping[int, Mapping[int, float]]) -> list[list[int]]:
    """Return the places that are connected without any other between them, group by group."""
    left, groups = set(places), []
    for start in sorted(places):
        if start not in left:
            continue
        group, edge = [], [start]
        left.discard(start)
        while edge:
            group.append(place := edge.pop())
            fresh = [p for p in near.get(place, ()) if p in left]
            left.difference_update(fresh)
            edge += fresh
        groups.append(sorted(group))
    return groups
