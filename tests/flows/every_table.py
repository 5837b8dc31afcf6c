"""Print every table there is, with long names, as the commands do: python -m tests.flows.every_table WAREHOUSE RECORD."""

import json
import sys
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
from rich.console import RenderableType

from tests import orchard, toy
from tests.annotation.evaluation.made_up import both, gold, items, judgments
from tests.pipelines.toy import PRICED
from tests.reports.terminal.test_standings import ONE
from winnow.annotation.argilla.server import Status
from winnow.annotation.evaluation import Evaluation, evaluate
from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.probing import ProbeEffect
from winnow.annotation.rubrics.comparing import compare_criteria
from winnow.flows.commands import argilla as annotate_cli
from winnow.flows.commands.cli import app
from winnow.flows.commands.doctor import Checked, findings_table
from winnow.flows.curation.plan import Plan
from winnow.flows.curation.plan_table import plan_table
from winnow.flows.people.progress import PeopleProgress, PersonInQueue, QueueProgress
from winnow.flows.terminal.people_progress import progress_view
from winnow.pipelines.planning.known_answers import PlannedRequests
from winnow.pipelines.planning.walk import PlannedStep
from winnow.pipelines.steps.sequence import StepSettings, in_sequence
from winnow.reports.terminal.console import Terminal
from winnow.reports.terminal.evaluation import evaluation_view
from winnow.reports.terminal.people import people_view
from winnow.reports.terminal.probes import probes_view
from winnow.reports.terminal.query import query_table
from winnow.reports.terminal.releases import annotator_table, compare_view, stage_table
from winnow.reports.terminal.rounds import rounds_table
from winnow.reports.terminal.rubrics import (
    CriterionShown,
    RubricLine,
    changes_view,
    refused_table,
    rubric_view,
    rubrics_table,
)
from winnow.reports.terminal.shortcuts import shortcut_table
from winnow.reports.terminal.standings import standing_view
from winnow.reports.terminal.tables import Cell, Column, RowTable
from winnow.schemas.agreement import (
    AgreementFigures,
    AlphaFigures,
    HitCount,
    PairFigures,
    PersonFigures,
)
from winnow.schemas.rounds import RoundResult
from winnow.schemas.runs import ReasonCount
from winnow.warehouse.releases import ReleaseDifference

LONG = "pairwise@1:some-laboratory/a-large-model-70b-instruct"
PERSON = "human:a-pseudonym-0123456789abcdef"
ID = "0123456789abcdef" * 4


def views() -> list[RenderableType]:
    """Give one of each table that no command prints from an orchard."""
    reasons = tuple(ReasonCount(reason=f"order_inconsistent_{n}", n=n) for n in range(1, 7))
    stages = [count.model_copy(update={"rejects": reasons}) for count in orchard.run().counts]
    annotators = [a.model_copy(update={"annotator_id": LONG}) for a in orchard.annotators()]
    shortcuts = [
        s.model_copy(update={"detail": "bullets +0.41, a letter more +0.21", "finding": "explains"})
        for s in toy.shortcuts()
    ]
    texts = {"preference_id": ID, "chosen": "some words " * 9, "rejected": "other words " * 9}
    change = {"change": "dropped", "reason": "low_margin", "comparison_id": ID, "detail": "so low"}
    return [
        stage_table(stages),
        annotator_table(annotators),
        compare_view(ReleaseDifference("p@1", "p@2", 3, pa.Table.from_pylist([change] * 3))),
        query_table(pa.Table.from_pylist([texts | {"margin": 0.5}] * 2)),
        standing_view([ONE.model_copy(update={"model": LONG})]),
        shortcut_table(shortcuts),
        people_view(_people()),
        progress_view(_progress()),
        evaluation_view(evaluation()),
        probes_view([_probed("length@1"), _probed("a-probe-with-a-long-name@1")]),
        rounds_table([_round(1), _round(2)], 300),
        *_rubrics(),
        findings_table([Checked("vLLM", "missing", "not installed " * 3, "pip install it " * 4)]),
        plan_table(_plan()),
        annotate_cli._shown(Status("http://127.0.0.1:6900", True, {"worker": 12}, f"/home/{LONG}")),
    ]


def _rubrics() -> list[RenderableType]:
    """Give a rubric in a list, shown whole, and beside another."""
    (rubric,), criteria = toy.rubrics(), toy.criteria()
    proofs = {str(proof.criterion_id): proof for proof in toy.proofs("run")}
    line = RubricLine(f"{LONG}@2", rubric, len(criteria), None, "refused: not_above_chance")
    shown = [
        CriterionShown(c, proofs.get(c.criterion_id), toy.criterion_sources()) for c in criteria
    ]
    changes = compare_criteria(criteria, criteria[:1])
    return [
        rubrics_table([line, line]),
        rubric_view(line, toy.prompts()[0], shown),
        changes_view(f"{LONG}@1", f"{LONG}@2", changes, proofs),
        refused_table([("not_above_chance", "some words " * 9)] * 3),
    ]


