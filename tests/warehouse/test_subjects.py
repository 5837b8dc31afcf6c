"""Judgments of other subjects beside those of comparisons, in everything that reads a release."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import toy
from winnow.flows.commands.cli import app
from winnow.flows.curation.recompute import recompute_release
from winnow.reports.release import write_report
from winnow.schemas.judgments import Judgment, Rating, step_id
from winnow.schemas.measures import view_sql
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings

RELEASE = "preferences@1"


def of_other_subjects() -> list[Judgment]:
    who = {"annotator_id": toy.VERIFIER, "kind": "verifier"}
    judgments = [{"subject_kind": "prompt", "subject_id": p.prompt_id} for p in toy.prompts()]
    for response in toy.responses():
        rating = Rating(response_id=response.response_id, attribute="chrf", score=1.0)
        for kind, subject in (
            ("response", response.response_id),
            ("step", step_id(response.response_id, 0)),
        ):
            about = {"subject_kind": kind, "subject_id": subject, "ratings": (rating,)}
            judgments.append(about)  # type: ignore[arg-type]
    return [Judgment.model_validate({**who, **about}) for about in judgments]


def published(folder: Path, *more: Judgment) -> Warehouse:
    staging = toy.stage(folder / "staging")
    staging.write(Judgment, more, part="more")
    warehouse = Warehouse.open(WarehouseSettings(path=folder / "warehouse"))
    publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
    return warehouse


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Warehouse]]:
    """A release with and one without them."""
    folder = tmp_path_factory.mktemp("subjects")
    with published(folder / "a", *of_other_subjects()) as a, published(folder / "b") as b:
        yield a, b


def test_they_are_published_and_found_by_their_subject(both: tuple[Warehouse, Warehouse]) -> None:
    sql = "SELECT subject_kind, count(*) AS n FROM judgments GROUP BY ALL ORDER BY ALL"
    assert both[0].query(sql).to_pylist() == [
        {"subject_kind": "comparison", "n": 9},
        {"subject_kind": "prompt", "n": 2},
        {"subject_kind": "response", "n": 5},
        {"subject_kind": "step", "n": 5},
    ]


@pytest.mark.parametrize("view", sorted(view_sql()))
def test_no_figure_of_annotators_counts_them(both: tuple[Warehouse, Warehouse], view: str) -> None:
    with_them, without = (one.query(f"FROM {view}").to_pylist() for one in both)
    assert sorted(map(str, with_them)) == sorted(map(str, without))


def test_report_and_export_are_the_same(both: tuple[Warehouse, Warehouse], tmp_path: Path) -> None:
    found = []
    for i, warehouse in enumerate(both):
        write_report(warehouse, RELEASE, tmp_path / f"{i}.html")
        done = export(warehouse, RELEASE, "jsonl", tmp_path / f"export-{i}")
        found.append([file.sha256 for file in done.files])
    assert found[0] == found[1]


def test_labels_are_computed_again_without_them(both: tuple[Warehouse, Warehouse]) -> None:
    again, plain = (recompute_release(one, RELEASE) for one in both)
    assert (again.n_judgments, again.lines[:1]) == (plain.n_judgments, plain.lines[:1])


def test_a_release_with_them_is_shown(both: tuple[Warehouse, Warehouse]) -> None:
    folder = str(both[0].settings.path)
    shown = CliRunner().invoke(app, ["show", RELEASE, "--warehouse", folder])
    assert (shown.exit_code, toy.VERIFIER in shown.output) == (0, True)
