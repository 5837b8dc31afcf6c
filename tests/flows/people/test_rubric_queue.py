# ruff: noqa: F811  (fixtures are imported from another folder)
"""Rubrics that were imported are reviewed by people in Argilla, without a release, and come out as they made them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.annotation.conftest import (  # noqa: F401
    argilla,
    argilla_environment,
    argilla_server,
    person,
)
from tests.annotation.queues.browsing import needs_chromium, opened_queue
from tests.flows.ways_in import said_by
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client
from winnow.flows.people.parts import shared_queue
from winnow.flows.people.queues import pull_queue, push_queue
from winnow.flows.people.rubric_items import rubric_views
from winnow.flows.rubrics.bringing_in import bring_in
from winnow.flows.rubrics.files import read_rubrics
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.errors import CurationError
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

BIGGEN = Path(__file__).resolve().parents[4] / "shared" / "data" / "biggen" / "prompts.parquet"
BETTER = "Does the plan fit in two days, on foot, with every must-have in it?"


def queue(**more: object) -> QueueSettings:
    one: dict[str, object] = {"n_people": 1, "gold_share": 0, "repeat_share": 0}
    said = {"name": "imported-rubrics", "task": "rubric_review", "rubrics": "all", "n_criteria": 1}
    return QueueSettings.model_validate({**said, "selection": one, **more})


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w")) as opened:
        yield opened


def bring(warehouse: Warehouse, file: Path, *rubrics: Mapping[str, object]) -> None:
    file.write_text(json.dumps({"rubrics": rubrics}))
    bring_in(warehouse, read_rubrics(file))


def test_a_rubric_for_more_than_one_prompt_is_shown_with_what_it_is_for(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    graded = {"text": "Is clear.", "importance": "essential", "levels": [{"score": 1, "text": "No."}, {"score": 2, "text": "Yes."}]}  # fmt: skip
    wide = {"name": "wide", "criteria": [graded]}
    bring(warehouse, tmp_path / "r.json", wide, {"name": "units", "domain": "physics", "criteria": ["a", "b"]})  # fmt: skip
    task = queue().build()
    views = {view.prompt.messages[0].content: view for view in rubric_views(warehouse, "all", task).values()}  # fmt: skip
    assert set(views) == {
        "The rubric wide is for every prompt.",
        "The rubric units is for every prompt of the domain physics.",
    }
    view = views["The rubric wide is for every prompt."]
    assert task.unfit(views["The rubric units is for every prompt of the domain physics."])
    shown = task.card(view, "item", 1, 0).fields["criteria"]
    assert "Is clear." in shown and "(essential)" in shown and "Score 2" in shown


def test_what_a_queue_of_rubrics_cannot_be_is_said(warehouse: Warehouse) -> None:
    with pytest.raises(CurationError, match="holds no rubrics; bring some in with winnow rubrics"):
        rubric_views(warehouse, "all", queue().build())
    with pytest.raises(
        ValueError, match="'rubrics' is for task rubric_review, and the task is pairwise"
    ):
        QueueSettings.model_validate({"task": "pairwise", "rubrics": "all"})
    with pytest.raises(ValueError, match="'rubrics' stands beside 'release'"):
        queue(release="p@1")


@pytest.mark.server
@needs_chromium
@pytest.mark.skipif(not BIGGEN.is_file(), reason="needs ../shared/data/biggen")
def test_an_imported_rubric_that_a_person_rewords_in_the_browser_comes_out_equal_but_for_that(
    warehouse: Warehouse, argilla: Address, argilla_server: ArgillaServer, tmp_path: Path
) -> None:
    pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
    rows = pq.read_table(BIGGEN).slice(0, 4)
    pq.write_table(rows, tmp_path / "four.parquet")
    bring_in(warehouse, read_rubrics(tmp_path / "four.parquet"))
    settings = queue()
    with Client(argilla) as client:
        assert push_queue(warehouse, client, settings).n_new == 4
        with opened_queue(argilla, argilla_server, shared_queue(settings), "ann") as page:
            name = reword(page, rows, BETTER)
        pulled = pull_queue(warehouse.settings.kept, client, settings.name)
    assert pulled.n_submitted == 1
    place = ("--warehouse", str(warehouse.settings.path))
    status, said = said_by("rubrics", "edit", "--queue", settings.name, *place)
    assert (status, said.split(",")[0]) == (0, f"{name}@2"), said
    assert "changes no rubric" in said_by("rubrics", "edit", "--queue", settings.name, *place)[1]
    out = tmp_path / "out.parquet"
    assert said_by("rubrics", "export", str(out), "--form", "levels", *place)[0] == 0
    expected = rows.to_pylist()
    (edited,) = (row for row in expected if row["item_id"] == name)
    edited["rubric"] = json.dumps({**json.loads(edited["rubric"]), "criteria": BETTER}, ensure_ascii=False)  # fmt: skip
    assert pq.read_table(out).select(rows.column_names).to_pylist() == expected


def reword(page: Any, rows: pa.Table, words: str) -> str:
    """Write other words for the criterion at hand, submit, and return the name of its rubric."""
    page.locator("[data-winnow-question]").first.wait_for()
    page.wait_for_function("() => document.activeElement.closest('[data-winnow-question]')")
    criteria = {row["item_id"]: json.loads(row["rubric"])["criteria"] for row in rows.to_pylist()}
    shown = page.locator("[data-winnow-field=criteria]").inner_text()
    (name,) = (name for name, text in criteria.items() if text in " ".join(shown.split()))
    beside = page.locator("[data-winnow-criterion]").first.get_attribute("data-winnow-criterion")
    assert beside == criteria[name]  # without what each score is like, which stands on the left
    page.keyboard.press("2")
    page.wait_for_function(
        "() => document.activeElement.closest('[data-winnow-question]')?.dataset.winnowQuestion === 'text_1'"
    )
    page.keyboard.type(words)
    with page.expect_response(lambda reply: "/responses" in reply.url and reply.ok):
        page.keyboard.press("Control+Enter")
    return str(name)
