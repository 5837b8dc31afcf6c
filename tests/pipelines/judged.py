"""A run whose comparisons are judged: two verifiers that agree and a judge that names the place."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from tests.pipelines.toy import answer, ask, compare_two, judge_one, stage
from winnow.pipelines.preferences.splits import NOTHING, PublishedPrompts
from winnow.pipelines.recomputing import recompute
from winnow.pipelines.steps import AggregateStep, AssembleStep, KeepStep
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.assemble import AssembleSettings, assemble
from winnow.pipelines.steps.keep import FilterSettings, keep
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

FILTERS = tuple(FilterSettings.model_validate(f) for f in ("order_consistent", {"margin": 0.1}))


def judged_run(root: Path, n_prompts: int) -> Staging:
    """Stage prompts with one comparison each, everything up to the judgments."""
    records: list[Prompt | Response | Comparison | Judgment] = []
    for i in range(n_prompts):
        prompt = ask(f"Question {i}: what comes after {i}?")
        one, other = answer(prompt, f"{i + 1}"), answer(prompt, "I do not know")
        comparison = compare_two(one, other)
        better = "a" if comparison.response_ids[0] == one.response_id else "b"
        places = (("ab", "a"), ("ba", "b"))
        records += [prompt, one, other, comparison]
        records += [judge_one(comparison, better, name) for name in ("form@1", "overlap@1")]
        records += [judge_one(comparison, v, "tiny", order, "llm") for order, v in places]
    return stage(root, *records)


def compute(staging: Staging, run_id: str, published: PublishedPrompts = NOTHING) -> None:
    """Do in the run's own folder what follows from the judgments."""
    aggregate_judgments(staging, AggregateSettings(), run_id)
    keep(staging, FILTERS, run_id)
    assemble(staging, AssembleSettings(), run_id, release="preferences@1", published=published)


def recompute_from(
    tables: Mapping[type[Record], pa.Table],
    staging: Staging,
    run_id: str,
    release: str,
    published: PublishedPrompts = NOTHING,
) -> list[StageCount]:
    """Do the same from stored tables, with the same settings."""
    return recompute(
        tables,
        staging,
        run_id,
        [AggregateStep(), KeepStep(filters=FILTERS), AssembleStep()],
        release=release,
        published=published,
    )
