"""Of prompts that nearly say the same, the ones that are kept."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.near.neighbours import Neighbours
from winnow.pipelines.near.texts import similarity

_PAIRS = 1_000


class NearTo(NamedTuple):
    """The kept prompt that another one is near to."""

    prompt_id: str
    """The kept one; where several are near, the nearest."""

    likeness: float
    """Similarity that was measured, 0 to 1, with what many prompts share weighing less."""

    plain: float
    """The same with all text weighing alike."""


def repeats(found: Neighbours, first: pa.Array) -> dict[str, NearTo]:
    """Return the prompts that repeat a kept one, each with that.

    What is kept is a largest set that cannot grow: no two kept prompts are near, and each of the others is near to a
    kept one, itself and not through others between them.

    Args:
        found: Who is near to whom.
        first: Prompts that are kept before others.

    Returns:
        For each prompt_id that is not kept, what it repeats.
    """
    is_preferred = np.zeros(len(found.texts), bool)
    is_preferred[found.place[np.asarray(pc.is_in(found.prompt_id, value_set=first), bool)]] = True
    shared = np.flatnonzero(found.n_prompts > 1).tolist()
    order = sorted({*found.near, *shared}, key=lambda place: (not is_preferred[place], place))
    known = set(first.to_pylist())
    kept: dict[int, str] = {}
    repeated: dict[str, NearTo] = {}
    nearest_of: dict[int, int] = {}
    for place in order:
        near = {p: likeness for p, likeness in found.near.get(place, {}).items() if p in kept}
        ids = found.ids(place)
        if near:
            nearest_of[place] = min(near, key=lambda p: (-near[p], p))
            continue
        kept[place] = min(ids, key=lambda i: (i not in known, i))
        twins = (i for i in ids if i != kept[place])
        repeated |= dict.fromkeys(twins, NearTo(kept[place], 1.0, 1.0))
    for place, nearest, plain in _plain(found, nearest_of):
        said = NearTo(kept[nearest], found.near[place][nearest], plain)
        repeated |= dict.fromkeys(found.ids(place), said)
    return repeated


def _plain(found: Neighbours, nearest_of: Mapping[int, int]) -> Iterator[tuple[int, int, float]]:
    """Yield places with their nearest ones, and how near the texts are with all text weighing alike."""
    pairs = list(nearest_of.items())
    for first in range(0, len(pairs), _PAIRS):
        some = pairs[first : first + _PAIRS]
        texts = found.texts.some(np.array(some).ravel()).to_pylist()
        for (place, nearest), one, other in zip(some, texts[::2], texts[1::2], strict=True):
            yield place, nearest, similarity(one, other)
