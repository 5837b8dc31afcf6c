"""Criteria derived from exchanged labels, and what judges find by them: what the writer would say whatever the label."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb

from winnow.annotation.rubrics.comparing import share_said
from winnow.annotation.rubrics.proving.controls import FlippedRubric
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.rubrics.asking_to_prove import Proving, asked_to_prove
from winnow.pipelines.rubrics.deriving import DeriverAtWork, DeriveSettings, DraftFolder, draw
from winnow.pipelines.rubrics.gathering import gather
from winnow.pipelines.rubrics.holding_out import Division
from winnow.pipelines.rubrics.proving import rubrics_to_prove
from winnow.pipelines.rubrics.subjects import find_subjects
from winnow.pipelines.rubrics.tried_rubrics import read_tried, tried_on
from winnow.pipelines.staged_views import see_staged
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Label
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.places.placed_file import on_disk
from winnow.warehouse.staging import Staging

_READ: tuple[type[Record], ...] = (Prompt, Response, Comparison, Judgment, Gold, Label)
_SAID = """
SELECT c.text FROM criteria AS c JOIN rubrics AS r USING (rubric_id) LEFT JOIN prompts AS p ON p.prompt_id = r.prompt_id
WHERE r.derived_from IS NOT NULL AND ($domain IS NULL OR coalesce(r.domain, p.domain) = $domain)
ORDER BY c.criterion_id
"""


class FlippedControls(NamedTuple):
    """What came of exchanged labels."""

    of_rubrics: Mapping[str, FlippedRubric]
    """By the rubric_id of each staged rubric for the same domain, or for everything."""

    overlaps: Mapping[str | None, float]
    """By domain, None for everything: share of these criteria that those from the labels say too."""

    n_reused: int
    """Answers that were paid for before."""


def flipped_controls(
    staging: Staging,
    stage: str,
    settings: DeriveSettings,
    judges: Sequence[JudgeSettings],
    division: Division,
    proving: Proving,
    *,
    share: float,
    run_id: str,
) -> FlippedControls:
    """Derive criteria from exchanged labels, and have judges judge by them; nothing of it is staged.

    Args:
        staging: Holds comparisons with their texts, labels, and the rubrics that are proven.
        stage: The step.
        settings: The way to derive.
        judges: Those that judge by the rubrics that are proven.
        division: Which comparisons are held out.
        proving: How models are asked.
        share: Share of the comparisons that is held out.
        run_id: The run.
    """
    with ExitStack() as opened:
        own, n_reused = opened.enter_context(
            _derived(staging, f"{stage}-flipped", settings, proving, share, run_id)
        )
        ids = rubrics_to_prove(own)
        con = opened.enter_context(tried_on(own, division, ids, baselines={}))
        lent = asked_to_prove(con, own, stage, {"votes": judges}, proving)
        said = opened.enter_context(lent)
        con = opened.enter_context(tried_on(own, division, ids, baselines={}, asked=said.asked))
        found = {one.rubric_id: one for one in read_tried(con)}
        domains = _domains(own)
        texts = {i: [c.text for c in of_it] for i, of_it in _criteria(own).items()}
        with duckdb.connect() as main:
            see_staged(main, staging, (Rubric, Criterion, Prompt))
            overlaps = {
                domain: share_said(
                    texts[rubric_id],
                    [text for (text,) in main.execute(_SAID, {"domain": domain}).fetchall()],
                )
                for rubric_id, domain in domains.items()
            }
        of_domain = {
            domains[i]: FlippedRubric(one, overlaps[domains[i]]) for i, one in found.items()
        }
        of_rubrics = {
            rubric_id: of_domain[domain]
            for rubric_id, domain in _domains(staging).items()
            if domain in of_domain
        }
        return FlippedControls(of_rubrics, overlaps, n_reused + said.n_reused)


@contextmanager
def _derived(
    staging: Staging,
    stage: str,
    settings: DeriveSettings,
    proving: Proving,
    share: float,
    run_id: str,
) -> Iterator[tuple[Staging, int]]:
    """Lend tables with the same comparisons and other rubrics, and say how many answers were paid for before."""
    model, deriver = proving.models[settings.model], settings.build()
    with staging.shared(stage) as shared, staging.scratch(stage) as scratch:
        own = Staging(scratch / "tables", shared.within("tables"))
        for record in _READ:
            for file in staging.files(record):
                _link(file, own.path(record, file.stem))
        found = find_subjects(
            own,
            deriver,
            shared.within("subjects"),
            scratch / "spill",
            share=share,
            is_flipped=True,
        )
        drafted = DraftFolder(shared.within("drafted"))
        asking = f"{settings.title} asks {model.name} with exchanged labels"
        n_reused = draw(
            found.portions,
            DeriverAtWork(deriver, model, settings.temperature),
            answer=partial(proving.answer, asking=asking),
            beam=proving.beam,
            folder=shared.within("asked"),
            drafted=drafted,
            asks_again=proving.asks_again,
        )
        gather(
            on_disk(drafted.drafts(), scratch / "drafts"),
            own,
            Tally(stage, "criteria", run_id),
            scratch,
            source=settings.source,
            derived_from=run_id,
            min_support=settings.min_support,
        )
        yield own, n_reused


def _link(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.symlink_to(file.resolve())


def _domains(staging: Staging) -> dict[str, str | None]:
    """Return the domain of each rubric that is not for one prompt; None of one for everything."""
    rows = staging.read(Rubric, ("rubric_id", "prompt_id", "domain")).to_pylist()
    return {row["rubric_id"]: row["domain"] for row in rows if row["prompt_id"] is None}


def _criteria(staging: Staging) -> dict[str, list[Criterion]]:
    found: dict[str, list[Criterion]] = {}
    for one in Criterion.from_table(staging.read(Criterion)):
        found.setdefault(one.rubric_id, []).append(one)
    return found
