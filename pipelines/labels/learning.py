"""Weights of attributes learned from the staged gold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.learned_weights import LearnedWeights, learn_weights
from winnow.annotation.aggregation.votes import Floats
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.warehouse.staging import Staging


class JudgedComparisons(NamedTuple):
    """What some judgments are about, one entry a judgment."""

    comparisons: list[str]
    """The comparisons."""

    prompts: list[str]
    """Their prompts."""

    sign: Floats
    """+1 where gold names a, -1 where it names b, NaN where it names none or contradicts itself; shape (n_judgments,)."""


def about(staging: Staging, judgment_ids: pa.Array) -> JudgedComparisons:
    """Look up what judgments of two responses are about, and what gold says of it.

    Args:
        staging: Holds judgments, comparisons and gold.
        judgment_ids: The judgments.
    """
    said = staging.read(Judgment, ("judgment_id", "comparison_id"))
    comparisons = _looked_up(judgment_ids, said, "judgment_id", "comparison_id")
    pairs = staging.read(Comparison, ("comparison_id", "prompt_id"))
    prompts = _looked_up(comparisons, pairs, "comparison_id", "prompt_id")
    verdicts: dict[str, set[str]] = {}
    for one in Gold.from_table(staging.read(Gold)):
        verdicts.setdefault(one.comparison_id, set()).add(one.verdict)
    signs = {i: {"a": 1.0, "b": -1.0}.get(min(v)) for i, v in verdicts.items() if len(v) == 1}
    ids = comparisons.to_pylist()
    return JudgedComparisons(
        ids, prompts.to_pylist(), np.array([signs.get(i) or np.nan for i in ids], float)
    )


def learn_from_gold(
    difference: Floats, said: JudgedComparisons, attributes: Sequence[str]
) -> LearnedWeights:
    """Learn weights from the comparisons that gold decides; of several judgments of one, the mean difference counts.

    Args:
        difference: Shape (n_judgments, n_attributes), ratings of a minus those of b; NaN where there is none.
        said: What the judgments are about.
        attributes: What is rated.

    Raises:
        InvalidSettings: There is too little gold.
    """
    known = ~np.isnan(said.sign) & ~np.isnan(difference).any(axis=1)
    ids, first, index = np.unique(
        np.asarray(said.comparisons)[known], return_index=True, return_inverse=True
    )
    sums = np.zeros((len(ids), difference.shape[1]))
    np.add.at(sums, index, difference[known])
    mean = sums / np.bincount(index, minlength=len(ids))[:, None] if len(ids) else sums
    prompts = np.asarray(said.prompts)[known][first].tolist()
    return learn_weights(mean, said.sign[known][first], prompts, attributes)


def _looked_up(ids: pa.Array, table: pa.Table, key: str, value: str) -> pa.Array:
    place = pc.index_in(ids, value_set=table[key].combine_chunks())
    return table[value].combine_chunks().take(place)
