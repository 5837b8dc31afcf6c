"""Which comparisons a run will form, worked out before anything is sampled."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import pyarrow.compute as pc

from winnow.annotation.verifiers import VERIFIERS
from winnow.pipelines.known_texts import known_prompts, known_responses, unknown_comparisons
from winnow.pipelines.pairing import Candidate, Strategy
from winnow.pipelines.pairing.contents import content_keys
from winnow.pipelines.pairing.mean_logprobs import mean_logprobs
from winnow.pipelines.steps.compare import CompareSettings, why_rejected
from winnow.pipelines.steps.sample import SampleSettings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging

_Ids = frozenset[str]


class Foreseen(NamedTuple):
    """What the stage "compare" will give."""

    n_comparisons: int
    """Comparisons; a group is one, and those of which nobody knows the texts are among them."""

    n_pairs: int
    """Comparisons of two, those that groups consist of included: what a judge of pairs is asked about."""

    n_rankings: int
    """Groups, and pairs that are in none: what a judge that ranks is asked about."""

    n_responses: int
    """Responses that stand in a comparison: what a judge of one response is asked about."""

    is_exact: bool
    """Whether it will be just so; otherwise at most, since responses that are sampled may be empty or alike."""


def foresee(
    staging: Staging, settings: CompareSettings, sample: Sequence[SampleSettings], n_more: int = 0
) -> Foreseen:
    """Count the comparisons that a run will form, each sampled response taken for another one.

    Args:
        staging: Holds what was read: prompts, ready responses and ready comparisons.
        settings: How comparisons are formed.
        sample: What will be sampled.
        n_more: Responses to each prompt that come from elsewhere, such as refined ones.
    """
    n_comparisons = len(unknown_comparisons(staging))
    n_pairs = n_rankings = n_responses = 0
    for sets in _by_prompt(staging, settings, n_different(sample) + n_more):
        groups = [ids for ids in sets if len(ids) > 2]
        grouped = {frozenset(two) for ids in groups for two in combinations(ids, 2)}
        pairs = {ids for ids in sets if len(ids) == 2}
        n_comparisons += len(sets)
        n_pairs += len(pairs | grouped)
        n_rankings += len(groups) + len(pairs - grouped)
        n_responses += len(frozenset().union(*sets))
    scored_by = settings.build().scored_by
    is_to_come = bool(sample) or n_more > 0
    is_exact = settings.strategy == "given" or (not is_to_come and scored_by in (None, "logprob"))
    return Foreseen(n_comparisons, n_pairs, n_rankings, n_responses, is_exact)


def forms_any(
    staging: Staging, settings: CompareSettings, sample: Sequence[SampleSettings], n_more: int = 0
) -> bool:
    """Say whether a run can have a single comparison that can be looked at, though a model said other things at temperature 0 each time."""
    n_sampled = sum(entry.n for entry in sample) + n_more
    return any(_by_prompt(staging, settings, n_sampled))


def n_different(sample: Sequence[SampleSettings]) -> int:
    """Count the responses to a prompt that can differ: at temperature 0 those of one prompt hardly vary and count as one."""
    different: dict[SampleSettings, int] = defaultdict(int)
    for entry in sample:
        alike = entry.model_copy(update={"n": 1})
        different[alike] = different[alike] + entry.n if entry.temperature else 1
    return sum(different.values())


def measured_prompts(staging: Staging, column: str) -> set[str]:
    """Return the prompts that have something in a column, such as a reference."""
    table = staging.read(Prompt)
    said = pc.fill_null(pc.utf8_trim_whitespace(table[column]), "")
    found: list[str] = table.filter(pc.not_equal(said, ""))["prompt_id"].to_pylist()
    return set(found)


def _scored(staging: Staging, scored_by: str | None) -> set[str] | None:
    """Return the prompts whose responses a verifier can score; None for all."""
    verifier = VERIFIERS.get(scored_by) if scored_by else None
    column = verifier.reads if verifier else None
    return measured_prompts(staging, column) if column else None


def _by_prompt(staging: Staging, settings: CompareSettings, n_sampled: int) -> Iterator[set[_Ids]]:
    """Yield for each prompt the responses that are compared and can be looked at, ready comparisons included."""
    strategy = settings.build()
    ready = _ready(staging)
    candidates = _candidates(staging, strategy)
    to_come = [Candidate(f"sampled {i}", f"sampled {i}", float(i)) for i in range(n_sampled)]
    scored = _scored(staging, strategy.scored_by)
    for prompt_id in known_prompts(staging)["prompt_id"].to_pylist():
        known = ready[prompt_id]
        together = candidates[prompt_id] + to_come
        if scored is not None and prompt_id not in scored:
            together = [candidate._replace(score=None) for candidate in together]
        formed = {
            frozenset(c.response_id for c in ones): ones
            for ones in strategy.form(together)
            if not why_rejected(ones)
        }
        new = [ids for ids in formed if ids not in known]
        yield known | set(new[: settings.max_per_prompt])


def _ready(staging: Staging) -> dict[str, set[_Ids]]:
    ready: dict[str, set[_Ids]] = defaultdict(set)
    rows = staging.read(Comparison).select(["comparison_id", "prompt_id", "response_ids"])
    unknown = unknown_comparisons(staging)
    for i, prompt_id, ids in zip(*(c.to_pylist() for c in rows.columns), strict=True):
        if i not in unknown:
            ready[prompt_id].add(frozenset(ids))
    return ready


def _candidates(staging: Staging, strategy: Strategy) -> dict[str, list[Candidate]]:
    """Return the ready responses; a verifier's score, which costs time, is taken to differ from each other."""
    table = known_responses(staging).sort_by("response_id")
    contents = content_keys(table)
    columns = (table[c].to_pylist() for c in ("prompt_id", "response_id"))
    means = mean_logprobs(table)
    found: dict[str, list[Candidate]] = defaultdict(list)
    for i, (prompt_id, response_id) in enumerate(zip(*columns, strict=True)):
        score: float | None = -1.0 - i
        if strategy.scored_by == "logprob":
            score = means.get(response_id)
        found[prompt_id].append(Candidate(response_id, contents[response_id], score))
    return found
