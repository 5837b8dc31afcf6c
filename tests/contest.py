"""A release of three models that met, labelled, filtered and measured by the pipeline itself; no model is asked.

Sixty prompts with three responses each. A judge answers in both orders, sometimes unreadably; a person judges one pair
of each prompt; gold is known of half of the prompts.
"""

import random
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from winnow.flows.curation.agreement import measure_release
from winnow.pipelines.recomputing import recompute
from winnow.pipelines.shortcuts.find import ShortcutSettings, find_shortcuts
from winnow.pipelines.steps import AggregateStep, AssembleStep, KeepStep
from winnow.pipelines.steps.keep import FilterSettings
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold, Judgment, Verdict
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import Run
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

RUN_ID = content_id("contest run")
JUDGE, PERSON = "pairwise@1:judge", "ada"
N_PROMPTS = 60
_SKILL = {"large": 3, "middle": 2, "small": 1}
_KEEP = '[{"filter":"order_consistent"},{"filter":"margin","threshold":0.3}]'


def publish_contest(folder: Path) -> Warehouse:
    """Publish it as contest@1 of a new warehouse."""
    rng = random.Random(7)
    records: list[Record] = []
    for i in range(N_PROMPTS):
        records += _of_prompt(i, rng)
    kinds = (Prompt, Response, Comparison, Judgment, Gold)
    tables = {kind: kind.to_table([r for r in records if isinstance(r, kind)]) for kind in kinds}
    staging = Staging(folder / "staging" / RUN_ID)
    counts = recompute(
        tables,
        staging,
        RUN_ID,
        [
            AggregateStep(),
            KeepStep(
                filters=tuple(
                    FilterSettings.model_validate(e) for e in ("order_consistent", {"margin": 0.3})
                )
            ),
            AssembleStep(),
        ],
        release="contest",
    )
    find_shortcuts(staging, ShortcutSettings(), RUN_ID)
    run = Run(
        run_id=RUN_ID,
        name="contest",
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        finished_at=datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC),
        settings=f'{{"name":"contest","keep":{_KEEP}}}',
        code_version="0.1.0",
        inputs="{}",
        models=(),
        counts=tuple(counts),
    )
    warehouse = Warehouse.open(WarehouseSettings(path=folder))
    agreement = measure_release(warehouse, staging)
    publish(warehouse, staging, run, "contest", audit(staging, warehouse), agreement)
    return warehouse


def _of_prompt(number: int, rng: random.Random) -> list[Record]:
    prompt = Prompt(
        messages=(Message(role="user", content=f"Question {number}?"),), source="contest.jsonl:1"
    )
    texts = {model: " ".join(["word"] * rng.randint(3, 9)) + f" {model}" for model in _SKILL}
    responses = {m: Response(prompt_id=prompt.prompt_id, text=t, model=m) for m, t in texts.items()}
    records: list[Record] = [prompt, *responses.values()]
    quality = {model: skill + rng.gauss(0, 1.2) for model, skill in _SKILL.items()}
    for place, (one, other) in enumerate(combinations(_SKILL, 2)):
        pair = (responses[one], responses[other])
        comparison = Comparison(
            prompt_id=prompt.prompt_id,
            response_ids=(pair[0].response_id, pair[1].response_id),
            strategy="all_pairs",
        )
        better = responses[max(one, other, key=quality.__getitem__)]
        truth: Verdict = "a" if comparison.response_ids[0] == better.response_id else "b"
        records += [comparison, *_judged(comparison, truth, rng)]
        if place == number % 3:
            records.append(_said(comparison, PERSON, None, _err(truth, 0.1, rng)))
        if number % 2 == 0:
            gold = Gold(
                comparison_id=comparison.comparison_id, verdict=truth, basis="drawn at random"
            )
            records.append(gold)
    return records


def _judged(comparison: Comparison, truth: Verdict, rng: random.Random) -> list[Judgment]:
    if rng.random() < 0.1:
        return [_said(comparison, JUDGE, order, "tie") for order in ("ab", "ba")]
    said = [_err(truth, 0.15, rng) for _ in "xx"]
    if rng.random() < 0.05:
        said[1] = "invalid"
    return [_said(comparison, JUDGE, order, v) for order, v in zip(("ab", "ba"), said, strict=True)]


def _said(comparison: Comparison, who: str, order: str | None, verdict: Verdict) -> Judgment:
    return Judgment.model_validate(
        {
            "comparison_id": comparison.comparison_id,
            "annotator_id": who,
            "kind": "human" if who == PERSON else "llm",
            "order": order,
            "verdict": verdict,
        }
    )


def _err(truth: Verdict, chance: float, rng: random.Random) -> Verdict:
    other: Verdict = "b" if truth == "a" else "a"
    return other if rng.random() < chance else truth
