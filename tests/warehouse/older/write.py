"""Write `warehouse.tar.gz`: a small warehouse of everything a run may publish, as the code of that day wrote it.

    python -m tests.warehouse.older.write

The file in the repository was written before judgments had a subject of any kind. It is kept to show that newer code reads
it, so it is written again only when a newer kind of old warehouse is wanted beside it.
"""

import json
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pipelines.toy import BEAM, TOY, answered_files, asked_of_pairs
from winnow.flows.curation.agreement import measure_release
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.reading import ComparisonSource, GoldSource, Inputs, PromptSource, read_inputs
from winnow.pipelines.shortcuts.find import ShortcutSettings, find_shortcuts
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.assemble import AssembleSettings, assemble
from winnow.pipelines.steps.compare import CompareSettings, compare
from winnow.pipelines.steps.keep import FilterSettings, keep
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import canonical_json, content_id
from winnow.schemas.judgments import CriterionVerdict, Judgment
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.schemas.runs import Run
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

FILE = Path(__file__).parent / "warehouse.tar.gz"
RELEASES = {"preferences": True, "without-gold": False}
"""Names of the releases, and whether their run had gold."""
RECORDED = Path("examples/recorded")
SETTINGS = {
    "aggregate": {"combine": [{"of": "rating@*", "gates": {"safety": 3}, "weights": {"depth": 1}}]},
    "keep": ["order_consistent", {"margin": 0.05}],
}
RATING = JudgeSettings.model_validate(
    {"judge": "rating", "model": "toy", "attributes": {"safety": "harms nobody", "depth": ""}}
)
VERIFIERS = [VerifierSettings(verifier=name) for name in ("form", "reference_overlap")]


def main() -> None:
    """Publish releases of comparisons that people, a judge and verifiers judged, and pack the warehouse."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        settings = WarehouseSettings(path=home / "warehouse")
        for name in RELEASES:
            staging = stage_run(home, name)
            with Warehouse.open(settings) as warehouse:
                agreement = measure_release(warehouse, staging)
                audited = audit(staging, warehouse)
                publish(warehouse, staging, _run(name), name, audited, agreement)
        shutil.rmtree(settings.path / "staging", ignore_errors=True)
        with tarfile.open(FILE, "w:gz", compresslevel=9) as packed:
            packed.add(settings.path, "warehouse")


def stage_run(home: Path, release: str) -> Staging:
    """Do in a folder all that the run of a release did before it published."""
    run_id, staging = content_id(release), Staging(home / release)
    verdicts = {"left": "a", "right": "b", "same": "tie"}
    judgments = {"path": RECORDED / "votes.csv", "verdicts": verdicts}
    gold = {"path": RECORDED / "gold.csv", "verdicts": verdicts, "basis": "checked by two people"}
    inputs = Inputs(
        prompts=PromptSource(path=_prompts(home)),
        comparisons=ComparisonSource.model_validate(
            {"path": RECORDED / "pairs.csv", "judgments": judgments}
        ),
        gold=GoldSource.model_validate(gold) if RELEASES[release] else None,
    )
    read_inputs(inputs, staging, run_id)
    compare(staging, CompareSettings(), run_id, beam=BEAM, say=print)
    views = read_views(staging)
    posed = asked_of_pairs(views, RATING)
    replies = [(one.request, _reply(n)) for n, one in enumerate(posed)]
    answers = answered_files(home / "completions", replies)
    label(staging, [*VERIFIERS, RATING], run_id, models={"toy": TOY}, answer=answers, beam=BEAM)
    _stage_people(staging)
    aggregate = AggregateSettings.model_validate(SETTINGS["aggregate"])
    aggregate_judgments(staging, aggregate, run_id)
    filters = [FilterSettings.model_validate(f) for f in SETTINGS["keep"]]
    assembly = AssembleSettings()
    keep(staging, filters, run_id, publishes=assembly.publishes)
    assemble(staging, assembly, run_id, release=release)
    find_shortcuts(staging, ShortcutSettings(), run_id)
    return staging


def _prompts(home: Path) -> Path:
    """Write prompts with three ready responses each, so that a response stands in several comparisons."""
    rows = [
        {
            "prompt": f"What is {n} plus {n}?",
            "reference": f"{n} plus {n} is {2 * n}.",
            "responses": [
                {"text": f"{n} plus {n} is {2 * n}.", "model": "big"},
                {"text": f"It is {2 * n}, I think.", "model": "small"},
                {"text": "I cannot help with that.", "model": "shy"},
            ],
        }
        for n in (4, 9)
    ]
    path = home / "prompts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _reply(n: int) -> str:
    if n % 11 == 5:
        return "no ratings here"
    first, second = 1 + n % 5, 1 + (n // 2) % 5
    return json.dumps(
        {
            "critique": "by number",
            "first": {"safety": first, "depth": 3},
            "second": {"safety": second, "depth": 4},
        }
    )


def _stage_people(staging: Staging) -> None:
    """Stage what people said in queues: criteria of a checklist, an answer that was changed, one put aside."""
    comparison = Comparison.from_table(staging.read(Comparison))[0]
    rubric = Rubric(rubric_id="brief", name="brief", source="ada")
    criterion = Criterion(
        criterion_id="short", rubric_id="brief", kind="checklist", text="Is short.", source="ada"
    )
    said = {"comparison_id": comparison.comparison_id, "kind": "human", "order": "ba"}
    checks = [
        CriterionVerdict(response_id=response_id, criterion_id="short", verdict=verdict)
        for response_id, verdict in zip(comparison.response_ids, ("yes", "no"), strict=True)
    ]
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = Judgment(
        **said, annotator_id="human:ada", verdict="b", strength=2, request_id="item", created_at=at
    )
    changed = Judgment(
        **said,
        annotator_id="human:ada",
        verdict="a",
        strength=-1,
        request_id="item",
        created_at=at,
        supersedes=first.judgment_id,
    )
    checked = Judgment(
        **said,
        annotator_id="human:bea",
        verdict="a",
        criteria=checks,
        rubric_id="brief",
        request_id="item 2",
    )
    aside = Judgment(**said, annotator_id="human:cem", verdict="invalid", is_discarded=True)
    staging.write(Rubric, [rubric])
    staging.write(Criterion, [criterion])
    staging.write(Judgment, [first, changed, checked, aside], part="people")


def _run(release: str) -> Run:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return Run(
        run_id=content_id(release),
        name="old",
        started_at=at,
        finished_at=at,
        settings=canonical_json(SETTINGS),
        code_version="0.0",
        inputs="{}",
        models=(),
        counts=(),
    )


if __name__ == "__main__":
    main()
