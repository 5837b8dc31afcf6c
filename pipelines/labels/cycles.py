"""Cycles among the labels of a prompt: found once the labels are there, for filters and reports to use."""

from collections import defaultdict
from collections.abc import Iterable
from math import log
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.cycles import Beats, CycleOfWins, untangle
from winnow.schemas.comparisons import Comparison
from winnow.schemas.cycles import Cycle
from winnow.schemas.labels import Label
from winnow.warehouse.staging import Staging

_DECIDED = """
select prompt_id, comparison_id, response_ids, p_a, p_b
from labels inner join comparisons using (comparison_id)
where len(response_ids) = 2 and p_a <> p_b and p_tie < greatest(p_a, p_b)
qualify count(*) over (partition by prompt_id) >= 3
order by prompt_id, comparison_id
"""
_SMALLEST = 1e-9
"""Added to probabilities, so that the evidence of a certain label is large and finite."""

_SHORT_ID = 12


class CycleLink(NamedTuple):
    """A comparison's place in a cycle."""

    surplus: float
    """Evidence, in nats, that it has beyond that of the cycle's weakest comparison; 0 for that one itself."""

    cycle: Cycle
    """The cycle."""

    def __str__(self) -> str:
        ids = [i[:_SHORT_ID] for i in self.cycle.response_ids]
        least = self.cycle.evidence[0]
        evidence = f"evidence {least + self.surplus:.2f} nats"
        evidence += f", the least being {least:.2f}," if self.surplus else ", the least"
        return f"{evidence} in the cycle {' > '.join([*ids, ids[0]])}"


def cycle_links(cycles: Iterable[Cycle]) -> dict[str, tuple[CycleLink, ...]]:
    """Return by comparison_id its places in cycles; comparisons that are in none are left out."""
    links: dict[str, tuple[CycleLink, ...]] = defaultdict(tuple)
    for cycle in cycles:
        for comparison_id, evidence in zip(cycle.comparison_ids, cycle.evidence, strict=True):
            links[comparison_id] += (CycleLink(evidence - cycle.evidence[0], cycle),)
    return links


def stage_cycles(staging: Staging, run_id: str) -> None:
    """Find where the staged labels of one prompt say that x beats y, y beats z, and z beats x.

    A label that is likeliest a tie, or undecided, beats nobody.

    Args:
        staging: Holds comparisons and labels; gets one cycle for each link that has to go.
        run_id: The run whose labels they are.
    """
    with duckdb.connect() as con:
        con.register("labels", staging.read(Label, ("comparison_id", "p_a", "p_b", "p_tie")))
        con.register("comparisons", _of_three(staging))
        decided = con.execute(_DECIDED).to_arrow_table()
    rows = zip(*(column.to_pylist() for column in _in_circles(decided).columns), strict=True)
    of_prompt: dict[str, list[Beats]] = defaultdict(list)
    for prompt_id, comparison_id, (a, b), p_a, p_b in rows:
        evidence = log((p_a + _SMALLEST) / (p_b + _SMALLEST))
        winner, loser = (a, b) if evidence > 0 else (b, a)
        of_prompt[prompt_id].append(Beats(comparison_id, winner, loser, abs(evidence)))
    cycles = [
        _to_record(cycle, prompt_id, run_id)
        for prompt_id, links in of_prompt.items()
        for cycle in untangle(links).cycles
    ]
    cycles.sort(key=lambda cycle: cycle.comparison_id)
    staging.write(Cycle, cycles)


def _of_three(staging: Staging) -> pa.Table:
    """Read the comparisons of prompts that have three or more: fewer make no circle."""
    compared = staging.read(Comparison, ("comparison_id", "prompt_id", "response_ids"))
    prompt = np.asarray(compared["prompt_id"].combine_chunks().dictionary_encode().indices)
    is_among = np.bincount(prompt)[prompt] >= 3 if len(prompt) else np.zeros(0, bool)
    return compared.filter(pa.array(is_among))


def _in_circles(decided: pa.Table) -> pa.Table:
    """Return the labels of the prompts whose labels run in some circle; of a million, hardly any prompt is left.

    Who beats nobody, or is beaten by nobody, stands in no circle, and neither do its labels; what is left when nobody
    like that is left is all in circles or between them.
    """
    ids = decided["response_ids"].combine_chunks()
    one, other = pc.list_element(ids, 0), pc.list_element(ids, 1)
    both = pa.concat_arrays([one, other]).dictionary_encode()
    a, b = np.split(np.asarray(both.indices), 2)
    # Where a response stands under several prompts more is left than need be, and nothing too little.
    is_a = np.asarray(decided["p_a"]) > np.asarray(decided["p_b"])
    winner, loser = np.where(is_a, a, b), np.where(is_a, b, a)
    left, n_before = np.arange(len(decided)), -1
    while len(left) != n_before:
        n_before = len(left)
        n_won = np.bincount(winner[left], minlength=len(both.dictionary))
        n_lost = np.bincount(loser[left], minlength=len(both.dictionary))
        left = left[(n_won[loser[left]] > 0) & (n_lost[winner[left]] > 0)]
    prompts = decided["prompt_id"].take(pa.array(left)).unique()
    return decided.filter(pc.is_in(decided["prompt_id"], value_set=prompts))


def _to_record(cycle: CycleOfWins, prompt_id: str, run_id: str) -> Cycle:
    return Cycle(
        run_id=run_id,
        comparison_id=cycle.broken_at.comparison_id,
        prompt_id=prompt_id,
        response_ids=cycle.responses,
        comparison_ids=tuple(link.comparison_id for link in cycle.links),
        evidence=tuple(link.evidence for link in cycle.links),
    )
