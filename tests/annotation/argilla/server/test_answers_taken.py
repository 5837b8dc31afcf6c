"""Which answers Argilla takes on the server that Winnow starts: every criterion, and never more than an item is to have."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import httpx
import pytest

from tests.annotation.queues.material import CRITERIA, pair
from tests.annotation.queues.people import queue_of
from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.tasks import Checklist, Pairwise, View

SignIn = Callable[[str], httpx.Client]
PEOPLE = ("ann", "bob", "cem")

pytestmark = pytest.mark.server


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


def records(client: Client, someone: httpx.Client, queue: Queue, *views: View) -> list[Any]:
    push(client, queue, [(view, 0) for view in views])
    found = queue_of(someone, ensure_data_set(client, queue))
    return sorted(found, key=lambda record: str(record["fields"]))


def answer(someone: httpx.Client, record: Any, status: str = "submitted", **said: str) -> int:
    values = {name: {"value": value} for name, value in said.items()}
    body = {"values": values, "status": status}
    return someone.post(f"records/{record['id']}/responses", json=body).status_code


def test_each_criterion_of_an_item_is_wanted_and_no_other(client: Client, person: SignIn) -> None:
    queue = Queue("wanted", "winnow", Checklist(n_criteria=3))
    two = pair(1)
    one = replace(pair(0), criteria=CRITERIA[:1])
    ann = person("ann")
    of_one, of_two = records(client, ann, queue, one, two)
    first = {"criterion_1_1": "yes", "criterion_1_2": "no"}
    second = {"criterion_2_1": "not_applicable", "criterion_2_2": "no"}
    assert answer(ann, of_one, **first) == 201
    assert answer(ann, of_two, **first) == 422
    assert answer(ann, of_two, **first, criterion_2_1="yes") == 422
    assert answer(ann, of_two, "draft", **first) == 201
    assert answer(person("bob"), of_two, **first, **second) == 201


def test_an_item_gets_no_more_answers_than_it_is_to_have(client: Client, person: SignIn) -> None:
    queue = Queue("capped", "winnow", Pairwise(), n_people=2)
    shown = records(client, person("ann"), queue, *(pair(n) for n in range(8)))
    people = {name: person(name) for name in PEOPLE}
    at_once = Barrier(len(PEOPLE))

    def work(name: str) -> list[int]:
        at_once.wait()
        return [answer(people[name], record, preference="tie") for record in shown]

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        answered = list(pool.map(work, PEOPLE))
    assert [sorted(codes) for codes in zip(*answered, strict=True)] == [[201, 201, 422]] * 8
    data_set = ensure_data_set(client, queue)
    for page, _ in client.records(data_set, has_responses=True):
        assert [len(record["responses"]) for record in page] == [2] * 8


def test_who_answered_may_change_the_answer_and_who_did_not_may_put_the_item_aside(
    client: Client, person: SignIn
) -> None:
    queue = Queue("full", "winnow", Pairwise(), n_people=1)
    (shown,) = records(client, person("ann"), queue, pair())
    ann, bob = person("ann"), person("bob")
    assert answer(ann, shown, preference="tie") == 201
    assert answer(bob, shown, preference="tie") == 422
    assert answer(bob, shown, "discarded") == 201
    (said,) = ann.get(f"records/{shown['id']}").json()["responses"]
    changed = {"values": {"preference": {"value": "both_bad"}}, "status": "submitted"}
    assert ann.put(f"responses/{said['id']}", json=changed).status_code == 200


def test_records_that_no_push_put_there_are_left_to_argilla(client: Client, person: SignIn) -> None:
    queue = Queue("of others", "winnow", Pairwise(), n_people=1)
    data_set = ensure_data_set(client, queue)
    (card,) = (Pairwise().card(pair(), "theirs", 1, 0),)
    item = {"external_id": "theirs", "fields": dict(card.fields)}
    client._call("POST", f"datasets/{data_set.id}/records/bulk", json={"items": [item]})
    (shown,) = queue_of(person("ann"), data_set)
    assert answer(person("ann"), shown, preference="tie") == 201
    assert answer(person("bob"), shown, preference="tie") == 201
