"""What can be said of a run as soon as its inputs are read: that nothing can come of it, or of a part of it."""

from collections import Counter
from collections.abc import Iterator

from winnow.annotation.verifiers.references import REFERENCES
from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.foresight import forms_any, measured_prompts
from winnow.pipelines.guard import Doubt
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.known_texts import known_prompts, unknown_comparisons
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.steps.sequence import (
    annotators_in,
    comparisons_in,
    refinements_in,
    samples_in,
)
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.plurals import agreeing, counted
from winnow.warehouse.staging import Staging


def doubts_of_inputs(settings: CurationSettings, staging: Staging) -> list[Doubt]:
    """Say why the release is bound to be empty, before anything is asked.

    Args:
        settings: The run.
        staging: Holds what was read.
    """
    n_unknown = len(unknown_comparisons(staging))
    if not _compares_any(settings, staging, n_unknown):
        return [Doubt("empty", _nothing_to_compare(settings, n_unknown))]
    if not _is_labelled(settings, staging):
        return [
            Doubt(
                "empty",
                "nothing labels the comparisons: the input holds no judgment, and no entry of label can judge; "
                "map a column to the verdicts, or give label a judge",
            )
        ]
    return []


def warnings_of_inputs(settings: CurationSettings, staging: Staging) -> Iterator[str]:
    """Say what is asked for in vain: samples that are all the same, verifiers without what they measure by.

    Args:
        settings: The run.
        staging: Holds what was read.
    """
    n_prompts = known_prompts(staging).num_rows
    n_alike: Counter[tuple[str, Sampling]] = Counter()
    for place, entry in samples_in(settings.sequence):
        alike = (entry.model, entry.sampling())
        n_alike[alike] += entry.n  # entries that differ in nothing but n add up
        if (n := n_alike[alike]) > 1 and not entry.temperature:
            told = f"n is {n}" if n == entry.n else f"n adds up to {n} with equal entries before it"
            yield (
                f"{place}: {told} at temperature 0, where a model's answers hardly vary: "
                f"{counted(n_prompts * n, 'request')}, {counted(n_prompts, 'different answer')}; give a temperature, or n: 1"
            )
    for place, labelling in annotators_in(settings.sequence):
        if column := _measured_by(labelling):
            n_measured = len(measured_prompts(staging, column))
            if n_measured < n_prompts:
                yield (
                    f"{place}: {labelling.build().name} measures by {column!r}, which {n_measured:,} of {n_prompts:,} "
                    f"prompts have: the others get no verdict from it; {_way_to(column)}, or leave it out"
                )


def _nothing_to_compare(settings: CurationSettings, n_unknown: int) -> str:
    if not n_unknown:
        return f"no two responses can be compared: {_too_few(settings)}"
    return (
        f"no preference can come of {counted(n_unknown, 'comparison')} that {agreeing(n_unknown, 'names', 'name')} two "
        f"models and {agreeing(n_unknown, 'holds', 'hold')} no text, and nothing else can be compared; `winnow aggregate` "
        "labels such a file and ranks its models without a run, and a run that may be empty publishes labels and standings"
    )


def _compares_any(settings: CurationSettings, staging: Staging, n_unknown: int) -> bool:
    """Whether a step can set two responses side by side that can be looked at, or the input has."""
    sequence = settings.sequence
    if not (formed := comparisons_in(sequence)):
        return staging.n_rows(Comparison) > n_unknown
    sample = [entry for _, entry in samples_in(sequence)]
    n_refined = len(refinements_in(sequence))
    return any(forms_any(staging, compare, sample, n_refined) for compare in formed)


def _too_few(settings: CurationSettings) -> str:
    sequence = settings.sequence
    if not (formed := comparisons_in(sequence)):
        return "no step compares, and the input brought no comparison; add a step compare"
    if all(compare.strategy == "given" for compare in formed):
        return "compare.strategy is given, and the input brought no comparison"
    if scored_by := formed[0].build().scored_by:
        return f"compare.score is {scored_by}, and no prompt has two responses that it can score; sample more, or choose another score"
    n = sum(entry.n for _, entry in samples_in(sequence))
    return f"sample gives {counted(n, 'response')} to each prompt, and no prompt has ready ones that differ; sample more (n: 2), or give ready ones"


def _is_labelled(settings: CurationSettings, staging: Staging) -> bool:
    if settings.has_people or staging.n_rows(Judgment):
        return True
    return any(_can_judge(entry, staging) for _, entry in annotators_in(settings.sequence))


def _measured_by(entry: object) -> str | None:
    """Return the column of prompts that an annotator cannot do without; None where every prompt will do."""
    if isinstance(entry, VerifierSettings):
        return entry.build().column
    return "reference" if isinstance(entry, JudgeSettings) and entry.build().by_reference else None


def _can_judge(entry: object, staging: Staging) -> bool:
    column = _measured_by(entry)
    return column is None or bool(measured_prompts(staging, column))


def _way_to(column: str) -> str:
    """Say how prompts come to have a column, or a key of their metadata."""
    if column == "metadata":
        return "keep the columns that it names (keep)"
    return f"keep {column!r}" if column == REFERENCES else f"map a column to {column!r}"
