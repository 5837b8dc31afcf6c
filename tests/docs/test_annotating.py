# ruff: noqa: F811  (fixtures are imported from another folder)
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.annotation.conftest import (  # noqa: F401
    ENVIRONMENT,
    argilla,
    argilla_environment,
    argilla_server,
    person,
)
from tests.annotation.queues.people import queue_of, submit
from tests.docs.pages import ROOT, walk_through
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

PAGE = ROOT / "docs" / "annotating.md"


def test_answers_of_invited_people_reach_a_release(
    commands: dict[str, str],
    argilla: Address,
    argilla_server: ArgillaServer,
    person: Callable[[str], httpx.Client],
    tmp_path: Path,
) -> None:
    def label() -> None:
        with Client(argilla) as client:
            (queue,) = (d for d in client.data_sets() if d.name == "first-queue")
        for name, choice in (("ann", "first_much"), ("bob", "second_slightly")):
            with person(name) as someone:
                for record in queue_of(someone, queue):
                    submit(someone, record, {"preference": choice, "why": "it is right"})

    (tmp_path / ".winnow").mkdir()
    (tmp_path / ".winnow" / "argilla").symlink_to(argilla_server.home)
    environment = {**commands, "WINNOW_ARGILLA_ENV": str(ENVIRONMENT)}
    walk_through(PAGE, tmp_path, environment, meanwhile={"winnow annotate pull": label})
    with Warehouse.open(WarehouseSettings(path=tmp_path / ".winnow"), read_only=True) as opened:
        rows = opened.query(
            "SELECT annotator_id, count(*) AS n FROM run_judgments JOIN judgments USING (judgment_id) "
            "WHERE rationale = 'it is right' GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
    assert [row["annotator_id"] for row in rows] == ["human:ann", "human:bob"]
    assert all(row["n"] > 0 for row in rows)
