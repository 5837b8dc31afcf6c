"""PostgreSQL in place of SQLite: the same questions, the same replies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argilla as rg
import httpx
import pytest

from tests.annotation.argilla.search.animals import GIVEN, Searcher, answer, make_animals
from tests.warehouse.servers import postgres
from winnow.annotation.argilla.server import ArgillaServer

pytestmark = pytest.mark.server

LENGTH = {"entity": "metadata", "metadata_property": "length"}
TOPIC = {"entity": "metadata", "metadata_property": "topic"}
QUALITY = {"entity": "response", "question": "quality"}
SCORE = {"entity": "suggestion", "question": "better", "property": "score"}
AGENT = {"entity": "suggestion", "question": "better", "property": "agent"}
STATUS = {"entity": "response", "property": "status"}
EXTERNAL = {"entity": "record", "property": "external_id"}


def where(**wanted: Any) -> dict[str, Any]:
    kind = "terms" if "values" in wanted else "range"
    return {"filters": {"and": [{"type": kind, **wanted}]}}


def by(order: str, scope: dict[str, str]) -> dict[str, Any]:
    return {"sort": [{"scope": scope, "order": order}]}


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"query": {"text": {"q": '"brown fox" | 東京'}}},
    {"query": {"vector": {"name": "place", "value": [1.0, 0.5]}}},
    where(scope=TOPIC, values=["japan", "animals"]),
    where(scope=LENGTH, ge=3, le=8),
    where(scope=QUALITY, ge=2),
    where(scope=SCORE, ge=0.5),
    where(scope=AGENT, values=["judge"]),
    where(scope=STATUS, values=["pending", "discarded"]),
    where(scope=EXTERNAL, ge="bear", le="fox"),
    where(scope={"entity": "record", "property": "status"}, values=["completed"]),
    where(scope={"entity": "record", "property": "inserted_at"}, ge="2020-01-01"),
    by("asc", TOPIC),
    by("desc", LENGTH),
    by("desc", QUALITY),
    by("asc", SCORE),
    by("desc", AGENT),
    by("desc", EXTERNAL),
    by("asc", STATUS),
]


@pytest.fixture(scope="module")
def on_postgres(
    tmp_path_factory: pytest.TempPathFactory, argilla_environment: Path
) -> Iterator[tuple[Searcher, Searcher]]:
    """Give the owner's and ann's search on a server whose database is PostgreSQL."""
    with postgres() as database, pytest.MonkeyPatch.context() as environment:
        database.catalog("argilla")
        url = f"postgresql://postgres@127.0.0.1:{database.port}/argilla"
        environment.setenv("ARGILLA_DATABASE_URL", url)
        home = tmp_path_factory.mktemp("on_postgres")
        server = ArgillaServer(home, environment=argilla_environment)
        try:
            yield searchers(server)
        finally:
            server.down()


def searchers(server: ArgillaServer) -> tuple[Searcher, Searcher]:
    address = server.up(annotators=GIVEN)
    owner = rg.Argilla(api_url=address.url, api_key=address.api_key)
    dataset = make_animals(owner, str(address.workspace))
    ids = {str(record.id): str(record._server_id) for record in dataset.records}
    accounts = server.credentials()
    clients = {
        account.name: httpx.Client(
            base_url=f"{address.url}/api/v1/", headers={"X-Argilla-Api-Key": account.api_key}
        )
        for account in (accounts.owner, *accounts.annotators)
    }
    for name in GIVEN:
        answer(clients[name], name, ids)
    return (
        Searcher(clients["owner"], f"datasets/{dataset.id}"),
        Searcher(clients["ann"], f"me/datasets/{dataset.id}"),
    )


def told(searcher: Searcher, question: dict[str, Any]) -> list[tuple[str, float | None]]:
    return [
        (item["record"]["external_id"], item["query_score"] and round(item["query_score"], 4))
        for item in searcher.page(**question)["items"]
    ]


@pytest.mark.usefixtures("answers")
def test_postgres_answers_as_sqlite_does(
    on_postgres: tuple[Searcher, Searcher], everyone: Searcher, ann: Searcher
) -> None:
    owner_there, ann_there = on_postgres
    for question in QUESTIONS:
        assert told(owner_there, question) == told(everyone, question), question
        assert set(ann_there.names_of(**question)) == set(ann.names_of(**question)), question


def test_a_persons_own_order_stays_on_postgres_too(on_postgres: tuple[Searcher, Searcher]) -> None:
    ann_there = on_postgres[1]
    assert ann_there.names_of() == ann_there.names_of()
    assert ann_there.page(offset=8)["items"] == []
