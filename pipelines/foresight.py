"""Which comparisons a run can form, worked out before anything is sampled or scored."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.verifiers import VERIFIERS
from winnow.annotation.verifiers.references import REFERENCES, references_of
from winnow.pipelines.known_texts import known_prompts, known_responses, unknown_comparisons
from winnow.pipelines.pairing import Candidate, Strategy
from winnow.pipelines.pairing.contents import content_keys
from winnow.pipelines.pairing.mean_logprobs import mean_logprobs
from winnow.pipelines.steps.compare import CompareSettings, why_rejected
from winnow.pipelines.steps.sample import SampleSettings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging


def forms_any(
    staging: Staging, settings: CompareSettings, sample: Sequence[SampleSettings], n_more: int = 0
) -> bool:
    """Say whether a run can have a single comparison that can be looked at, though a model said other things at temperature 0 each time.

    Args:
        staging: Holds what was read: prompts, ready responses and ready comparisons.
        settings: How comparisons are formed.
        sample: What will be sampled.
        n_more: Responses to each prompt that come from elsewhere, such as refined ones.
    """
    if staging.n_rows(Comparison) > len(unknown_comparisons(staging)):
        return True
    n_sampled = sum(entry.n for entry in sample) + n_more
    to_come = [Candidate(f"sampled {i}", f"sampled {i}", float(i)) for i in range(n_sampled)]
    return any(ones for _, ones in _by_prompt(staging, settings, to_come))


def form_unscored(
    staging: Staging, settings: CompareSettings, chosen: pa.Array | None = None
) -> list[Comparison]:
    """Form the comparisons that there will be if the score of each response differs from that of each other.

    Args:
        staging: Holds prompts, responses and comparisons, which are not formed again.
        settings: How comparisons are formed.
        chosen: Ids of the responses that are set side by side; None for all.
    """
    known = set(staging.read(Comparison)["comparison_id"].to_pylist())
    formed = []
    for prompt_id, sets in _by_prompt(staging, settings, (), chosen):
        new = [
            one
            for ids in sets
            if (
                one := Comparison(prompt_id=prompt_id, response_ids=ids, strategy=settings.strategy)
            ).comparison_id
            not in known
        ]
        formed += new[: settings.max_per_prompt]
    return formed


def measured_prompts(staging: Staging, column: str) -> set[str]:
    """Return the prompts that have something in a column, such as a reference; "references" are those of the metadata as well."""
    table = staging.read(Prompt)
    if column == REFERENCES:
        further = pc.fill_null(pc.match_substring(table["metadata"], f'"{REFERENCES}"'), False)
        prompts = Prompt.from_table(table.filter(further))
        known = {prompt.prompt_id for prompt in prompts if references_of(prompt)}
        return known | measured_prompts(staging, "reference")
    if pa.types.is_list(table.schema.field(column).type):
        is_said = pc.greater(pc.fill_null(pc.list_value_length(table[column]), 0), 0)
    else:
        is_said = pc.not_equal(pc.fill_null(pc.utf8_trim_whitespace(table[column]), ""), "")
    found: list[str] = table.filter(is_said)["prompt_id"].to_pylist()
    return set(found)


def _scored(staging: Staging, scored_by: str | None) -> set[str] | None:
    """Return the prompts whose responses a verifier can score; None for all."""
    verifier = VERIFIERS.get(scored_by) if scored_by else None
    column = verifier.reads if verifier else None
    return measured_prompts(staging, column) if column else None


def _by_prompt(
    staging: Staging,
    settings: CompareSettings,
    to_come: Sequence[Candidate],
    chosen: pa.Array | None = None,
) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield for each prompt the responses that are set side by side."""
    strategy = settings.build()
    candidates = _candidates(staging, strategy, chosen)
    scored = _scored(staging, strategy.scored_by)
    for prompt_id in known_prompts(staging)["prompt_id"].to_pylist():
        together = [*candidates[prompt_id], *to_come]
        if scored is not None and prompt_id not in scored:
            together = [candidate._replace(score=None) for candidate in together]
        sets = (ones for ones in strategy.form(together) if not why_rejected(ones))
        yield prompt_id, [tuple(one.response_id for one in ones) for ones in sets]


def _candidates(
    staging: Staging, strategy: Strategy, chosen: pa.Array | None
) -> dict[str, list[Candidate]]:
    """Return the ready responses; a verifier's score, which costs time, is taken to differ from each other."""
    table = known_responses(staging).sort_by("response_id")
    if chosen is not None:
        table = table.filter(pc.is_in(table["response_id"], chosen))
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