def _probed(name: str) -> ProbeEffect:
    effect = Estimate(0.12, 0.02, 0.22, 1_200)
    return ProbeEffect(LONG, name, "what is longer", effect, 0.25, 210, 66, 1_250, 12, 3, 0.001, 0.007)  # fmt: skip


def _progress() -> PeopleProgress:
    people = tuple(PersonInQueue(PERSON, f"a-queue-with-a-long-name-{n}", 1, 2, 3) for n in (1, 2))
    return PeopleProgress(people, (QueueProgress("a-queue-with-a-long-name-1", 1, 3),))


def _plan() -> Plan:
    label = StepSettings.model_validate({"label": [{"judge": "pairwise", "model": "smollm2"}]})
    model = PRICED.model_copy(update={"name": "a-large-model-70b-instruct"})
    asked = PlannedRequests(f"judge 1 of 2: {LONG}", model, 48_000, 1_200, 9_000_000, 8_000, True)
    placed = in_sequence([("steps[0].label", label.built, "confidence < 0.7 and domain = 'code'")])
    steps = [PlannedStep(one, (asked,), is_at_most=True) for one in placed]
    reason = "steps[0].label[0].temperature default -> 0.7, 2,000 prompts are new"
    return Plan([], steps, [reason] * len(steps), [], [], [], 0, None)


def _people() -> AgreementFigures:
    hits = HitCount(hits=3, n=4)
    names = [f"{PERSON}{n}" for n in range(3)]
    alpha = {"among": "people", "value": 0.5, "low": 0.4, "high": 0.6, "n_values": 9}
    return AgreementFigures(
        n_items=40,
        n_people=3,
        alphas=tuple(
            AlphaFigures.model_validate(alpha | {"level": level, "n_annotators": 3, "n_items": 40})
            for level in ("nominal", "ordinal")
        ),
        people=tuple(
            PersonFigures(annotator=name, n_verdicts=40, gold=hits, repeats=hits, position=hits)
            for name in names
        ),
        pairs=(PairFigures(annotator=names[0], other=names[1], hits=1, n=4),),
    )


def evaluation() -> Evaluation:
    """Give an evaluation of three judges with long names."""
    sides = {str(k): "ab"[k % 2] for k in range(12)}
    rows = [
        row
        for who in (LONG, f"{LONG}#2", f"{LONG}#3")
        for k, side in sides.items()
        for row in both(k, who, side, side)
    ]
    known = items(*({"item_id": k, "subset": f"a-long-subset-{int(k) % 2}"} for k in sides))
    return evaluate(judgments(*rows), gold(**sides), known)


def _round(n: int) -> RoundResult:
    counts = dict.fromkeys(("n_items", "n_left", "n_keep", "n_flip", "n_discard"), 1200)
    return RoundResult(
        round=n, n_asked=100, **counts, n_sample=40, n_right=30, unseen_low=0.6, unseen_high=0.9,
        accuracy=0.8, low=0.7, high=0.9,
    )  # fmt: skip


def main(warehouse: str, record: str) -> None:
    """Print them all, and write down what stood in them and which modules made them."""
    rows: list[list[str]] = []
    makers: set[str] = set()
    begin, add = RowTable.__init__, RowTable.add_row

    def begin_noted(self: RowTable, *columns: Column | str, is_keyed: bool = True) -> None:
        maker = sys._getframe(1).f_globals["__name__"]
        caller = sys._getframe(2).f_globals["__name__"]
        makers.add(caller if maker == "winnow.reports.terminal.tables" else maker)
        begin(self, *columns, is_keyed=is_keyed)

    def add_noted(self: RowTable, *cells: Cell, style: str = "") -> None:
        rows.append([str(cell) for cell in cells])
        add(self, *cells, style=style)

    with patch.object(RowTable, "__init__", begin_noted), patch.object(RowTable, "add_row", add_noted):  # fmt: skip
        for view in views():
            Terminal().print(view)
        for arguments in (
            ["releases"], ["show", "preferences@1"], ["status"],
            ["compare", "preferences@1", "preferences@1"],
            ["filters", "preferences@1", "--check", "margin=0.3", "--check", "agreement=0.8"],
            ["filters", "preferences@1", "--sweep", "posterior"],
            ["query", "select chosen, rejected, margin from preference_texts limit 3"],
            ["query", "select comparison_id, p_a, p_b from labels limit 3"],
        ):  # fmt: skip
            app([*arguments, "--warehouse", warehouse], standalone_mode=False)
    Path(record).write_text(json.dumps({"rows": rows, "makers": sorted(makers)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
