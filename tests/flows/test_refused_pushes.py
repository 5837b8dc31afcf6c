# ruff: noqa: F811  (fixtures are imported from another folder)
"""Every way in which a push is refused or dies leaves the queue as it was, and a pull that works: with a real Argilla."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.annotation.conftest import (  # noqa: F401
    argilla,
    argilla_environment,
    argilla_server,
    person,
)
from tests.annotation.queues.material import CRITERIA, pair
from tests.annotation.queues.people import queue_of, submit
from tests.orchard import publish_orchard
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.push import Queue
from winnow.annotation.queues.tasks import View
from winnow.flows.people.parts import shared_queue
from winnow.flows.people.queues import pull_queue, push_queue, push_views
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.errors import ArgillaUnavailable, CurationError
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.catalog import Warehouse

SignIn = Callable[[str], httpx.Client]
N_TO_MAKE = 9
"""Changes that Argilla is asked for until a new pairwise queue is published: data set, two fields and a conversation, two
questions, the hidden property, publishing; then the items."""

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with publish_orchard(tmp_path_factory.mktemp("orchard") / "warehouse") as opened:
        yield opened


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


class Dying(Client):
    """A connection in which something happens instead of the n-th change, and of all after it."""

    def __init__(self, address: Address, n_changes: int, happens: Callable[[], None]) -> None:
        super().__init__(address)
        self._left, self._happens = n_changes, happens

    def _answered(self, method: str, *more: Any) -> httpx.Response:
        self._left -= method != "GET"
        if self._left < 0:
            self._happens()
        return super()._answered(method, *more)


def break_off() -> None:
    raise ArgillaUnavailable("the server broke off")


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def settings(name: str, **more: object) -> QueueSettings:
    selection = {"gold_share": 0, "repeat_share": 0, "strategy": "audit", "audit_share": 0.05}
    return QueueSettings.model_validate({"name": name, "selection": selection, **more})


def in_argilla(client: Client) -> dict[str, Any]:
    """Give everything that stands in Argilla: workspaces with their members, and data sets with the number of items."""
    spaces = client._call("GET", "me/workspaces")["items"]
    members = {w["name"]: len(client._users(w["id"])) for w in spaces}
    sets = {d.id: (d.name, d.is_published and client.n_records(d)) for d in client.data_sets()}
    return {**members, **sets}


def named(client: Client, name: str) -> list[DataSet]:
    return [d for d in client.data_sets() if d.name == name]


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a missing account": ({"people": ["ann", "eve"]}, "no account 'eve' in Argilla"),
    "a missing account in a new workspace": (
        {"workspace": "elsewhere", "people": ["ann", "eve"]},
        "no account 'eve' in Argilla",
    ),
    "a missing senior": ({"seniors": ["eve"]}, "no account 'eve' in Argilla"),
    "long guidelines": ({"options": {"guidelines": "x" * 9_999}}, "Argilla takes 10000"),
    "no criteria": ({"task": "checklist"}, "would be empty: none of its .* no criteria"),
    "no such release": ({"release": "preferences@9"}, "no release preferences@9"),
    "nothing selected": (
        {"selection": {"strategy": "audit", "audit_share": 0.0001, "gold_share": 0}},
        "nothing for task 'pairwise' that the selection wants",
    ),
    "other questions": (
        {"task": "ratings"},
        "holds answers to task|asks preference, why, the task asks",
    ),
}


@pytest.fixture(scope="module")
def answered_queue(warehouse: Warehouse, argilla: Address, person: SignIn) -> str:
    """Give the name of a queue in which ann has answered one item."""
    with Client(argilla) as client:
        push_queue(warehouse, client, settings("refused"))
        (data_set,) = named(client, "refused")
    submit(person("ann"), queue_of(person("ann"), data_set)[0], {"preference": "tie"})
    return "refused"


@pytest.mark.parametrize("way", sorted(REFUSED))
def test_a_refused_push_changes_nothing_and_a_pull_still_works(
    warehouse: Warehouse, client: Client, answered_queue: str, way: str
) -> None:
    folder, (more, why) = warehouse.settings.path, REFUSED[way]
    for name in (answered_queue, "unmade"):
        if name == "unmade" and way == "other questions":
            continue
        before = in_argilla(client), files_of(folder / "people" / name)
        with pytest.raises(CurationError, match=why):
            push_queue(warehouse, client, settings(name, **more))
        assert (in_argilla(client), files_of(folder / "people" / name)) == before
    assert not (folder / "people" / "unmade").exists()
    pull_queue(folder, client, answered_queue)
    assert PeopleStore(folder, answered_queue).judgments().num_rows == 1


def test_other_choices_of_the_same_question_are_refused_too(
    warehouse: Warehouse, client: Client
) -> None:
    two = settings("choices", task="ranking", options={"n_responses": 2})
    push_queue(warehouse, client, two)
    three = settings("choices", task="ranking", options={"n_responses": 3}, selection={})
    with pytest.raises(
        CurationError,
        match=r"asks ranking \(response_1\|response_2\), the task asks ranking \(response_1\|response_2\|response_3\)",
    ):
        push_queue(warehouse, client, three)
    assert PeopleStore(warehouse.settings.path, "choices").settings().options == two.options


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_queue_that_was_deleted_in_argilla_is_not_filled_with_another_task_while_answers_are_here(
    warehouse: Warehouse, client: Client, person: SignIn
) -> None:
    folder = warehouse.settings.path
    push_queue(warehouse, client, settings("gone"))
    (data_set,) = named(client, "gone")
    submit(person("ann"), queue_of(person("ann"), data_set)[0], {"preference": "tie"})
    pull_queue(folder, client, "gone")
    client.delete_data_set(data_set)
    with pytest.raises(CurationError, match="queue 'gone' holds answers to task 'pairwise@1'"):
        push_queue(warehouse, client, settings("gone", task="ratings"))
    assert named(client, "gone") == []
    assert pull_queue(folder, client, "gone").n_submitted == 0
    assert PeopleStore(folder, "gone").judgments().num_rows == 1


def test_a_form_that_argilla_refuses_leaves_no_data_set(
    warehouse: Warehouse, client: Client
) -> None:
    attributes = [{"name": "x" * 250, "question": "How good is it?"}]
    named_too_long = settings("long-name", task="ratings", options={"attributes": attributes})
    before = in_argilla(client)
    with pytest.raises(CurationError, match=r"refused POST datasets/.*/questions"):
        push_queue(warehouse, client, named_too_long)
    assert in_argilla(client) == before
    assert files_of(warehouse.settings.path / "people" / "long-name") == {}


def test_a_key_without_the_right_and_a_server_that_is_gone_change_nothing(
    warehouse: Warehouse, client: Client, argilla: Address, argilla_server: ArgillaServer
) -> None:
    folder = warehouse.settings.path
    anns = Address(argilla.url, argilla_server.credentials().annotator("ann").api_key)
    before = in_argilla(client)
    for exists in (False, True):
        if exists:
            push_queue(warehouse, client, settings("rights"))
            before = in_argilla(client)
        files = files_of(folder / "people" / "rights")
        for address, why in (
            (anns, "does not let this key do that"),
            (Address("http://127.0.0.1:9", "key"), "broke off while preparing queue 'rights'"),
        ):
            wider = settings("rights", selection={"gold_share": 0, "repeat_share": 0})
            with Client(address) as other, pytest.raises(CurationError, match=why):
                push_queue(warehouse, other, wider)
        assert (in_argilla(client), files_of(folder / "people" / "rights")) == (before, files)
    assert pull_queue(folder, client, "rights").n_submitted == 0


def push_some(folder: Path, client: Client, name: str, n: int = 3) -> None:
    """Push pairs without a warehouse, as rounds do."""
    some = settings(name)
    push_views(folder, client, some, shared_queue(some), [pair(i) for i in range(n)])


@pytest.mark.parametrize("n_changes", [0, 1, N_TO_MAKE - 2, N_TO_MAKE - 1])
def test_a_server_that_breaks_off_leaves_no_empty_data_set_to_people(
    client: Client, argilla: Address, tmp_path: Path, n_changes: int
) -> None:
    name = f"broken-{n_changes}"
    with Dying(argilla, n_changes, break_off) as dying, pytest.raises(ArgillaUnavailable):
        push_some(tmp_path, dying, name)
    if n_changes < N_TO_MAKE - 1:
        assert not any(d.is_published for d in named(client, name))
        assert files_of(tmp_path) == {}
    else:  # nobody can know whether the items came in
        assert pull_queue(tmp_path, client, name).n_submitted == 0
    push_some(tmp_path, client, name)
    assert [client.n_records(d) for d in named(client, name)] == [3]
    assert pull_queue(tmp_path, client, name).n_submitted == 0


@pytest.mark.parametrize("n_changes", [4, N_TO_MAKE - 1])
def test_a_push_that_is_killed_is_completed_by_the_next_of_whatever_task(
    client: Client, argilla: Address, tmp_path: Path, n_changes: int
) -> None:
    name = f"killed-{n_changes}"
    if (child := os.fork()) == 0:
        with Dying(argilla, n_changes, kill_me) as dying:
            push_some(tmp_path, dying, name)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert pull_queue(tmp_path, client, name).n_submitted == 0
    edits = settings(name, task="edit")
    one = View(pair().responses[0].response_id, pair().prompt, pair().responses[:1])
    push_views(tmp_path, client, edits, shared_queue(edits), [one])
    assert [client.n_records(d) for d in named(client, name)] == [1]
    assert PeopleStore(tmp_path, name).settings() == edits


def test_a_push_to_a_queue_that_is_there_and_breaks_off_leaves_its_settings(
    client: Client, argilla: Address, tmp_path: Path
) -> None:
    push_some(tmp_path, client, "kept")
    before = in_argilla(client), files_of(tmp_path)
    wider = settings("kept", seniors=("ann",))
    with Dying(argilla, 0, break_off) as dying, pytest.raises(ArgillaUnavailable):
        push_views(tmp_path, dying, wider, shared_queue(wider), [pair(i) for i in range(9)])
    assert (in_argilla(client), files_of(tmp_path)) == before


@pytest.fixture
def one_rubric(warehouse: Warehouse) -> Iterator[str]:
    """Give the id of the one prompt that a rubric speaks of."""
    (row,) = warehouse.query("SELECT min(prompt_id) AS prompt_id FROM comparisons").to_pylist()
    rubric = Rubric(rubric_id="rubric", name="apples", prompt_id=row["prompt_id"], source="tests")
    rows = {"rubrics": Rubric.to_table([rubric]), "criteria": Criterion.to_table(CRITERIA)}
    for table, rows_of in rows.items():
        warehouse.con.register("rows", rows_of)
        warehouse.con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
        warehouse.con.unregister("rows")
    yield row["prompt_id"]
    for table in rows:
        warehouse.con.execute(f"DELETE FROM {table}")


def test_comparisons_without_criteria_are_left_out_of_a_checklist_and_the_rest_goes(
    warehouse: Warehouse, client: Client, one_rubric: str
) -> None:
    everything = {"gold_share": 0, "repeat_share": 0}
    pushed = push_queue(
        warehouse, client, settings("checked", task="checklist", selection=everything)
    )
    (n,) = warehouse.query(
        f"SELECT count(*) AS n, count_if(prompt_id = '{one_rubric}') AS n_with FROM comparisons"
    ).to_pylist()
    assert (pushed.n_new, len(pushed.unfit)) == (n["n_with"], n["n"] - n["n_with"])
    assert {why for _, why in pushed.unfit} == {"no criteria, since no rubric speaks of its prompt"}


def test_what_argilla_refuses_is_named_and_the_rest_goes(client: Client, tmp_path: Path) -> None:
    some = settings("one-bad")
    queue = shared_queue(some)
    views = [pair(i) for i in range(5)]
    bad = Queue(queue.name, queue.workspace, Spoiling(views[3].subject_id))  # type: ignore[arg-type]
    pushed = push_views(tmp_path, client, some, bad, views)
    ((subject_id, why),) = pushed.unfit
    assert (pushed.n_new, subject_id) == (4, views[3].subject_id)
    assert why.startswith("Argilla refused it: {")
    assert push_views(tmp_path, client, some, bad, views[3:4]).unfit == pushed.unfit
    alone = Queue("one-alone", queue.workspace, bad.task)
    with pytest.raises(CurationError, match=r"queue 'one-alone' would be empty: none of its 1 it"):
        push_views(tmp_path, client, settings("one-alone"), alone, views[3:4])
    assert named(client, "one-alone") == [] and files_of(tmp_path / "people" / "one-alone") == {}


class Spoiling:
    """The pairwise task, but for one item that Argilla refuses."""

    def __init__(self, subject_id: str) -> None:
        self._task, self._bad = settings("any").build(), subject_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def card(self, view: View, *more: Any) -> Any:
        card = self._task.card(view, *more)
        return replace(card, fields={"prompt": []}) if view.subject_id == self._bad else card
