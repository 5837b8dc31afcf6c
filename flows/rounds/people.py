"""Ways to people: a queue in Argilla, a sheet to fill in, or recorded verdicts."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from winnow.annotation.judge import ComparisonView
from winnow.flows.rounds.sheet import read_sheet, write_sheet
from winnow.pipelines.reading import read_inputs
from winnow.pipelines.reading.settings import GoldSource, Inputs
from winnow.pipelines.rounds.people import PeopleSettings
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold, Judgment
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

REPLAYED = "human:replayed"
"""Annotator of recorded verdicts."""


class Labellers(Protocol):
    """Where people find what to label, and where their labels come from."""

    def hand_out(self, views: Sequence[ComparisonView]) -> str:
        """Put comparisons before people, each once however often this is called; says where, in a sentence."""
        ...

    def collect(self, views: Sequence[ComparisonView]) -> list[Judgment]:
        """Return what people have said of these by now."""
        ...

    def knows(self, comparison_id: str) -> bool:
        """Whether people can judge a comparison at all."""
        ...


def find_people(
    people: PeopleSettings, seed: int, warehouse: WarehouseSettings, inputs: Inputs
) -> Labellers:
    """Return the way to people that settings name.

    Args:
        people: The settings.
        seed: Seed of the orders in which responses are shown.
        warehouse: The warehouse.
        inputs: What the run reads; recorded verdicts are about its comparisons.
    """
    if people.sheet is not None:
        return Sheet(people.sheet, seed, people.encoding)
    if people.replay is not None:
        return Replay(inputs, people.replay)
    return ArgillaQueue(warehouse, people, seed)


class Replay:
    """Recorded verdicts; what has none is never asked."""

    def __init__(self, inputs: Inputs, recorded: GoldSource) -> None:
        self._inputs = inputs.model_copy(update={"gold": recorded})

    def hand_out(self, views: Sequence[ComparisonView]) -> str:
        """Do nothing: the verdicts are there."""
        return "recorded verdicts answer them"

    def collect(self, views: Sequence[ComparisonView]) -> list[Judgment]:
        """Look the comparisons up."""
        return [
            Judgment.model_validate(
                {
                    "comparison_id": view.comparison_id,
                    "annotator_id": REPLAYED,
                    "kind": "human",
                    "verdict": self._recorded[view.comparison_id],
                    "request_id": content_id(["replay", view.comparison_id]),
                }
            )
            for view in views
        ]

    def knows(self, comparison_id: str) -> bool:
        """Whether its verdict is recorded."""
        return comparison_id in self._recorded

    @cached_property
    def _recorded(self) -> dict[str, str]:
        with TemporaryDirectory(prefix="winnow-replay-") as folder:
            staging = Staging(Path(folder))
            read_inputs(self._inputs, staging, "replay")
            recorded = Gold.from_table(staging.read(Gold))
        return {gold.comparison_id: gold.verdict for gold in recorded}


class Sheet:
    """A table that people fill in."""

    def __init__(self, path: Path, seed: int, encoding: str | None = None) -> None:
        self._path, self._seed, self._encoding = path, seed, encoding

    def hand_out(self, views: Sequence[ComparisonView]) -> str:
        """Write the sheet anew, with these comparisons alone."""
        write_sheet(self._path, views, self._seed)
        return f"fill in the column 'better' of {self._path}: 1, 2 or tie"

    def collect(self, views: Sequence[ComparisonView]) -> list[Judgment]:
        """Read the rows that are filled in."""
        return read_sheet(self._path, views, self._seed, encoding=self._encoding)

    def knows(self, comparison_id: str) -> bool:
        """Say yes: people can judge anything."""
        return True


class ArgillaQueue:
    """A queue in Argilla."""

    def __init__(self, warehouse: WarehouseSettings, settings: PeopleSettings, seed: int) -> None:
        self._warehouse, self._settings, self._seed = warehouse, settings, seed

    def hand_out(self, views: Sequence[ComparisonView]) -> str:
        """Add what the queue does not hold yet."""
        from winnow.annotation.queues.push import Queue
        from winnow.annotation.queues.tasks import View
        from winnow.flows.people.parts import connect
        from winnow.flows.people.queues import push_views
        from winnow.flows.settings.queue import QueueSettings

        name, people = str(self._settings.queue), self._settings
        settings = QueueSettings(name=name, workspace=people.workspace, people=people.accounts)
        queue = Queue(
            name=name,
            workspace=people.workspace,
            task=settings.build(),
            n_people=people.n_people,
            members=people.accounts,
        )
        shown = [View(v.comparison_id, v.prompt, (v.a, v.b)) for v in views]
        with connect(self._warehouse.path) as client:
            push_views(self._warehouse.kept, client, settings, queue, shown, self._seed)
        return f"they are in queue '{name}' of Argilla"

    def collect(self, views: Sequence[ComparisonView]) -> list[Judgment]:
        """Pull, and give what was said of these comparisons."""
        from winnow.flows.people.parts import connect, names_of_people
        from winnow.flows.people.queues import pull_queue
        from winnow.flows.people.store import PeopleStore

        name = str(self._settings.queue)
        store = PeopleStore(self._warehouse.kept, name)
        if not store.was_pushed():
            return []
        with connect(self._warehouse.path) as client:
            pull_queue(self._warehouse.kept, client, name, names_of_people())
        wanted = {view.comparison_id for view in views}
        return [j for j in Judgment.from_table(store.judgments()) if j.comparison_id in wanted]

    def knows(self, comparison_id: str) -> bool:
        """Say yes: people can judge anything."""
        return True
