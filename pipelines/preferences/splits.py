"""Which split each prompt goes to, so that none ever moves and nothing near stands on two sides."""

from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.near import Neighbours, near_prompts
from winnow.pipelines.near.texts import shown
from winnow.schemas.preferences import Split
from winnow.schemas.prompts import Prompt
from winnow.schemas.splits import split_of

MANY = 20
"""Prompts from which on what they share weighs less; fewer that share a template or a document stay on one side."""


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

    splits: dict[str, Split]
    """Split by prompt_id."""

    left_out: dict[str, str]
    """Prompts that are near to prompts of two splits, with which and how near, in words."""

    groups: dict[str, str]
    """For each placed prompt_id, the first one of its split that it is near to, itself or through others."""


def place_prompts(
    prompts: pa.Table,
    published: PublishedPrompts,
    shares: Mapping[Split, float],
    threshold: float,
    beam: BeamSettings,
    scratch: Path,
) -> Placement:
    """Assign each prompt of a run to its split.

    A prompt that was published before keeps its split, whatever the shares say now. A newcomer that is near to such
    prompts joins them; where those stand in two splits it is left out. Newcomers that are near to each other, and to
    none of them, go together where the first id of them goes. The order of the rows does not matter.

    Args:
        prompts: Rows of the prompts table.
        published: What earlier releases hold.
        shares: Share of the newcomers by split.
        threshold: Similarity from which on two prompts are near.
        beam: Where the prompts are read.
        scratch: Folder for the files in between.
    """
    wanted = prompts["prompt_id"].to_pylist()
    newcomers = {i for i in wanted if i not in published.splits}
    rows = prompts.filter(pc.is_in(prompts["prompt_id"], pa.array(newcomers, pa.string())))
    both = pa.concat_tables([rows, published.prompts])
    found = near_prompts(both, threshold, beam, scratch, many=MANY)
    return place_texts(found, published.splits, shares, wanted)


def place_texts(
    found: Neighbours,
    known: Mapping[str, Split],
    shares: Mapping[Split, float],
    wanted: Iterable[str],
) -> Placement:
    """Do what `place_prompts` does on prompts of which it is known who is near to whom.

    Args:
        found: Who is near to whom, published prompts and newcomers together.
        known: Split of each published prompt_id.
        shares: Share of the newcomers by split.
        wanted: The prompts of the run.
    """
    return _Placing(found, known, shares).place(wanted)


class _Placing:
    """Places that hold a published prompt are fixed; the others are free and get their split one by one."""

    def __init__(
        self, found: Neighbours, known: Mapping[str, Split], shares: Mapping[Split, float]
    ) -> None:
        self._found, self._known, self._shares = found, known, shares
        self._fixed = {
            place for place, ids in enumerate(found.prompts) if any(i in known for i in ids)
        }
        self._free: dict[int, Split] = {}
        self._left_out: dict[int, str] = {}

    def place(self, wanted: Iterable[str]) -> Placement:
        free = set(range(len(self._found.prompts))) - self._fixed
        for group in _groups(free, self._found.near):
            self._place_group(group)
        splits, left_out = {i: self._known[i] for i in wanted if i in self._known}, {}
        for place, ids in enumerate(self._found.prompts):
            split, reason = self._outcome(place)
            for newcomer in (i for i in ids if i not in self._known):
                if reason:
                    left_out[newcomer] = reason
                else:
                    splits[newcomer] = split
        return Placement(splits, left_out, self._together(splits))

    def _together(self, splits: Mapping[str, Split]) -> dict[str, str]:
        everything = {**self._known, **splits}
        groups: dict[str, str] = {}
        for split in set(everything.values()):
            ids = {
                place: [i for i in ids if everything.get(i) == split]
                for place, ids in enumerate(self._found.prompts)
            }
            inside = {place for place in ids if ids[place]}
            for group in _groups(inside, self._found.near):
                members = [i for place in group for i in ids[place]]
                groups |= dict.fromkeys(splits.keys() & members, min(members))
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
        for group in _groups(places, self._found.near):
            first = min(i for place in group for i in self._found.prompts[place])
            shares = {str(name): share for name, share in self._shares.items()}
            self._free |= dict.fromkeys(group, cast(Split, split_of(first, shares)))

    def _seen(self, place: int) -> dict[Split, tuple[float, str]]:
        """Return the nearest prompt of each split that a place is near to, with its similarity."""
        seen: dict[Split, tuple[float, str]] = {}
        near = {**self._found.near.get(place, {}), place: 1.0}
        for other, likeness in sorted(near.items()):
            for split, prompt_id in self._standing(other):
                if split not in seen or likeness > seen[split][0]:
                    seen[split] = likeness, prompt_id
        return seen

    def _standing(self, place: int) -> Iterable[tuple[Split, str]]:
        ids = self._found.prompts[place]
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
