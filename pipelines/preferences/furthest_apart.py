"""One preference a prompt: the strongest response against the weakest."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Bools, Floats
from winnow.pipelines.filters import Cases


class Sides(NamedTuple):
    """The two responses of each comparison; response_ids, shape (n,)."""

    a: pa.Array
    b: pa.Array


def furthest_apart(cases: Cases, sides: Sides, strengths: pa.Table) -> Bools:
    """Choose for each prompt the kept label whose responses are furthest apart.

    That is the strongest response against the weakest, where the two were compared and their label was kept; else
    the pair that comes nearest to it, since a preference rests on judgments of its own two responses. Decided labels
    come before ties; where no strengths are known, as of two responses, and between equals, the margin decides.

    Args:
        cases: Kept labels of pairs.
        sides: Their responses.
        strengths: response_id and strength, as in the table `strengths`.

    Returns:
        Which are chosen, one a prompt; shape (n_cases,).
    """
    prompt = np.asarray(cases.prompt_id.dictionary_encode().indices, np.int64)
    margin, is_decided = np.abs(cases.p_a - cases.p_b), cases.verdict != "tie"
    # Cases are in order of their ids, which decide where all else is equal.
    order = np.lexsort((np.arange(len(cases)), margin, _leads(cases, sides, strengths), is_decided, prompt))  # fmt: skip
    is_last = np.ones(len(cases), bool)
    is_last[:-1] = prompt[order][1:] != prompt[order][:-1]
    is_chosen = np.zeros(len(cases), bool)
    is_chosen[order[is_last]] = True
    return is_chosen


def _leads(cases: Cases, sides: Sides, strengths: pa.Table) -> Floats:
    """Return by how much the likelier response is the stronger one, in nats."""
    a, b = (_strength(ids, strengths) for ids in sides)
    return np.where(cases.p_a >= cases.p_b, a - b, b - a)


def _strength(ids: pa.Array, strengths: pa.Table) -> Floats:
    place = pc.index_in(ids, value_set=strengths["response_id"].combine_chunks())
    return np.asarray(strengths["strength"].take(place).fill_null(0.0), np.float64)
