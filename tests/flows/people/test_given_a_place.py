"""A warehouse that is given a place after people have labelled: runs and commands find what they did."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.annotation.queues.material import answered, pair
from tests.flows.house import House
from tests.pipelines.labels.test_verified import PAIRS
from winnow.annotation.queues.tasks import Pairwise
from winnow.flows.commands.cli import app
from winnow.flows.curation.curation import Curation
from winnow.flows.people.store import PeopleStore
from winnow.flows.rounds.store import RoundsStore
from winnow.flows.settings.queue import QueueSettings
from winnow.flows.settings.run import load_settings
from winnow.flows.terminal.progress import RunProgress
from winnow.schemas.errors import UnknownName
from winnow.schemas.rounds import Asked
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Queue `birds` with an answer, and a round, in a warehouse without a place."""
    own = tmp_path / "house"
    store = PeopleStore(own, "birds")
    store.remember(QueueSettings(name="birds"))
    store.keep([answered(Pairwise(), pair(1), {"preference": "tie"}, who="human:ann")])
    store.read_out()
    asked = Asked(comparison_id=PAIRS[0].comparison_id, round=1, purpose="audit", is_new=True)
    RoundsStore(own, "birds").ask(1, [asked])
    return House(tmp_path, prefect_api="")


def curation(house: House, **changes: object) -> tuple[Curation, str]:
    console = Console(file=io.StringIO(), width=400)
    made = Curation(load_settings(house.config(**changes)), RunProgress(console))
    assert isinstance(console.file, io.StringIO)
    return made, console.file.getvalue()


def test_a_run_takes_from_a_queue_what_it_took_before_its_warehouse_had_a_place(
    house: House,
) -> None:
    before, said = curation(house, queues=["birds"])
    assert said == ""
    place = house.folder / "shared"
    warehouse = {**house.settings["warehouse"], "place": str(place)}
    after, said = curation(house, warehouse=warehouse)
    assert f"people and rounds of {house.folder / 'house'} carried over into {place}" in said
    assert after.inputs == before.inputs
    kept = after.settings.warehouse.kept
    assert len(PeopleStore(kept, "birds").answers()) == RoundsStore(kept, "birds").n_rounds == 1
    assert curation(house)[1] == ""


def test_a_command_finds_a_queue_that_was_pushed_before_there_was_a_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = WarehouseSettings(path=house.folder / "house")
    Warehouse.open(own).close()
    monkeypatch.setenv("WINNOW_WAREHOUSE__CATALOG", own.catalog_address)
    monkeypatch.setenv("WINNOW_WAREHOUSE__DATA_PATH", own.data_address)
    monkeypatch.setenv("WINNOW_WAREHOUSE__PLACE", str(house.folder / "shared"))
    command = ["annotate", "quality", "birds", "--warehouse", str(own.path)]
    first, second = (CliRunner().invoke(app, command) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "carried over" in first.stdout and "carried over" not in second.stdout


def test_a_run_refuses_a_queue_to_which_nothing_was_pushed(house: House) -> None:
    with pytest.raises(UnknownName, match="no queue named 'owls'; known queues: birds"):
        curation(house, queues=["birds", "owls"])
