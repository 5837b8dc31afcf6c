"""Of prompts that nobody was asked about because they repeat others, those that would be kept if their labels passed."""

import numpy as np
import pyarrow as pa

from winnow.pipelines.near.neighbours import Neighbours


def undecided(found: Neighbours, first: pa.Array, aside: pa.Array) -> list[str]:
    """Return the prompts set aside that `repeats` might keep, whatever it says while they have no label.

    Prompts that are kept before others are gone through in their order, and each is kept that is near to none before it.
    So a prompt set aside is out, whatever is said of it, where one that is sure to be kept comes before it and is near.

    Args:
        found: Who is near to whom, prompts set aside among them.
        first: Prompts that are kept before others.
        aside: Prompts that were set aside.
    """
    if not len(aside):
        return []
    are_first, are_aside = set(first.to_pylist()), set(aside.to_pylist())
    several = np.flatnonzero(found.n_prompts > 1).tolist()
    sure: set[int] = set()
    doubtful: set[int] = set()
    might_be_kept: list[str] = []
    for place in sorted({*found.near, *several}):
        near = found.near.get(place, {}).keys()
        if not sure.isdisjoint(near):
            continue
        ids = found.ids(place)
        kept = next((i for i in ids if i in are_first), None)
        # Of prompts of one text the first is kept.
        open_here = [i for i in ids if i in are_aside and (kept is None or i < kept)]
        might_be_kept += open_here
        if kept is not None and doubtful.isdisjoint(near):
            sure.add(place)
        elif kept is not None or open_here:
            doubtful.add(place)
    return might_be_kept
