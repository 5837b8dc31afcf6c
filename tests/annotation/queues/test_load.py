"""Queues under load and with servers and commands dying under them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from tests.annotation.conftest import ENVIRONMENT, needs_redis
from tests.annotation.queues.material import pair
from tests.annotation.queues.people import queue_of, submit
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.pull import pull
from winnow.annotation.queues.push import BATCH, Queue, ensure_data_set, push
from winnow.annotation.queues.reading import read_answers
from winnow.annotation.queues.tasks import Pairwise
from winnow.schemas.answers import Answer
from winnow.schemas.errors import ArgillaUnavailable
from winnow.schemas.judgments import Judgment

N_PUSHED = int(os.environ.get("WINNOW_TEST_PUSH", "2000"))
"""Comparisons of the interrupted push; 10000 takes some minutes."""

REPOSITORY = Path(__file__).parents[3]
PUSH = """
import sys
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.push import Queue, push
from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.tasks import Pairwise
from tests.annotation.queues.material import pair

url, key, name, n = sys.argv[1:]
views = ((pair(k), 0) for k in range(int(n)))
push(Client(Address(url, key)), Queue(name, "winnow", Pairwise()), views, progress=lambda done, _: print(done, flush=True))
"""

pytestmark = pytest.mark.server


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgillaServer]:
    """Give a server that a test may kill."""
    needs_redis()
    server = ArgillaServer(tmp_path_factory.mktemp("mortal"), environment=ENVIRONMENT)
    server.up(timeout_s=600, annotators=("ann",))
    yield server
    server.down()


def kill(server: ArgillaServer) -> None:
    """Kill the server as a power cut would."""
    os.kill(server.status().processes["server"], signal.SIGKILL)


def item_ids(client: Client, data_set: DataSet) -> list[str]:
    return [record["external_id"] for page, _ in client.records(data_set) for record in page]


def read(answers: list[Answer]) -> list[Judgment]:
    return read_answers(answers, {"pairwise@1": Pairwise()}).judgments


def test_a_push_killed_three_times_ends_with_each_item_once(
    client: Client, argilla: Address
) -> None:
    name = "killed pushes"
    command = [sys.executable, "-c", PUSH, argilla.url, argilla.api_key, name, str(N_PUSHED)]
    for _ in range(3):
        running = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        running.stdout.readline()
        running.kill()
        running.wait()
    queue = Queue(name, "winnow", Pairwise())
    before = len(item_ids(client, ensure_data_set(client, queue)))
    assert 3 * BATCH <= before < N_PUSHED
    assert subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).returncode == 0
    ids = item_ids(client, ensure_data_set(client, queue))
    assert len(ids) == len(set(ids)) == N_PUSHED


def test_twenty_people_submitting_while_pulls_run_lose_and_double_nothing(
    client: Client, argilla: Address, argilla_server: ArgillaServer
) -> None:
    names = [f"worker{n:02}" for n in range(20)]
    accounts = argilla_server.add_annotators(names)
    queue = Queue("twenty", "winnow", Pairwise(), n_people=20)
    push(client, queue, [(pair(n), 0) for n in range(15)])
    data_set = ensure_data_set(client, queue)
    answers: list[Answer] = []

    def work(key: str) -> int:
        headers = {"X-Argilla-Api-Key": key}
        with httpx.Client(base_url=f"{argilla.url}/api/v1/", headers=headers, timeout=600) as me:
            records = queue_of(me, data_set)
            for record in records:
                submit(me, record, {"preference": "tie"})
            return len(records)

    with ThreadPoolExecutor(20) as pool:
        working = [pool.submit(work, account.api_key) for account in accounts]
        while not all(one.done() for one in working):
            pull(client, [data_set], answers.extend, known=list(answers))
    pull(client, [data_set], answers.extend, known=list(answers))
    assert sum(one.result() for one in working) == 300
    assert len(answers) == len({(a.item_id, a.annotator_id) for a in answers}) == 300


def test_more_searches_at_once_than_the_pool_has_connections_are_all_answered(
    client: Client, argilla: Address
) -> None:
    queue = Queue("crowd", "winnow", Pairwise())
    push(client, queue, [(pair(n), 0) for n in range(3)])
    data_set = ensure_data_set(client, queue)
    n_people, headers = 40, {"X-Argilla-Api-Key": argilla.api_key}
    at_once = Barrier(n_people)

    def search(_: int) -> int:
        with httpx.Client(base_url=f"{argilla.url}/api/v1/", headers=headers, timeout=None) as me:
            me.get("version")
            at_once.wait()
            return len(queue_of(me, data_set))

    with ThreadPoolExecutor(n_people) as pool:
        assert list(pool.map(search, range(n_people))) == [3] * n_people


def test_a_push_whose_server_dies_says_so_and_the_next_completes_it(mortal: ArgillaServer) -> None:
    queue = Queue("dying", "winnow", Pairwise())
    views = [(pair(n), 0) for n in range(3 * BATCH)]
    with (
        Client(mortal.address()) as client,
        pytest.raises(
            ArgillaUnavailable, match=r"broke off while pushing to queue 'dying' \(200 of 600 items"
        ),
    ):
        push(client, queue, views, progress=lambda done, _: kill(mortal))
    with Client(mortal.up()) as client:
        pushed = push(client, queue, views)
        ids = item_ids(client, ensure_data_set(client, queue))
    assert (pushed.n_new, pushed.n_there) == (400, 200)
    assert len(ids) == len(set(ids)) == 600


def test_a_pull_and_a_submit_whose_server_dies_lose_nothing(mortal: ArgillaServer) -> None:
    queue = Queue("dying", "winnow", Pairwise())
    key = mortal.credentials().annotator("ann").api_key
    answers: list[Answer] = []
    with Client(mortal.address()) as client:
        push(client, queue, [(pair(n), 0) for n in range(600)])
        data_set = ensure_data_set(client, queue)
        me = httpx.Client(base_url=f"{client.url}/api/v1/", headers={"X-Argilla-Api-Key": key})
        records = queue_of(me, data_set, limit=1000)
        for record in records[::60]:
            submit(me, record, {"preference": "tie"})
        with pytest.raises(ArgillaUnavailable, match="broke off while pulling from queue 'dying'"):
            pull(client, [data_set], answers.extend, progress=lambda *_: kill(mortal))
        with pytest.raises(httpx.TransportError):
            submit(me, records[1], {"preference": "tie"})
    n_kept = len(answers)
    address = mortal.up()
    me = httpx.Client(base_url=f"{address.url}/api/v1/", headers={"X-Argilla-Api-Key": key})
    submit(me, records[1], {"preference": "both_bad"})
    with Client(address) as client:
        pulled = pull(client, client.data_sets(), answers.extend, known=list(answers))
    assert pulled.n_submitted == 11 - n_kept
    assert len(answers) == len({a.item_id for a in answers}) == 11
