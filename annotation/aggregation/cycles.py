"""Preferences that run in a circle: found, reported, and broken at their weakest link."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple


class Beats(NamedTuple):
    """One response beats another."""

    comparison_id: str
    """Comparison that says so."""

    winner: str
    """Response that is better."""

    loser: str
    """Response that is worse."""

    evidence: float
    """How strongly, such as log-odds in nats; more is stronger."""


class CycleOfWins(NamedTuple):
    """Responses that beat each other round in a circle."""

    links: tuple[Beats, ...]
    """The loser of each is the winner of the next, the loser of the last the winner of the first."""

    @property
    def responses(self) -> tuple[str, ...]:
        """In order: each beats the next, the last the first."""
        return tuple(link.winner for link in self.links)

    @property
    def broken_at(self) -> Beats:
        """The link with least evidence, which is given up: the first."""
        return self.links[0]


class Untangled(NamedTuple):
    """Preferences without a circle, and what had to go."""

    kept: tuple[Beats, ...]
    """Links that contradict no stronger ones, strongest first."""

    cycles: tuple[CycleOfWins, ...]
    """One for each link given up, strongest link first."""


def untangle(links: Iterable[Beats]) -> Untangled:
    """Keep the strongest preferences of one prompt that do not run in a circle.

    Links are taken strongest first, and one that would close a circle with those already taken is given up: of every
    circle at least the weakest link goes, and no link goes without a circle of links at least as strong. Links of
    equal evidence are taken in the order of their comparison ids.

    Args:
        links: Decided comparisons of the responses to one prompt; a tie is no link.

    Source: Tideman 1987, Social Choice and Welfare 4(3), 185-206 (ranked pairs).
    """
    beaten: dict[str, list[Beats]] = defaultdict(list)
    kept, cycles = [], []
    for link in sorted(links, key=lambda link: (-link.evidence, link.comparison_id)):
        way = _way(beaten, link.loser, link.winner)
        if way:
            cycles.append(CycleOfWins((link, *way)))
            continue
        beaten[link.winner].append(link)
        kept.append(link)
    return Untangled(tuple(kept), tuple(cycles))


def _way(beaten: dict[str, list[Beats]], start: str, goal: str) -> list[Beats]:
    """Return the shortest way from start to goal along links already taken; empty where there is none."""
    came_by: dict[str, Beats | None] = {start: None}
    queue = [start]
    for here in queue:
        if here == goal:
            return _trace(came_by, goal)
        for link in beaten.get(here, ()):
            if link.loser not in came_by:
                came_by[link.loser] = link
                queue.append(link.loser)
    return []


def _trace(came_by: dict[str, Beats | None], goal: str) -> list[Beats]:
    way: list[Beats] = []
    while link := came_by[way[-1].winner if way else goal]:
        way.append(link)
    return way[::-1]
