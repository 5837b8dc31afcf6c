"""What people did on one machine, looked at from another one that shares an object store with it."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.annotation.queues.material import answered, pair
from tests.pipelines.labels.test_verified import PAIRS, person
from winnow.annotation.queues.pseudonyms import Names
from winnow.annotation.queues.tasks import Pairwise
from winnow.flows.people.names import known_names, queues_in, settle_names
from winnow.flows.people.store import PeopleStore
from winnow.flows.rounds.store import RoundsStore
from winnow.flows.rounds.waiting import WaitingRounds, forget, waiting_rounds
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.schemas.rounds import Asked
from winnow.warehouse.settings import S3Settings, WarehouseSettings

pytestmark = pytest.mark.server


@pytest.fixture
def machines(tmp_path: Path, s3: S3Settings) -> tuple[WarehouseSettings, WarehouseSettings]:
    place = f"s3://winnow/{uuid4().hex}"
    first, second = (
        WarehouseSettings(path=tmp_path / name, place=place, s3=s3) for name in ("one", "two")
    )
    return first, second


def test_answers_pulled_on_one_machine_are_there_on_the_other(
    machines: tuple[WarehouseSettings, WarehouseSettings],
) -> None:
    first, second = machines
    mine, theirs = (PeopleStore(machine.kept, "queue") for machine in machines)
    with pytest.raises(UnknownName, match="no queue"):
        theirs.settings()
    mine.remember(QueueSettings(name="queue"))
    mine.keep([answered(Pairwise(), pair(1), {"preference": "tie"}, who="human:ann")])
    mine.advance({"queue": "2026-11-30"})
    mine.read_out()
    assert (theirs.was_pushed(), queues_in(second.people)) == (True, ["queue"])
    assert theirs.settings() == mine.settings()
    assert (theirs.answers(), theirs.cursor()) == (mine.answers(), mine.cursor())
    assert theirs.judgments().num_rows == 1
    assert theirs.fingerprint() == mine.fingerprint()
    assert not first.path.exists() and not second.path.exists()


def test_whoever_pulls_on_the_other_machine_calls_people_by_the_same_names(
    machines: tuple[WarehouseSettings, WarehouseSettings],
) -> None:
    first, second = machines
    key = Names(key=b"kept elsewhere")
    PeopleStore(first.kept, "queue").remember(QueueSettings(name="queue"))
    said = answered(Pairwise(), pair(1), {"preference": "tie"}, who=key.annotator_id("ann"))
    settle_names(first.people, key, lambda: ("ann",))
    PeopleStore(first.kept, "queue").keep([said])
    known = known_names(second.people)
    assert known is not None and known.check == key.check
    with pytest.raises(InvalidSettings, match=f"under pseudonyms in {second.place}, so that"):
        settle_names(second.people, Names(), lambda: ("ann",))


def test_rounds_that_one_machine_began_go_on_at_the_other(
    machines: tuple[WarehouseSettings, WarehouseSettings],
) -> None:
    first, second = machines
    mine, theirs = (RoundsStore(machine.kept, "birds") for machine in machines)
    asked = [
        Asked(comparison_id=p.comparison_id, round=1, purpose="audit", is_new=True) for p in PAIRS
    ]
    mine.ask(1, asked[:2])
    waiting = WaitingRounds(
        name="birds",
        round=1,
        n_asked=2,
        budget=9,
        n_waiting=2,
        where="queue",
        since=datetime.now(UTC),
    )
    waiting.write(mine.place)
    assert waiting_rounds(second.rounds) == [waiting]
    theirs.hear([person(PAIRS[0], "a")])
    assert mine.pending(1) == [PAIRS[1].comparison_id]
    assert mine.fingerprint() == theirs.fingerprint()
    forget(theirs.place)
    assert waiting_rounds(first.rounds) == []
