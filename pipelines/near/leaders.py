"""Of prompts that nearly say the same, the ones that are kept."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.near.candidates import similarities
from winnow.pipelines.near.neighbours import Neighbours
from winnow.pipelines.near.shared import NOTHING_SHARED


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
    pairs = np.array([*nearest_of.items()], np.int64).reshape(-1, 2)
    plain = similarities(found.texts, NOTHING_SHARED, pairs)
    for (place, nearest), alike in zip(pairs.tolist(), plain.tolist(), strict=True):
        said = NearTo(kept[nearest], found.near[place][nearest], alike)
        repeated |= dict.fromkeys(found.ids(place), said)
    return repeated
