"""Which prompts nearly say the same, and how near they are."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.near.candidates import candidates, similarities
from winnow.pipelines.near.shared import MANY, weighed_sets
from winnow.pipelines.near.texts import read_texts


class Neighbours(NamedTuple):
    """Prompts by their text: those of one text are one place, and places are near or not."""

    texts: tuple[str, ...]
    """The distinct texts, in order of the first prompt_id that has them."""

    prompts: tuple[tuple[str, ...], ...]
    """The prompts of each text, by prompt_id, in order."""

    near: Mapping[int, Mapping[int, float]]
    """For each place that has any, the places near to it with their similarity."""

    def places(self) -> dict[str, int]:
        """Return the place of each prompt."""
        return {i: place for place, ids in enumerate(self.prompts) for i in ids}


def near_prompts(
    prompts: pa.Table,
    threshold: float,
    beam: BeamSettings,
    scratch: Path,
    *,
    many: int = MANY,
) -> Neighbours:
    """Find the prompts that nearly say the same.

    Two prompts are near when the Jaccard similarity of their sets of 5-character pieces reaches the threshold; case
    and white space do not count, and neither do system messages. Text that many of these prompts share counts as few
    pieces, the fewer the more share it; see `winnow.pipelines.near.shared`. Sketches find the candidates, the sets themselves
    decide. The order of the rows does not matter.

    Args:
        prompts: The prompts table.
        threshold: Least similarity, above 0, at most 1.
        beam: Where the prompts are read.
        scratch: Folder for the files in between.
        many: Distinct texts from which on what they have in common is shared text.
    """
    return neighbours(read_texts(prompts, beam, scratch), threshold, many=many)


def neighbours(texts: Mapping[str, str], threshold: float, *, many: int = MANY) -> Neighbours:
    """Do what `near_prompts` does on texts by prompt_id."""
    of_text: defaultdict[str, list[str]] = defaultdict(list)
    for prompt_id in sorted(texts):
        of_text[texts[prompt_id]].append(prompt_id)
    sets = weighed_sets(list(of_text), many)
    pairs = candidates(sets, threshold)
    found = similarities(sets, pairs)
    near: defaultdict[int, dict[int, float]] = defaultdict(dict)
    is_near = found >= threshold
    rows = zip(pairs[is_near].tolist(), found[is_near].tolist(), strict=True)
    for (one, other), likeness in rows:
        near[one][other] = near[other][one] = likeness
    return Neighbours(tuple(of_text), tuple(map(tuple, of_text.values())), near)
