"""Whether gold makes labels worse: the grid of amounts and kinds of gold over sets and families, beside two bounds."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from bench._families import FAMILIES, draw
from bench._gold_grid import AMOUNTS, KINDS, PEERS, Cell, Figures, cells

MOST_AURC, MOST_ACC2 = 0.003, 0.005
"""How much AURC may be above that without gold, and acc2 below the best of the peers."""
MARKS = {"no gold": "n", "naive Bayes": "b", "best judge": "j"}


class Row(NamedTuple):
    """Means over the draws of one amount and kind of gold."""

    title: str
    kind: str
    n_gold: int
    aurc: float
    more_aurc: float
    """Above that without gold."""

    acc2: float
    less_acc2: float
    """Below the best of the peers."""

    best: str
    """That peer."""

    @property
    def holds(self) -> tuple[bool, bool]:
        """Whether AURC and acc2 are within their bounds."""
        return self.more_aurc <= MOST_AURC, self.less_acc2 <= MOST_ACC2


def rows(title: str, found: Iterable[Cell]) -> list[Row]:
    """Take the mean over all cells of one amount and kind of gold."""
    every = list(found)
    return [
        _row(title, kind, n, [one for one in every if (one.kind, one.n_gold) == (kind, n)])
        for kind in KINDS
        for n in AMOUNTS
    ]


def _row(title: str, kind: str, n_gold: int, found: list[Cell]) -> Row:
    ours = _mean([one.ours for one in found])
    peers = {name: _mean([one.peers[name] for one in found]) for name in PEERS}
    best = max(peers, key=lambda name: peers[name].acc2)
    more = ours.aurc - peers["no gold"].aurc
    return Row(title, kind, n_gold, ours.aurc, more, ours.acc2, peers[best].acc2 - ours.acc2, best)


def _mean(figures: list[Figures]) -> Figures:
    return Figures(*np.mean(figures, axis=0).tolist())


def _of_draw(job: tuple[str, int]) -> list[Cell]:
    name, number = job
    drawn = draw(name, number)
    return list(cells(drawn.judgments, drawn.truth, range(number, number + 1)))


def of_families(n_sets: int) -> Iterable[list[Row]]:
    """Yield the rows of one family after another."""
    # Forked after numpy has started threads, a process may wait for ever.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for name in FAMILIES:
            found = pool.map(_of_draw, [(name, number) for number in range(n_sets)])
            yield rows(name, [cell for one in found for cell in one])


def print_head() -> None:
    """Print what the lines of `print_rows` hold."""
    peers = ", ".join(f"{MARKS[name]} {name}" for name in PEERS)
    print(
        "\nby amount of gold: AURC and how far above no gold, acc2 and how far above the best of "
        f"{peers}; ! out of bounds"
    )
    print(f"{'set':18}{'gold':11}" + "".join(f"{n:>15}{'':13}" for n in AMOUNTS))


def print_rows(found: list[Row]) -> None:
    """Print one line a kind of gold."""
    for kind in KINDS:
        chosen = [row for row in found if row.kind == kind]
        print(f"{chosen[0].title:18}{kind:11}" + "".join(map(_figures, chosen)), flush=True)


def _figures(row: Row) -> str:
    ranks, hits = ("" if holds else "!" for holds in row.holds)
    aurc = f"{row.aurc:.3f}{row.more_aurc:+.3f}{ranks:1}"
    return f"  {aurc} {row.acc2:.3f}{-row.less_acc2:+.3f}{hits:1}{MARKS[row.best]}".ljust(28)


def print_verdict(found: list[Row]) -> None:
    """Print in how many cells the bounds hold, and where they fail most."""
    ranks, hits = (sum(row.holds[k] for row in found) for k in range(2))
    worst = max(found, key=lambda row: row.more_aurc)
    least = max(found, key=lambda row: row.less_acc2)
    print(
        f"\nAURC at most {MOST_AURC} above that without gold: in {ranks} of {len(found)} cells; "
        f"worst {worst.more_aurc:+.3f}, {worst.title} with {worst.n_gold} {worst.kind}"
    )
    print(
        f"acc2 at most {MOST_ACC2} below the best of {', '.join(PEERS)}: in {hits} of {len(found)} cells; "
        f"worst {-least.less_acc2:+.3f}, {least.title} with {least.n_gold} {least.kind}"
    )
    print(f"bounds {'hold' if ranks + hits == 2 * len(found) else 'do not hold'} everywhere")
