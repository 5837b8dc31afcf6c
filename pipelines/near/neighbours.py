"""Which prompts nearly say the same, and how near they are."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from winnow.pipelines.near.batches import Texts
from winnow.pipelines.near.candidates import candidates, similarities
from winnow.pipelines.near.pieces import Ints
from winnow.pipelines.near.shared import MANY
from winnow.pipelines.near.sketches import bands_for, sketched


@dataclass(frozen=True)
class Neighbours:
    """Prompts by their text: those of one text are one place, and places are near or not."""

    texts: Texts
    """The distinct texts, in order of the first prompt_id that has them."""

    prompt_id: pa.Array
    """The prompts, ascending; shape (n,)."""

    place: Ints
    """Place of each prompt; shape (n,)."""

    near: Mapping[int, Mapping[int, float]]
    """For each place that has any, the places near to it with their similarity."""

    def ids(self, place: int) -> list[str]:
        """Return the prompts of a place, by prompt_id."""
        order, starts = self._by_place
        found: list[str] = self.prompt_id.take(
            pa.array(order[starts[place] : starts[place + 1]])
        ).to_pylist()
        return found

    @cached_property
    def first(self) -> Ints:
        """Row of the first prompt of each place; shape (n_places,)."""
        order, starts = self._by_place
        return order[starts[:-1]]

    @cached_property
    def n_prompts(self) -> Ints:
        """How many prompts each place has; shape (n_places,)."""
        return np.diff(self._by_place[1])

    @cached_property
    def _by_place(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.place, kind="stable")
        return order, np.searchsorted(self.place[order], np.arange(len(self.texts) + 1))


def neighbours(texts: pa.Table, threshold: float, *, many: int = MANY) -> Neighbours:
    """Find the prompts that nearly say the same.

    Two prompts are near when the Jaccard similarity of their sets of 5-character pieces reaches the threshold; case
    and white space do not count, and neither do system messages. Text that many of these prompts share counts as few
    pieces, the fewer the more share it; see `winnow.pipelines.near.shared`. Sketches find the candidates, the sets themselves
    decide.

    Args:
        texts: prompt_id and text of the prompts, as `read_texts` gives them.
        threshold: Least similarity, above 0, at most 1.
        many: Distinct texts from which on what they have in common is shared text.
    """
    prompt_id = texts["prompt_id"].combine_chunks()
    encoded = texts["text"].combine_chunks().dictionary_encode()
    del texts  # the largest thing held, and here once more
    distinct = Texts(encoded.dictionary)
    sketches, known = sketched(distinct, bands_for(threshold), many)
    pairs = candidates(sketches)
    likeness = similarities(distinct, known, pairs)
    near: defaultdict[int, dict[int, float]] = defaultdict(dict)
    is_near = likeness >= threshold
    rows = zip(pairs[is_near].tolist(), likeness[is_near].tolist(), strict=True)
    for (one, other), found in rows:
        near[one][other] = near[other][one] = found
    place = np.asarray(encoded.indices, np.int64)
    return Neighbours(distinct, prompt_id, place, near)
