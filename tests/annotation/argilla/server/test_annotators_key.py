"""What an annotator's own key opens on the real server, and what it does not."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.annotation.queues.material import pair
from tests.annotation.queues.people import queue_of, submit
from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.pull import pull
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.tasks import Pairwise
from winnow.schemas.answers import Answer

pytestmark = pytest.mark.server
SignIn = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def answered(argilla: Address, person: SignIn) -> tuple[DataSet, dict[str, Any]]:
    """A queue in which ann has answered an item that bob has still to answer, and that item."""
    queue = Queue("own key", "winnow", Pairwise())
    with Client(argilla) as client:
        push(client, queue, [(pair(n), 0) for n in range(2)])
        data_set = ensure_data_set(client, queue)
    record = queue_of(person("ann"), data_set)[0]
    submit(person("ann"), record, {"preference": "first_much", "why": "anns-own-reason"})
    return data_set, record


def everything(reply: httpx.Response) -> str:
    assert reply.status_code == 200
    return reply.text


def test_a_record_shows_nobody_elses_response_and_no_hidden_order(
    person: SignIn, answered: tuple[DataSet, dict[str, Any]]
) -> None:
    _, record = answered
    mine = person("ann").get(f"records/{record['id']}").json()
    assert [r["values"]["why"]["value"] for r in mine["responses"]] == ["anns-own-reason"]
    others = everything(person("bob").get(f"records/{record['id']}"))
    assert "anns-own-reason" not in others and "response_ids" not in others
    assert json.loads(others)["responses"] == []
    assert json.loads(others)["fields"] == record["fields"]


@pytest.mark.parametrize("include", ["responses", "responses,suggestions,vectors"])
def test_a_search_shows_nobody_elses_response_and_no_hidden_order(
    person: SignIn, answered: tuple[DataSet, dict[str, Any]], include: str
) -> None:
    data_set, record = answered
    path, params = f"me/datasets/{data_set.id}/records/search", {"include": include}
    found = everything(
        person("bob").post(path, params=params, json={"query": {"text": {"q": "prime"}}})
    )
    assert record["id"] in found
    tags = person("bob").post(path, json={"query": {"text": {"q": "strong p li amp"}}})
    assert tags.json()["total"] == 0
    for hidden in ("anns-own-reason", "response_ids", "subject_id", pair().subject_id):
        assert hidden not in found


def test_the_hidden_order_cannot_be_searched_or_sorted_by(
    argilla: Address, person: SignIn, answered: tuple[DataSet, dict[str, Any]]
) -> None:
    data_set, _ = answered
    scope = {"entity": "metadata", "metadata_property": "shown"}
    with Client(argilla) as client:
        (page, _), *_ = client.records(data_set)
    guess = [page[0]["metadata"]["shown"]]
    term = {"filters": {"and": [{"type": "terms", "scope": scope, "values": guess}]}}
    order = {"sort": [{"scope": scope, "order": "asc"}]}
    for query in (term, order):
        reply = person("bob").post(f"me/datasets/{data_set.id}/records/search", json=query)
        assert reply.status_code == 403
    owner = httpx.post(
        f"{argilla.url}/api/v1/me/datasets/{data_set.id}/records/search",
        json=term,
        headers={"X-Argilla-Api-Key": argilla.api_key},
    )
    assert owner.json()["total"] == 1


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "datasets/{data_set}/records"),
        ("GET", "datasets/{data_set}/records?include=responses"),
        ("POST", "datasets/{data_set}/records/search"),
        ("GET", "datasets/{data_set}/users/progress"),
        ("POST", "datasets/{data_set}/export"),
        ("GET", "metadata-properties/{hidden}/metrics"),
        ("GET", "workspaces/{workspace}/users"),
        ("GET", "users"),
        ("GET", "webhooks"),
        ("PUT", "responses/{response}"),
        ("DELETE", "responses/{response}"),
        ("PATCH", "records/{record}"),
        ("PUT", "records/{record}/suggestions"),
        ("DELETE", "datasets/{data_set}"),
    ],
)
def test_the_rest_is_closed_to_annotators(
    argilla: Address,
    person: SignIn,
    answered: tuple[DataSet, dict[str, Any]],
    method: str,
    path: str,
) -> None:
    data_set, record = answered
    headers = {"X-Argilla-Api-Key": argilla.api_key}
    with httpx.Client(base_url=f"{argilla.url}/api/v1/", headers=headers) as owner:
        ids = {
            "data_set": data_set.id,
            "record": record["id"],
            "workspace": owner.get(f"datasets/{data_set.id}").json()["workspace_id"],
            "response": owner.get(f"records/{record['id']}").json()["responses"][0]["id"],
            "hidden": owner.get(f"me/datasets/{data_set.id}/metadata-properties").json()["items"][
                0
            ]["id"],
        }
    bodies: dict[str, Any] = {
        "datasets/{data_set}/export": {"name": "a/b", "subset": "x", "split": "y", "token": "t"},
        "responses/{response}": {"values": {"preference": {"value": "tie"}}, "status": "submitted"},
        "records/{record}/suggestions": {"question_id": record["id"], "value": "tie"},
    }
    reply = person("bob").request(method, path.format(**ids), json=bodies.get(path, {}))
    assert reply.status_code == 403, reply.text


def test_an_annotator_sees_no_hidden_property_and_the_owner_still_pulls_all(
    argilla: Address, person: SignIn, answered: tuple[DataSet, dict[str, Any]]
) -> None:
    data_set, _ = answered
    seen = person("bob").get(f"me/datasets/{data_set.id}/metadata-properties").json()
    assert seen["items"] == []
    answers: list[Answer] = []
    with Client(argilla) as client:
        pull(client, [data_set], answers.extend)
    assert [json.loads(a.values)["why"] for a in answers] == ["anns-own-reason"]
    assert len(answers[0].shown.response_ids) == 2
