"""Which rounds wait for people: one small file beside what people were asked."""

from datetime import datetime
from pathlib import Path

from winnow.schemas.base import Value
from winnow.schemas.whole_files import write_whole

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

    def write(self, folder: Path) -> None:
        """Keep it in the folder of the rounds, in place of what was there."""
        write_whole(folder / _FILE, self.model_dump_json(indent=1))


def forget(folder: Path) -> None:
    """Say that the rounds of a folder wait for nobody."""
    (folder / _FILE).unlink(missing_ok=True)


def waiting_rounds(root: Path) -> list[WaitingRounds]:
    """List what waits for people under the folder `root` of a warehouse's rounds, the newest first."""
    found = [WaitingRounds.model_validate_json(p.read_text()) for p in root.glob(f"*/{_FILE}")]
    return sorted(found, key=lambda waiting: waiting.since, reverse=True)
