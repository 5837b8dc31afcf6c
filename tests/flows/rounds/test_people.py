# ruff: noqa: F811  (fixtures are imported from another folder)
"""A round handed out in a real Argilla, and taken back."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.annotation.conftest import (  # noqa: F401
    argilla,
    argilla_environment,
    argilla_server,
    person,
)
from tests.annotation.queues.people import queue_of, submit
from tests.annotation.toy import view
from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.client import Client
from winnow.flows.rounds.people import ArgillaQueue
from winnow.flows.rounds.store import RoundsStore
from winnow.flows.settings.rounds import PeopleSettings
from winnow.schemas.judgments import Judgment
from winnow.schemas.rounds import Asked
from winnow.warehouse.settings import WarehouseSettings


@pytest.mark.server
def test_a_round_is_shown_once_and_what_people_say_names_the_response(
    argilla: Address,
    person: Callable[[str], httpx.Client],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARGILLA_API_URL", argilla.url)
    monkeypatch.setenv("ARGILLA_API_KEY", argilla.api_key)
    settings = PeopleSettings(queue="rounds", accounts=("ann",))
    queue = ArgillaQueue(WarehouseSettings(path=tmp_path), settings, seed=0)
    views = [
        view(f"Yes, {i}.", "No.").model_copy(update={"comparison_id": f"{i:064x}"})
        for i in range(4)
    ]
    assert queue.collect(views) == []
    assert queue.hand_out(views) == queue.hand_out(views)
    with Client(argilla) as client:
        (data_set,) = (d for d in client.data_sets() if d.name == "rounds")
    ann = person("ann")
    records = queue_of(ann, data_set)
    assert len(records) == len(views)
    for record in records[:3]:
        says_yes_first = "Yes" in str(record["fields"]["response_1"])
        submit(ann, record, {"preference": "first_much" if says_yes_first else "second_much"})
    said = queue.collect(views)
    yes = {v.comparison_id: "a" if v.a.response_id < v.b.response_id else "b" for v in views}
    assert [(j.verdict, j.annotator_id) for j in said] == [
        (yes[j.comparison_id], "human:ann") for j in said
    ]
    store = RoundsStore(tmp_path, "toy")
    fields = {"round": 1, "purpose": "audit", "is_new": True}
    store.ask(
        1, [Asked.model_validate({"comparison_id": v.comparison_id, **fields}) for v in views]
    )
    store.hear(said)
    assert len(store.pending(1)) == 1
    assert len(store.gold()) == 3
    assert all(isinstance(j, Judgment) and j.request_id for j in said)
