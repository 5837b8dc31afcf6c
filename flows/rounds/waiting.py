"""Which rounds wait for people: one small file beside what people were asked."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from winnow.schemas.base import Value
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place

_FILE = "waiting.json"


class WaitingRounds(Value):
    """Rounds that go on once people have labelled, as the last call left them."""

    name: str
    """Name in the settings."""

    round: int
    """The round, counted from 1."""

    n_asked: int
    """Labels of the budget that are spent or asked for."""

    budget: int
    """Labels of people in all."""

    n_waiting: int
    """Comparisons that people have not labelled."""

    where: str
    """What people have to do, and where."""

    since: datetime
    """When they were handed out."""

    def write(self, place: Place | Path) -> None:
        """Keep it in the place of the rounds, instead of what was there."""
        content = self.model_dump_json(indent=1).encode()
        as_place(place).write(_FILE, lambda file: file.write(content))


def forget(place: Place | Path) -> None:
    """Say that the rounds of a place wait for nobody."""
    as_place(place).remove(_FILE)


def waiting_rounds(rounds: Place) -> list[WaitingRounds]:
    """List what waits for people in a warehouse's place of rounds, the newest first."""
    found = []
    for name in rounds.places():
        with suppress(FileNotFoundError):
            content = rounds.within(name).content(_FILE)
            found.append(WaitingRounds.model_validate_json(bytes(content)))
    return sorted(found, key=lambda waiting: waiting.since, reverse=True)
