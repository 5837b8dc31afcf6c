from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests import toy
from tests.warehouse.processes import PASSED
from winnow.flows.commands.status import status_table
from winnow.flows.curation.state import RunFolder, next_run_id
from winnow.flows.rounds.waiting import WaitingRounds, forget
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings

WAITING = WaitingRounds(
    name="helpful",
    round=2,
    n_asked=100,
    budget=300,
    n_waiting=12,
    where="fill in the column 'better' of to_label.csv: 1, 2 or tie",
    since=datetime(2026, 1, 2, tzinfo=UTC),
)


def status(folder: Path) -> str:
    console = Console(width=250)
    with Warehouse.open(WarehouseSettings(path=folder)) as opened, console.capture() as shown:
        console.print(status_table(opened))
    return shown.get()


def test_rounds_that_wait_for_people_are_listed_until_they_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "rounds" / "helpful"
    folder.mkdir(parents=True)
    WAITING.write(folder)
    told = status(tmp_path)
    assert "waits for people" in told
    assert "round 2, 100 of 300 labels of people asked for, 12 open: fill in the column" in told
    forget(folder)
    assert "waits for people" not in status(tmp_path)


def test_a_stopped_run_tells_its_judge_and_the_time_of_all_its_tries(tmp_path: Path) -> None:
    now, settings = [0.0], WarehouseSettings(path=tmp_path)
    with Warehouse.open(settings):
        pass
    for _ in range(2):
        folder = RunFolder(tmp_path / "staging", "r1", clock=lambda: now[0])
        with folder.hold("toy"):
            folder.update("label", 40, 98, asking="judge 2 of 3: pairwise@1 asks qwen")
            now[0] += 300
    told = status(tmp_path)
    assert (
        "in label, judge 2 of 3: pairwise@1 asks qwen, 40 of 98 requests, 10 min in 2 tries, "
        in told
    )
    assert "the same command continues it" in told


def test_requests_that_a_published_run_owes_are_listed_until_they_are_answered(
    tmp_path: Path,
) -> None:
    settings = WarehouseSettings(path=tmp_path)
    owing = toy.run().model_copy(update={"n_owed": 3})
    later = next_run_id(toy.RUN_ID)
    said = "3 requests owed, the same command asks them again"
    with Warehouse.open(settings) as opened:
        publish(opened, toy.stage(settings.staging("a")), owing, "preferences", PASSED)
    assert said in status(tmp_path)
    with Warehouse.open(settings) as opened:
        staging = toy.stage(settings.staging("b"), later)
        publish(opened, staging, toy.run(later), "preferences", PASSED)
    assert said not in status(tmp_path)


def test_a_run_that_judges_while_it_samples_tells_both_until_the_next_stage(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path)):
        pass
    folder = RunFolder(tmp_path / "staging", "r1")
    with folder.hold("toy"):
        folder.update("sample", 40, 98, asking="mill")
        folder.update_beside("judge pairwise@1 asks sieve, 7 of 30 requests")
        told = status(tmp_path)
        folder.update("compare")
        later = status(tmp_path)
    assert (
        "in sample, mill, 40 of 98 requests; beside it judge pairwise@1 asks sieve, 7 of 30 requests, "
        in told
    )
    assert "beside it" not in later
